//! Detection of modules that use each other in a circle.
//!
//! A use of an item joins two modules: the module that names the item and the module that defines
//! it, regardless of re-exports. It counts at one level only: between the two children of the
//! lowest common parent that contain them. A use between a module and one of its ancestors does not
//! count: a parent re-exports and calls its children, and a child uses what its parent defines.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::names::Use;
use crate::tree::{ModuleId, Tree};

/// An edge of a circle, with one use as an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The module of the level that contains the use.
    pub from: ModuleId,
    /// The module of the level that contains the definition.
    pub to: ModuleId,
    /// The first use that creates the edge.
    pub example: Use,
    /// The number of uses.
    pub uses: usize,
}

/// Modules of one parent, each of which uses the next. The last one uses the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    /// The edges in order.
    pub edges: Vec<Edge>,
}

type Level = BTreeMap<(ModuleId, ModuleId), Edge>;

/// Returns a shortest circle for each edge that is in one. Each circle occurs once, shortest
/// first.
pub fn circles(tree: &Tree, uses: &[Use]) -> Vec<Circle> {
    let mut circles = Vec::<Circle>::new();
    let mut known = BTreeSet::new();
    for level in levels(tree, uses).values() {
        for edge in level.values() {
            let Some(back) = shortest_path(level, edge.to, edge.from) else { continue };
            let edges = std::iter::once(edge.clone()).chain(back).collect::<Vec<_>>();
            let mut members: Vec<_> = edges.iter().map(|edge| (edge.from, edge.to)).collect();
            members.sort_unstable();
            if known.insert(members) {
                circles.push(Circle { edges });
            }
        }
    }
    circles.sort_by_key(|circle| circle.edges.len());
    circles
}

/// Returns the edges between the children of each module.
fn levels(tree: &Tree, uses: &[Use]) -> BTreeMap<ModuleId, Level> {
    let mut levels = BTreeMap::<ModuleId, Level>::new();
    for example in uses {
        let user = tree.ancestry(example.user);
        let used = tree.ancestry(example.definition.module);
        let shared = user.iter().zip(&used).take_while(|(one, other)| one == other).count();
        if let (Some(&from), Some(&to)) = (user.get(shared), used.get(shared)) {
            levels
                .entry(user[shared - 1])
                .or_default()
                .entry((from, to))
                .and_modify(|edge| edge.uses += 1)
                .or_insert_with(|| Edge { from, to, example: example.clone(), uses: 1 });
        }
    }
    levels
}

/// Returns the edges of a shortest path, found by breadth-first search.
fn shortest_path(level: &Level, from: ModuleId, to: ModuleId) -> Option<Vec<Edge>> {
    let mut reached_by = BTreeMap::<ModuleId, &Edge>::new();
    let mut waiting = VecDeque::from([from]);
    while let Some(module) = waiting.pop_front() {
        for edge in level.range((module, 0)..=(module, ModuleId::MAX)).map(|(_, edge)| edge) {
            if edge.to == to {
                let mut path = vec![edge.clone()];
                let mut module = edge.from;
                while module != from {
                    let edge = reached_by[&module];
                    path.push(edge.clone());
                    module = edge.from;
                }
                path.reverse();
                return Some(path);
            }
            if edge.to != from && !reached_by.contains_key(&edge.to) {
                reached_by.insert(edge.to, edge);
                waiting.push_back(edge.to);
            }
        }
    }
    None
}
