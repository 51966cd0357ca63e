//! `component import`, against bare inserts of the same rows into the same kind of database.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;

use super::fixture::{Database, Fixtures};
use super::parts::{self, Keys};
use super::process::{self, Taken};
use super::report::Figure;
use crate::steps::{output, succeed};

/// Rows of the file whose import is timed.
const ROWS: u64 = 1_000_000;
/// Rows of the one whose import must take as much memory.
const FEW_ROWS: u64 = 100_000;
/// Rows of a transaction, as in the importer.
const IN_TRANSACTION: u64 = 5_000;
/// How much more memory the larger file may take: what an allocator keeps differs from run to run.
const GROWTH: f64 = 1.15;
/// How often each of the two is measured, in turn; of each the fastest counts, since what else runs here only slows.
const ROUNDS: usize = 3;
/// How often the memory for each of the two files is measured, in turn; of each the median counts. It is the most that the
/// program held at any moment, which differs by a quarter from run to run with what its allocator keeps of what one thread has
/// freed when another one needs more. A short import may end before that is all it ever becomes, so the least of several would
/// hold the luckiest short one against long ones; and the most would hold the unluckiest.
const MEMORY_ROUNDS: usize = 5;

pub(super) fn measure(wanted: &super::Bench) -> anyhow::Result<Vec<Figure>> {
    let bench = Bench::new(wanted)?;
    let mut figures = Vec::new();
    for (name, keys) in [("import_rows", Keys::Rsa2048), ("import_rows_without_keys", Keys::None)] {
        figures.push(bench.rate(name, keys)?);
    }
    figures.push(bench.memory()?);
    Ok(figures)
}

struct Bench<'a> {
    fixtures: &'a Fixtures,
    folder: tempfile::TempDir,
    bare: PathBuf,
    rounds: usize,
    memory_rounds: usize,
    /// What the numbers of rows are divided by.
    part: u64,
}

impl Bench<'_> {
    fn new(wanted: &super::Bench) -> anyhow::Result<Bench<'_>> {
        let fixtures = wanted.fixtures()?;
        let bare = ["--package", "ovgs-store", "--features", "postgres", "--bench", "bare_insert"];
        let bare = process::build(&bare)?;
        // Where the target folder is, since the system's temporary folder may be in memory.
        let folder = tempfile::tempdir_in(crate::workspace::root().join("target"))?;
        let [rounds, memory_rounds] = wanted.pick([ROUNDS, MEMORY_ROUNDS], [1, 1]);
        Ok(Bench { fixtures, folder, bare, rounds, memory_rounds, part: wanted.pick(1, 10) })
    }

    fn rate(&self, name: &str, keys: Keys) -> anyhow::Result<Figure> {
        let rows = ROWS / self.part;
        let file = self.file(rows, keys)?;
        let (mut import, mut bare) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..self.rounds {
            bare = bare.min(self.bare(&file)?);
            import = import.min(self.import(&file)?.seconds);
        }
        let rate = |seconds: f64| rows as f64 / seconds;
        Ok(Figure::rate(name, rate(import), "rows/s", rate(bare), 0.5))
    }

    /// The memory is that of the importing program; PostgreSQL has its own, which its settings bound.
    fn memory(&self) -> anyhow::Result<Figure> {
        let [few, many] = [FEW_ROWS, ROWS].map(|rows| self.file(rows / self.part, Keys::Rsa2048));
        let (few, many) = (few?, many?);
        let (mut value, mut ceiling) = (Vec::new(), Vec::new());
        for _ in 0..self.memory_rounds {
            ceiling.push(self.import(&few)?.peak_kib);
            value.push(self.import(&many)?.peak_kib);
        }
        let (value, ceiling) = (median(value)?, median(ceiling)?);
        Ok(Figure::at_most("import_memory_10x_file", value, "KiB", Some(ceiling), GROWTH))
    }

    /// A file of so many parts, written unless it is there already.
    fn file(&self, rows: u64, keys: Keys) -> anyhow::Result<PathBuf> {
        let file = self.folder.path().join(format!("parts-{rows}-{keys:?}.csv"));
        if !file.exists() {
            parts::write(&file, rows, keys)?;
        }
        Ok(file)
    }

    /// The seconds that bare inserts take, preparations not counted.
    fn bare(&self, file: &Path) -> anyhow::Result<f64> {
        self.fixtures.with_empty(|database| {
            let mut command = Command::new(&self.bare);
            command.args(database.arguments()).arg(file).arg(IN_TRANSACTION.to_string());
            output(&mut command)?.trim().parse().context("bare_insert did not print seconds")
        })
    }

    /// What an import into a new database takes, from the start of the program to its end.
    fn import(&self, file: &Path) -> anyhow::Result<Taken> {
        self.fixtures.with_empty(|database: &Database| {
            succeed(database.command(&["org", "create", "org-bench"]).stdout(Stdio::null()))?;
            process::run(database.command(&["component", "import", "--org", "org-bench"]).arg(file))
        })
    }
}

/// The middle one of an odd number of values.
fn median(mut values: Vec<f64>) -> anyhow::Result<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().context("nothing was measured")
}
