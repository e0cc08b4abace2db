//! Resolution of a path to the module of its definition.

use std::collections::{BTreeMap, BTreeSet};

use syn::Item;

use crate::paths::{self, Import, Named, NamedPath};
use crate::tree::{ModuleId, Tree};

/// The limit of re-exports on a path before it counts as unknown. Real paths have at most three.
const DEEPEST: usize = 16;

/// An item or a module, identified by the module of its definition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Definition {
    /// The module of the definition, or the module itself.
    pub module: ModuleId,
    /// The name of the item, or `None` for the module itself.
    pub item: Option<String>,
}

/// A use of a definition in another module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The module that contains the path.
    pub user: ModuleId,
    /// The line of the path in the user's file.
    pub line: usize,
    /// The definition, after all re-exports.
    pub definition: Definition,
}

/// The names of all modules of a crate.
#[derive(Debug)]
pub struct Names<'tree> {
    tree: &'tree Tree,
    scopes: Vec<Scope>,
}

#[derive(Debug)]
struct Scope {
    items: BTreeSet<String>,
    imports: BTreeMap<String, Vec<NamedPath>>,
    globs: Vec<NamedPath>,
    named: Named,
}

impl<'tree> Names<'tree> {
    /// Collects the names of `tree`.
    pub fn new(tree: &'tree Tree) -> Self {
        let scopes = tree.modules.iter().map(|module| Scope::new(&module.items)).collect();
        Self { tree, scopes }
    }

    /// Returns the definition of a path in `module`, or `None` if it is not of this crate.
    pub fn resolve(&self, module: ModuleId, path: &[String]) -> Option<Definition> {
        self.resolve_within(module, path, DEEPEST)
    }

    /// Returns all uses of definitions of this crate, ordered by module and line.
    pub fn uses(&self) -> Vec<Use> {
        let mut uses = Vec::new();
        for (user, scope) in self.scopes.iter().enumerate() {
            let imports = scope.named.imports.iter().map(|import| &import.path);
            for path in imports.chain(&scope.named.paths) {
                if let Some(definition) = self.resolve(user, &path.segments) {
                    uses.push(Use { user, line: path.line, definition });
                }
            }
        }
        uses
    }

    fn resolve_within(
        &self,
        module: ModuleId,
        path: &[String],
        depth: usize,
    ) -> Option<Definition> {
        let (first, rest) = path.split_first()?;
        let depth = depth.checked_sub(1)?;
        let start = match first.as_str() {
            "crate" => 0,
            "self" => module,
            "super" => self.tree.modules[module].parent?,
            _ => return self.member(module, path, depth),
        };
        match rest {
            [] => Some(Definition { module: start, item: None }),
            [next, ..] if next == "super" => self.resolve_within(start, rest, depth),
            _ => self.member(start, rest, depth),
        }
    }

    /// Resolves `path`. Its first segment is a name in `module`.
    fn member(&self, module: ModuleId, path: &[String], depth: usize) -> Option<Definition> {
        let (name, rest) = path.split_first()?;
        if let Some(&child) = self.tree.modules[module].children.get(name) {
            return match rest {
                [] => Some(Definition { module: child, item: None }),
                _ => self.member(child, rest, depth),
            };
        }
        let scope = &self.scopes[module];
        if scope.items.contains(name) {
            return Some(Definition { module, item: Some(name.clone()) });
        }
        let named = scope.imports.get(name).into_iter().flatten();
        named
            .map(|import| (import, false))
            .chain(scope.globs.iter().map(|glob| (glob, true)))
            .find_map(|(import, is_glob)| {
                let mut path = import.segments.clone();
                if is_glob {
                    path.push(name.clone());
                }
                path.extend_from_slice(rest);
                self.resolve_within(module, &path, depth.checked_sub(1)?)
            })
    }
}

impl Scope {
    fn new(items: &[Item]) -> Self {
        let named = paths::named(items);
        let mut imports = BTreeMap::<_, Vec<_>>::new();
        let mut globs = Vec::new();
        for Import { path, name } in &named.imports {
            match name {
                // `use name;` of a crate would resolve to itself.
                Some(name) if path.segments == [name.clone()] => {}
                Some(name) => imports.entry(name.clone()).or_default().push(path.clone()),
                None => globs.push(path.clone()),
            }
        }
        Self { items: items.iter().filter_map(item_name).collect(), imports, globs, named }
    }
}

fn item_name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}
