//! `docs/performance.md`: the parts of it that runs write, each between two markers.

use anyhow::Context;

use crate::steps::output;
use crate::workspace::root;

/// Puts a text between the markers `<!-- NAME -->` and `<!-- /NAME -->`.
pub(super) fn write(name: &str, text: &str) -> anyhow::Result<()> {
    let path = root().join("docs").join("performance.md");
    let page = std::fs::read_to_string(&path).with_context(|| format!("`{}`", path.display()))?;
    let (begin, end) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let missing = || format!("`{}` has no `{begin}` … `{end}`", path.display());
    let (before, rest) = page.split_once(&begin).with_context(missing)?;
    let (_, after) = rest.split_once(&end).with_context(missing)?;
    Ok(std::fs::write(&path, format!("{before}{begin}\n{}\n{end}{after}", text.trim_end()))?)
}

/// This machine and this day, in words.
pub(super) fn machine() -> anyhow::Result<String> {
    let line = |path: &str, key: &str| {
        let text = std::fs::read_to_string(path).ok()?;
        let line = text.lines().find(|line| line.starts_with(key))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let processor = line("/proc/cpuinfo", "model name").unwrap_or_else(|| "an unknown processor".to_owned());
    let memory =
        line("/proc/meminfo", "MemTotal").and_then(|total| total.split(' ').next()?.parse::<u64>().ok());
    let memory = memory.map(|kib| format!(", {} GiB of memory", kib.div_ceil(1 << 20))).unwrap_or_default();
    let cores = std::thread::available_parallelism()?;
    let system = output(std::process::Command::new("uname").arg("-sr"))?;
    let day = output(std::process::Command::new("date").args(["-u", "+%Y-%m-%d"]))?;
    Ok(format!("{cores} cores of {processor}{memory}, {}, on {}", system.trim(), day.trim()))
}
