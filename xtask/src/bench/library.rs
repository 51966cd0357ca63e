//! What the libraries do alone, on one core, in programs of their own: a voucher against its signature, and a decision.

use anyhow::Context;
use serde_json::Value;

use super::Bench;
use super::process;
use super::report::Figure;
use crate::steps::output;

/// One voucher against the bare signature of a message as long.
pub(super) fn issue(_: &Bench) -> anyhow::Result<Vec<Figure>> {
    let lines = run(&["--package", "ovgs-voucher", "--bench", "issue"])?;
    let rate = |name, least| {
        let per_second = |time| Ok::<_, anyhow::Error>(1e6 / member(&lines, name, time)?);
        Ok(Figure::rate(name, per_second("voucher_us")?, "/s", per_second("bare_us")?, least))
    };
    [("issue_p256", 0.80), ("issue_rsa2048", 0.95)]
        .into_iter()
        .map(|(name, least)| rate(name, least))
        .collect()
}

/// One permission decision, at two depths of the tree.
pub(super) fn decide(_: &Bench) -> anyhow::Result<Vec<Figure>> {
    let lines = run(&["--package", "ovgs-bench", "--bin", "decide"])?;
    let nanoseconds = |name| member(&lines, name, "nanoseconds");
    let (flat, deep) = (nanoseconds("decide_depth_8")?, nanoseconds("decide_depth_32")?);
    Ok(vec![
        Figure::at_most("decide", flat, "ns", None, 300.0),
        Figure::at_most("decide_depth_32", deep, "ns", Some(flat), 3.0),
    ])
}

/// The lines of JSON that a program prints.
fn run(target: &[&str]) -> anyhow::Result<Vec<Value>> {
    let program = process::build(target)?;
    let said = output(&mut std::process::Command::new(program))?;
    said.lines().map(|line| serde_json::from_str(line).context("a line that is not JSON")).collect()
}

/// A member of the line with this name.
fn member(lines: &[Value], name: &str, member: &str) -> anyhow::Result<f64> {
    let line = lines.iter().find(|line| line.get("name").and_then(Value::as_str) == Some(name));
    line.and_then(|line| line.get(member)?.as_f64()).with_context(|| format!("`{name}` has no `{member}`"))
}
