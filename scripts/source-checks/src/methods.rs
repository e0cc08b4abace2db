//! The files of each type's inherent methods.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use syn::{ImplItem, Item, Type};

use crate::configuration::is_test_only;
use crate::names::{Definition, Names};
use crate::tree::Tree;

/// Returns the files with inherent methods of each type that the crate defines.
pub fn files(tree: &Tree, names: &Names<'_>) -> BTreeMap<Definition, BTreeSet<PathBuf>> {
    let mut files = BTreeMap::<_, BTreeSet<_>>::new();
    for (id, module) in tree.modules.iter().enumerate() {
        for item in &module.items {
            if let Item::Impl(implementation) = item
                && implementation.trait_.is_none()
                && implementation.items.iter().any(is_method)
                && let Some(path) = type_path(&implementation.self_ty)
                && let Some(definition) = names.resolve(id, &path)
            {
                files.entry(definition).or_default().insert(module.file.clone());
            }
        }
    }
    files
}

fn is_method(item: &ImplItem) -> bool {
    matches!(item, ImplItem::Fn(function) if !is_test_only(&function.attrs))
}

fn type_path(r#type: &Type) -> Option<Vec<String>> {
    match r#type {
        Type::Path(path) if path.qself.is_none() => {
            Some(path.path.segments.iter().map(|segment| segment.ident.to_string()).collect())
        }
        _ => None,
    }
}
