//! The modules of a crate, with their files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use syn::{Expr, ExprLit, Item, Lit, Meta};

use crate::configuration::is_test_only;

/// The index of a module in [`Tree::modules`].
pub type ModuleId = usize;

/// A module of production code.
#[derive(Debug)]
pub struct Module {
    /// The path from the root of the crate, without `crate`.
    pub path: Vec<String>,
    /// The file that contains its items.
    pub file: PathBuf,
    /// The parent module, or `None` for the root.
    pub parent: Option<ModuleId>,
    /// The child modules, by name.
    pub children: BTreeMap<String, ModuleId>,
    /// The items, without those that only tests compile.
    pub items: Vec<Item>,
}

impl Module {
    /// Returns the path in the form that code uses.
    pub fn name(&self) -> String {
        match self.path.is_empty() {
            true => "crate".into(),
            false => self.path.join("::"),
        }
    }
}

/// All modules of one crate; the first is the root.
#[derive(Debug)]
pub struct Tree {
    /// The modules. Each follows its parent.
    pub modules: Vec<Module>,
}

/// A module that cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The missing or invalid file.
    pub file: PathBuf,
    /// The reason.
    pub reason: String,
}

/// A function that returns the text of a file, or `None` if the file does not exist.
pub type Read<'a> = &'a dyn Fn(&Path) -> Option<String>;

impl Tree {
    /// Reads a crate from its root file `root`.
    ///
    /// # Errors
    ///
    /// Returns an error if a file is missing or is not valid Rust.
    pub fn read(root: &Path, read: Read<'_>) -> Result<Self, Unreadable> {
        let mut tree = Self { modules: Vec::new() };
        let folder = root.parent().unwrap_or(Path::new("")).to_path_buf();
        let items = parse(root, read)?;
        tree.add(None, Vec::new(), root, &folder, items, read)?;
        Ok(tree)
    }

    fn add(
        &mut self,
        parent: Option<ModuleId>,
        path: Vec<String>,
        file: &Path,
        folder: &Path,
        items: Vec<Item>,
        read: Read<'_>,
    ) -> Result<ModuleId, Unreadable> {
        let id = self.modules.len();
        let (modules, items): (Vec<_>, Vec<_>) = items
            .into_iter()
            .filter(|item| !is_test_only(attributes(item)))
            .partition(|item| matches!(item, Item::Mod(_)));
        let file = file.to_path_buf();
        self.modules.push(Module {
            path: path.clone(),
            file: file.clone(),
            parent,
            children: BTreeMap::new(),
            items,
        });
        for module in modules {
            let Item::Mod(module) = module else { continue };
            let name = module.ident.to_string();
            let path = [path.clone(), vec![name.clone()]].concat();
            let below = folder.join(&name);
            let child = match module.content {
                Some((_, items)) => self.add(Some(id), path, &file, &below, items, read)?,
                None => {
                    let candidates = match explicit_path(&module.attrs) {
                        Some(explicit) => {
                            vec![file.parent().unwrap_or(Path::new("")).join(explicit)]
                        }
                        None => vec![folder.join(format!("{name}.rs")), below.join("mod.rs")],
                    };
                    let file = candidates
                        .iter()
                        .find(|candidate| read(candidate).is_some())
                        .ok_or_else(|| Unreadable {
                            file: candidates[0].clone(),
                            reason: "not found".into(),
                        })?;
                    let items = parse(file, read)?;
                    self.add(Some(id), path, file, &below, items, read)?
                }
            };
            self.modules[id].children.insert(name, child);
        }
        Ok(id)
    }

    /// Returns the modules from the root down to `module`.
    pub fn ancestry(&self, module: ModuleId) -> Vec<ModuleId> {
        let mut line = vec![module];
        while let Some(parent) = self.modules[line[line.len() - 1]].parent {
            line.push(parent);
        }
        line.reverse();
        line
    }
}

fn parse(file: &Path, read: Read<'_>) -> Result<Vec<Item>, Unreadable> {
    let unreadable = |reason: String| Unreadable { file: file.to_path_buf(), reason };
    let source = read(file).ok_or_else(|| unreadable("not found".into()))?;
    let parsed = syn::parse_file(&source).map_err(|error| unreadable(error.to_string()))?;
    Ok(parsed.items)
}

fn explicit_path(attributes: &[syn::Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}

fn attributes(item: &Item) -> &[syn::Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
