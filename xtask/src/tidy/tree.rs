//! The workspace as the checks see it.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::Value;

use crate::steps::{cargo, output};
use crate::workspace::{files_below, root};

/// Sources that belong to no package.
const LOOSE_SOURCES: [&str; 2] = ["tests/clients", "tests/verifiers"];
/// Generated sources are nobody's to tidy.
const GENERATED: &str = "crates/ovgs-proto/src/generated";

/// All packages with their manifests' dependencies and their sources.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) packages: Vec<Package>,
    pub(super) loose: Vec<Source>,
}

#[derive(Debug, Default)]
pub(super) struct Package {
    pub(super) name: String,
    /// Relative to the root of the workspace, as all paths here.
    pub(super) folder: PathBuf,
    /// Names, of whatever kind: tests stand on the same ground as what they test.
    pub(super) dependencies: Vec<String>,
    pub(super) sources: Vec<Source>,
}

#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

impl Tree {
    /// Reads the workspace around us.
    pub(super) fn read() -> anyhow::Result<Self> {
        let metadata = output(&mut cargo(["metadata", "--format-version", "1", "--no-deps", "--offline"]))?;
        let metadata: Value = serde_json::from_str(&metadata)?;
        let packages =
            list(&metadata, "packages").iter().map(Package::read).collect::<anyhow::Result<_>>()?;
        let loose = LOOSE_SOURCES.map(|folder| sources(Path::new(folder), "py"));
        let loose = loose.into_iter().collect::<anyhow::Result<Vec<_>>>()?.concat();
        Ok(Self { packages, loose })
    }

    pub(super) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.packages.iter().flat_map(|package| &package.sources).chain(&self.loose)
    }
}

impl Package {
    fn read(metadata: &Value) -> anyhow::Result<Self> {
        let manifest = Path::new(text(metadata, "manifest_path")?).strip_prefix(root())?;
        let folder = manifest.parent().context("a manifest without a folder")?.to_path_buf();
        Ok(Self {
            name: text(metadata, "name")?.to_owned(),
            sources: sources(&folder, "rs")?,
            dependencies: list(metadata, "dependencies")
                .iter()
                .map(|dependency| Ok(text(dependency, "name")?.to_owned()))
                .collect::<anyhow::Result<_>>()?,
            folder,
        })
    }

    pub(super) fn manifest(&self) -> PathBuf {
        self.folder.join("Cargo.toml")
    }
}

fn text<'a>(value: &'a Value, key: &str) -> anyhow::Result<&'a str> {
    value.get(key).and_then(Value::as_str).with_context(|| format!("cargo metadata has no `{key}`"))
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn sources(folder: &Path, extension: &str) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for file in files_below(&root().join(folder))? {
        let path = file.strip_prefix(root())?.to_path_buf();
        if path.extension().is_some_and(|found| found == extension) && !path.starts_with(GENERATED) {
            let text = std::fs::read_to_string(&file).with_context(|| format!("`{}`", path.display()))?;
            sources.push(Source { path, text });
        }
    }
    Ok(sources)
}
