//! `component import` on SQLite, against bare inserts of the same rows.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::parts::{self, Keys};
use super::process::{self, Taken};
use super::report::{Figure, Target};
use crate::outside::DevServer;
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

pub(super) fn measure(wanted: &super::Bench) -> anyhow::Result<Vec<Figure>> {
    let bench = Bench::new(wanted)?;
    let mut figures = Vec::new();
    for (name, keys) in [("import_rows", Keys::Rsa2048), ("import_rows_without_keys", Keys::None)] {
        figures.push(bench.rate(name, keys)?);
    }
    figures.push(bench.memory()?);
    Ok(figures)
}

struct Bench {
    folder: tempfile::TempDir,
    server: PathBuf,
    bare: PathBuf,
    rounds: usize,
    /// What the numbers of rows are divided by.
    part: u64,
}

impl Bench {
    fn new(wanted: &super::Bench) -> anyhow::Result<Bench> {
        let server = process::build(&["--package", "ovgs-server", "--bin", "ovgs-server"])?;
        let bare = process::build(&["--package", "ovgs-store", "--bench", "bare_insert"])?;
        // Where the target folder is, since the system's temporary folder may be in memory.
        let folder = tempfile::tempdir_in(crate::workspace::root().join("target"))?;
        Ok(Bench { folder, server, bare, rounds: wanted.pick(ROUNDS, 1), part: wanted.pick(1, 10) })
    }

    fn rate(&self, name: &str, keys: Keys) -> anyhow::Result<Figure> {
        let file = self.folder.path().join("parts.csv");
        let rows = ROWS / self.part;
        parts::write(&file, rows, keys)?;
        let (mut import, mut bare) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..self.rounds {
            bare = bare.min(self.bare(&file)?);
            import = import.min(self.import(&file)?.seconds);
        }
        let rate = |seconds: f64| rows as f64 / seconds;
        Ok(Figure::rate(name, rate(import), "rows/s", rate(bare), 0.5))
    }

    fn memory(&self) -> anyhow::Result<Figure> {
        let file = self.folder.path().join("parts.csv");
        let peak = |rows| {
            parts::write(&file, rows, Keys::Rsa2048)?;
            anyhow::Ok(self.import(&file)?.peak_kib)
        };
        let (ceiling, value) = (peak(FEW_ROWS / self.part)?, peak(ROWS / self.part)?);
        let target = Target::AtMost(GROWTH);
        Ok(Figure {
            name: "import_memory_10x_file".to_owned(),
            value,
            unit: "KiB",
            ceiling: Some(ceiling),
            target,
        })
    }

    /// The seconds that bare inserts take, preparations not counted.
    fn bare(&self, file: &Path) -> anyhow::Result<f64> {
        let folder = tempfile::tempdir_in(self.folder.path())?;
        let database = folder.path().join("bare.db");
        let mut command = Command::new(&self.bare);
        command.args([database.as_path(), file]).arg(IN_TRANSACTION.to_string());
        output(&mut command)?.trim().parse().context("bare_insert did not print seconds")
    }

    /// What an import into a new database takes, from the start of the program to its end.
    fn import(&self, file: &Path) -> anyhow::Result<Taken> {
        let folder = tempfile::tempdir_in(self.folder.path())?;
        DevServer::start_in(folder.path(), &self.server)?.stop()?;
        let config = folder.path().join("data").join("ovgs.toml");
        let command = |arguments: &[&str]| {
            let mut command = Command::new(&self.server);
            command.args(arguments).arg("--config").arg(&config).stdout(std::process::Stdio::null());
            command
        };
        succeed(&mut command(&["org", "create", "org-bench"]))?;
        process::run(command(&["component", "import", "--org", "org-bench"]).arg(file))
    }
}
