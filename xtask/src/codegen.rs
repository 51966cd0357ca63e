//! `codegen`: the code of ovgs-proto, from its `.proto` files, with no `protoc`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::workspace::{files_below, root};

const PROTO_DIR: &str = "crates/ovgs-proto/proto";
const GENERATED_DIR: &str = "crates/ovgs-proto/src/generated";
const DESCRIPTOR_SET: &str = "descriptor_set.bin";

/// File names and contents.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Writes the generated files, and removes what no `.proto` leads to any more.
pub(crate) fn write() -> anyhow::Result<()> {
    let folder = root().join(GENERATED_DIR);
    let generated = generate(&root().join(PROTO_DIR))?;
    for stale in differences(&generated, &read(&folder)?) {
        match generated.get(&stale) {
            Some(content) => std::fs::write(folder.join(&stale), content),
            None => std::fs::remove_file(folder.join(&stale)),
        }
        .with_context(|| format!("{GENERATED_DIR}/{}", stale.display()))?;
        println!("codegen: {GENERATED_DIR}/{}", stale.display());
    }
    Ok(())
}

/// Fails if `write` would change anything.
pub(crate) fn check() -> anyhow::Result<()> {
    let generated = generate(&root().join(PROTO_DIR))?;
    let stale = differences(&generated, &read(&root().join(GENERATED_DIR))?);
    if let Some(first) = stale.first() {
        bail!(
            "codegen: `{GENERATED_DIR}/{}` is not what its .proto leads to; run `cargo xtask codegen`",
            first.display()
        );
    }
    Ok(())
}

/// Names of the files that are missing, different or too many.
fn differences(wanted: &Files, present: &Files) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> = wanted.keys().chain(present.keys()).cloned().collect();
    names.sort();
    names.dedup();
    names.retain(|name| wanted.get(name) != present.get(name));
    names
}

fn generate(proto_dir: &Path) -> anyhow::Result<Files> {
    let out = tempfile::tempdir()?;
    // Comments become documentation of the Rust code, but would only make the descriptor set large.
    tonic_prost_build::configure()
        .out_dir(out.path())
        .btree_map(".") // Invariant: two encodings of one message are equal, maps included.
        .build_transport(false)
        .emit_rerun_if_changed(false)
        .client_mod_attribute(".", "#[cfg(feature = \"client\")]")
        .server_mod_attribute(".", "#[cfg(feature = \"server\")]")
        .compile_fds(compile(proto_dir, true)?.file_descriptor_set())?;
    let mut files = read(out.path())?;
    let descriptor_set = compile(proto_dir, false)?.encode_file_descriptor_set();
    files.insert(DESCRIPTOR_SET.into(), descriptor_set);
    Ok(files)
}

/// Compiles every `.proto` file of the folder.
fn compile(proto_dir: &Path, comments: bool) -> anyhow::Result<protox::Compiler> {
    let mut compiler = protox::Compiler::new([proto_dir])?;
    compiler.include_imports(true).include_source_info(comments);
    for file in files_below(proto_dir)? {
        compiler.open_file(&file)?;
    }
    Ok(compiler)
}

fn read(folder: &Path) -> anyhow::Result<Files> {
    files_below(folder)?
        .into_iter()
        .map(|path| Ok((path.strip_prefix(folder)?.to_path_buf(), std::fs::read(&path)?)))
        .collect()
}

#[cfg(test)]
mod tests;
