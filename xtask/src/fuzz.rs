//! `fuzz`: the fuzz targets of ovgs-voucher, with cargo-fuzz.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::outside::{answers, install_folder};
use crate::steps::{cargo, step, succeed};
use crate::workspace::{files_below, root};

const FUZZ: &str = "crates/ovgs-voucher/fuzz";
/// The fuzz targets are a workspace of their own.
pub(crate) const MANIFEST: &str = "crates/ovgs-voucher/fuzz/Cargo.toml";
const CARGO_FUZZ: &str = "cargo-fuzz@0.13.2";
/// Seconds for each target.
const LONG: u32 = 600;
const SMOKE: u32 = 4;
/// A voucher with ten certificates is shorter, in octets.
const LONGEST_INPUT: u32 = 20_000;

/// What the command line asked for.
pub(crate) struct Wanted<'a> {
    /// Seconds instead of minutes for each target.
    pub(crate) smoke: bool,
    /// None means all.
    pub(crate) targets: Vec<&'a str>,
}

impl<'a> Wanted<'a> {
    /// Reads what stands after `fuzz`.
    pub(crate) fn read(arguments: &[&'a str]) -> anyhow::Result<Self> {
        let (options, targets): (Vec<_>, Vec<_>) =
            arguments.iter().copied().partition(|argument| argument.starts_with('-'));
        if let Some(unknown) = options.iter().find(|option| **option != "--smoke") {
            bail!("`fuzz` has no option `{unknown}`; it has `--smoke`");
        }
        Ok(Self { smoke: !options.is_empty(), targets })
    }
}

/// Runs the targets one after the other; the first finding is the end.
///
/// On any toolchain: there is no `unsafe` in what is fuzzed, so a sanitizer, which would take a nightly one, could find
/// little. New inputs that lead somewhere new are kept in `target/fuzz/corpus`, beside the committed ones.
pub(crate) fn run(wanted: &Wanted<'_>) -> anyhow::Result<()> {
    let known = targets()?;
    if let Some(unknown) = wanted.targets.iter().find(|name| !known.iter().any(|known| known == *name)) {
        bail!("there is no fuzz target `{unknown}`; there are {}", known.join(", "));
    }
    let program = install()?;
    let is_wanted = |name: &&String| wanted.targets.is_empty() || wanted.targets.contains(&name.as_str());
    for target in known.iter().filter(is_wanted) {
        step(&format!("fuzz {target}"), || run_target(&program, target, wanted.smoke))?;
    }
    Ok(())
}

fn run_target(program: &Path, target: &str, smoke: bool) -> anyhow::Result<()> {
    let folder = install_folder()?.with_file_name("fuzz");
    let found = folder.join("corpus").join(target);
    std::fs::create_dir_all(&found)?;
    let (profile, seconds) = if smoke { ("--dev", SMOKE) } else { ("--debug-assertions", LONG) };
    succeed(
        Command::new(program)
            .current_dir(root())
            .args(["run", "--sanitizer=none", profile, "--fuzz-dir", FUZZ, "--target-dir"])
            .args([&folder, Path::new(target), &found])
            .arg(root().join(FUZZ).join("corpus").join(target))
            .args(["--", "-timeout=20", "-rss_limit_mb=3000", "-print_final_stats=1", "-verbosity=0"])
            .args([format!("-max_total_time={seconds}"), format!("-max_len={LONGEST_INPUT}")]),
    )
    .with_context(|| format!("what `{target}` choked on is in {FUZZ}/artifacts/{target}"))
}

/// The targets' names, in order.
fn targets() -> anyhow::Result<Vec<String>> {
    let files = files_below(&root().join(FUZZ).join("fuzz_targets"))?;
    let name = |file: PathBuf| Some(file.file_stem()?.to_str()?.to_owned());
    Ok(files.into_iter().filter_map(name).collect())
}

/// The pinned cargo-fuzz, built unless it is there.
fn install() -> anyhow::Result<PathBuf> {
    let folder = install_folder()?.join("cargo-fuzz");
    let program = folder.join("bin").join(format!("cargo-fuzz{}", std::env::consts::EXE_SUFFIX));
    if !answers("c++", "--version") {
        bail!("fuzzing needs a C++ compiler: on Debian `apt-get install g++`");
    }
    if !answers(&program, "--version") {
        step("install cargo-fuzz", || {
            // Unoptimized: it only starts other programs.
            let install = ["install", "--quiet", "--locked", "--debug", CARGO_FUZZ, "--root"];
            succeed(cargo(install).arg(&folder))
        })?;
    }
    Ok(program)
}

#[cfg(test)]
mod tests;
