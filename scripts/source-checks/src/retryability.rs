//! The answers of `Retryable::retryability` for each variant, read from the arms of its `match`.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Arm, Block, Expr, ImplItem, Item, Pat, Stmt, Type};

use crate::names::{Definition, Names};
use crate::tree::Tree;

/// The retryability of a variant of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// An error for which a retry can help.
    Retryable,
    /// An error for which a retry cannot help.
    Final,
    /// The retryability of the inner error.
    AsCause,
    /// A retryability that depends on a value of the variant.
    ByValue,
}

/// The answers of one type.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// The answers for the variants that have an arm.
    pub named: BTreeMap<String, Answer>,
    /// The answer for every other variant, or for the whole type.
    pub rest: Option<Answer>,
}

/// An implementation of `Retryable` in an unsupported form.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The type.
    pub definition: Definition,
}

/// Returns the answers of every type of the crate that implements `Retryable`.
///
/// # Errors
///
/// Returns an error if an implementation decides by other means than by matching variants.
pub fn answers(
    tree: &Tree,
    names: &Names<'_>,
) -> Result<BTreeMap<Definition, Answers>, Unreadable> {
    let mut found = BTreeMap::new();
    for (id, module) in tree.modules.iter().enumerate() {
        for item in &module.items {
            if let Item::Impl(implementation) = item
                && let Some((path, _)) = &implementation.trait_
                && path.segments.last().is_some_and(|last| last.ident == "Retryable")
                && let Some(body) = implementation.items.iter().find_map(retryability)
                && let Some(path) = type_path(&implementation.self_ty)
                && let Some(definition) = names.resolve(id, &path)
            {
                let answers =
                    of_body(body).ok_or_else(|| Unreadable { definition: definition.clone() })?;
                found.insert(definition, answers);
            }
        }
    }
    Ok(found)
}

fn retryability(item: &ImplItem) -> Option<&Block> {
    match item {
        ImplItem::Fn(function) if function.sig.ident == "retryability" => Some(&function.block),
        _ => None,
    }
}

fn type_path(r#type: &Type) -> Option<Vec<String>> {
    match r#type {
        Type::Path(path) => {
            Some(path.path.segments.iter().map(|segment| segment.ident.to_string()).collect())
        }
        _ => None,
    }
}

fn of_body(body: &Block) -> Option<Answers> {
    match only_expression(body)? {
        Expr::Match(matched) if is_self(&matched.expr) => of_arms(&matched.arms),
        other => Some(Answers { named: BTreeMap::new(), rest: Some(of_expression(other)?) }),
    }
}

fn is_self(expression: &Expr) -> bool {
    match expression {
        Expr::Path(path) => path.path.is_ident("self"),
        Expr::Unary(unary) => is_self(&unary.expr),
        _ => false,
    }
}

/// Collects the answers of the arms. If an arm has a guard or a restricted value, later arms decide
/// the other values of its variant.
fn of_arms(arms: &[Arm]) -> Option<Answers> {
    let mut named = BTreeMap::<String, BTreeSet<Answer>>::new();
    let mut settled = BTreeSet::new();
    let mut rest = BTreeSet::new();
    for arm in arms {
        let answer = of_expression(&arm.body)?;
        let (pattern, is_guarded) = match &arm.pat {
            Pat::Guard(guarded) => (&*guarded.pat, true),
            pattern => (pattern, false),
        };
        for pattern in alternatives(pattern) {
            let Some(variant) = variant(pattern) else {
                rest.insert(answer);
                continue;
            };
            if settled.contains(&variant) {
                continue;
            }
            named.entry(variant.clone()).or_default().insert(answer);
            if !is_guarded && takes_every_value(pattern) {
                settled.insert(variant);
            }
        }
    }
    let named = named.into_iter().map(|(variant, mut answers)| {
        if !settled.contains(&variant) {
            answers.extend(&rest);
        }
        Some((variant, together(&answers)?))
    });
    Some(Answers { named: named.collect::<Option<_>>()?, rest: together(&rest) })
}

fn alternatives(pattern: &Pat) -> Vec<&Pat> {
    match pattern {
        Pat::Or(or) => or.cases.iter().flat_map(alternatives).collect(),
        Pat::Paren(inner) => alternatives(&inner.pat),
        other => vec![other],
    }
}

fn variant(pattern: &Pat) -> Option<String> {
    let path = match pattern {
        Pat::Path(path) => &path.path,
        Pat::Struct(pattern) => &pattern.path,
        Pat::TupleStruct(pattern) => &pattern.path,
        _ => return None,
    };
    path.segments.last().map(|last| last.ident.to_string())
}

fn takes_every_value(pattern: &Pat) -> bool {
    match pattern {
        Pat::Path(_) | Pat::Wild(_) | Pat::Rest(_) => true,
        Pat::Ident(binding) => binding.subpat.is_none(),
        Pat::Struct(pattern) => pattern.fields.iter().all(|field| is_binding(&field.pat)),
        Pat::TupleStruct(pattern) => pattern.elems.iter().all(is_binding),
        _ => false,
    }
}

fn is_binding(pattern: &Pat) -> bool {
    match pattern {
        Pat::Wild(_) | Pat::Rest(_) => true,
        Pat::Ident(binding) => binding.subpat.is_none(),
        _ => false,
    }
}

fn of_expression(expression: &Expr) -> Option<Answer> {
    match expression {
        Expr::Path(path) => match path.path.segments.last()?.ident.to_string().as_str() {
            "Retryable" => Some(Answer::Retryable),
            "Final" => Some(Answer::Final),
            _ => None,
        },
        Expr::MethodCall(call) => {
            let asks_inside = call.method == "retryability"
                || of_expression(&call.receiver) == Some(Answer::AsCause);
            asks_inside.then_some(Answer::AsCause)
        }
        Expr::Block(block) => of_expression(only_expression(&block.block)?),
        Expr::Match(matched) => {
            let answers = matched.arms.iter().map(|arm| of_expression(&arm.body));
            together(&answers.collect::<Option<_>>()?)
        }
        Expr::If(branches) => {
            let (_, otherwise) = branches.else_branch.as_ref()?;
            let first = of_expression(only_expression(&branches.then_branch)?)?;
            together(&[first, of_expression(otherwise)?].into())
        }
        _ => None,
    }
}

fn together(answers: &BTreeSet<Answer>) -> Option<Answer> {
    match answers.len() {
        0 => None,
        1 => answers.first().copied(),
        _ => Some(Answer::ByValue),
    }
}

fn only_expression(block: &Block) -> Option<&Expr> {
    match block.stmts.as_slice() {
        [Stmt::Expr(expression, None)] => Some(expression),
        _ => None,
    }
}
