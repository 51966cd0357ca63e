//! Figures, as a table and as JSON.

use std::fmt;

use anyhow::Context;
use serde_json::json;

use crate::workspace::root;

/// One figure.
#[derive(Debug)]
pub(super) struct Figure {
    /// What was measured.
    pub(super) name: String,
    /// How much it was.
    pub(super) value: f64,
    /// Of what.
    pub(super) unit: &'static str,
    /// What the bare thing makes, in the same unit, if there is one.
    pub(super) ceiling: Option<f64>,
    /// What the ratio of the two has to be; without a bare thing, what the value has to be.
    pub(super) target: Target,
}

/// A bound of `value / ceiling`, or of the value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    AtLeast(f64),
    AtMost(f64),
}

impl Figure {
    /// So many in a second, of which the bare thing makes `ceiling`.
    pub(super) fn rate(name: &str, value: f64, unit: &'static str, ceiling: f64, least: f64) -> Figure {
        let target = Target::AtLeast(least);
        Figure { name: name.to_owned(), value, unit, ceiling: Some(ceiling), target }
    }

    /// What has to be small: so much, of which the bare thing takes `ceiling`, if there is one.
    pub(super) fn at_most(
        name: &str,
        value: f64,
        unit: &'static str,
        ceiling: Option<f64>,
        most: f64,
    ) -> Figure {
        Figure { name: name.to_owned(), value, unit, ceiling, target: Target::AtMost(most) }
    }

    fn ratio(&self) -> Option<f64> {
        self.ceiling.map(|ceiling| self.value / ceiling)
    }

    fn met(&self) -> bool {
        let judged = self.ratio().unwrap_or(self.value);
        match self.target {
            Target::AtLeast(bound) => judged >= bound,
            Target::AtMost(bound) => judged <= bound,
        }
    }
}

/// All figures of a run.
#[derive(Debug, Default)]
pub(super) struct Report(Vec<Figure>);

impl Report {
    pub(super) fn extend(&mut self, figures: Vec<Figure>) {
        self.0.extend(figures);
    }

    /// The names of those that missed their targets.
    pub(super) fn missed(&self) -> Vec<&str> {
        self.0.iter().filter(|figure| !figure.met()).map(|figure| figure.name.as_str()).collect()
    }

    /// Writes `target/bench/report.json`.
    pub(super) fn write(&self) -> anyhow::Result<()> {
        let folder = root().join("target").join("bench");
        std::fs::create_dir_all(&folder)?;
        let file = folder.join("report.json");
        let figures: Vec<_> = self.0.iter().map(as_json).collect();
        let text = serde_json::to_string_pretty(&figures)? + "\n";
        std::fs::write(&file, text).with_context(|| format!("cannot write `{}`", file.display()))
    }
}

fn as_json(figure: &Figure) -> serde_json::Value {
    let Figure { name, value, unit, ceiling, target } = figure;
    let target = match target {
        Target::AtLeast(bound) | Target::AtMost(bound) => bound,
    };
    json!({
        "name": name, "value": value, "unit": unit, "ceiling": ceiling,
        "ratio": figure.ratio(), "target": target, "met": figure.met()
    })
}

impl Report {
    /// The table, as a page shows it.
    pub(super) fn as_markdown(&self) -> String {
        let head = "| row | measured | bare | ratio | target | |\n|---|---:|---:|---:|---:|---|\n";
        let rows = self.0.iter().map(Cells::of).map(|cells| {
            let Cells { name, value, ceiling, unit, ratio, bound, verdict } = cells;
            let ceiling = if ceiling.is_empty() { ceiling } else { format!("{ceiling} {unit}") };
            let verdict = if verdict == "met" { "met" } else { "**missed**" };
            format!("| `{name}` | {value} {unit} | {ceiling} | {ratio} | {bound} | {verdict} |")
        });
        head.to_owned() + &rows.collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<28} {:>12} {:>12} {:<10} {:>6} {:>10}",
            "", "measured", "bare", "", "ratio", "target"
        )?;
        for Cells { name, value, ceiling, unit, ratio, bound, verdict } in self.0.iter().map(Cells::of) {
            writeln!(f, "{name:<28} {value:>12} {ceiling:>12} {unit:<10} {ratio:>6} {bound:>10} {verdict}")?;
        }
        Ok(())
    }
}

/// A figure in words.
struct Cells<'a> {
    name: &'a str,
    value: String,
    ceiling: String,
    unit: &'static str,
    ratio: String,
    bound: String,
    verdict: &'static str,
}

impl Cells<'_> {
    fn of(figure: &Figure) -> Cells<'_> {
        // What has no ratio is held against a number of its unit.
        let digits = if figure.ceiling.is_some() { 2 } else { 0 };
        let bound = match figure.target {
            Target::AtLeast(bound) => format!(">= {bound:.digits$}"),
            Target::AtMost(bound) => format!("<= {bound:.digits$}"),
        };
        Cells {
            name: &figure.name,
            value: format!("{:.0}", figure.value),
            ceiling: figure.ceiling.map(|ceiling| format!("{ceiling:.0}")).unwrap_or_default(),
            unit: figure.unit,
            ratio: figure.ratio().map(|ratio| format!("{ratio:.2}")).unwrap_or_default(),
            bound,
            verdict: if figure.met() { "met" } else { "MISSED" },
        }
    }
}
