//! The paths in the code of a module, with their lines.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Item, UseTree};

use crate::configuration::is_test_only;

/// A path in the code of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedPath {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
}

/// An import of one name by `use`.
#[derive(Debug, Clone)]
pub(crate) struct Import {
    pub(crate) path: NamedPath,
    /// The imported name, or `None` for a glob.
    pub(crate) name: Option<String>,
}

/// All imports and paths of a module.
#[derive(Debug, Default)]
pub(crate) struct Named {
    pub(crate) imports: Vec<Import>,
    pub(crate) paths: Vec<NamedPath>,
}

/// Returns the imports and paths of `items`.
pub(crate) fn named(items: &[Item]) -> Named {
    let mut named = Named::default();
    for item in items {
        named.visit_item(item);
    }
    named
}

impl<'ast> Visit<'ast> for Named {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        // `::name` is a path of another crate.
        if item.leading_colon.is_none() && !is_test_only(&item.attrs) {
            self.add_imports(&item.tree, &mut Vec::new());
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none()
            && let Some(first) = path.segments.first()
        {
            let segments = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.paths.push(NamedPath { segments, line: first.ident.span().start().line });
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        self.add_tokens(invocation.tokens.clone());
        visit::visit_macro(self, invocation);
    }

    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_item_mod(&mut self, _: &'ast syn::ItemMod) {}

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !is_test_only(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }
}

impl Named {
    fn add_imports(&mut self, tree: &UseTree, prefix: &mut Vec<String>) {
        let (ident, name) = match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.add_imports(&path.tree, prefix);
                prefix.pop();
                return;
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_imports(tree, prefix);
                }
                return;
            }
            UseTree::Glob(glob) => {
                let line = glob.star_token.spans[0].start().line;
                let path = NamedPath { segments: prefix.clone(), line };
                self.imports.push(Import { path, name: None });
                return;
            }
            UseTree::Name(name) => (&name.ident, name.ident.to_string()),
            UseTree::Rename(rename) => (&rename.ident, rename.rename.to_string()),
        };
        let mut segments = prefix.clone();
        let mut name = name;
        if ident != "self" {
            segments.push(ident.to_string());
        } else if name == "self" {
            name = segments.last().cloned().unwrap_or(name);
        }
        let path = NamedPath { segments, line: ident.span().start().line };
        self.imports.push(Import { path, name: Some(name) });
    }

    /// Adds the paths in the tokens of a macro. The tokens may not be valid Rust.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let colon = |index: usize| matches!(tokens.get(index), Some(TokenTree::Punct(p)) if p.as_char() == ':');
        let ident = |index: usize| match tokens.get(index) {
            Some(TokenTree::Ident(ident)) => Some(ident),
            _ => None,
        };
        let mut index = 0;
        while index < tokens.len() {
            if let TokenTree::Group(group) = &tokens[index] {
                self.add_tokens(group.stream());
            }
            let continues = index >= 2 && colon(index - 1) && colon(index - 2);
            if let (Some(first), false) = (ident(index), continues) {
                let line = first.span().start().line;
                let mut segments = vec![first.to_string()];
                while colon(index + 1)
                    && colon(index + 2)
                    && let Some(next) = ident(index + 3)
                {
                    segments.push(next.to_string());
                    index += 3;
                }
                self.paths.push(NamedPath { segments, line });
            }
            index += 1;
        }
    }
}
