//! `ovgs-server dev` in a folder of its own.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tempfile::TempDir;

use super::binary;
use crate::steps::succeed;

/// How long a start may take, keys and a first voucher included, on a machine that is busy.
const START: Duration = Duration::from_secs(120);
/// How long the end may take after SIGTERM.
const STOP: Duration = Duration::from_secs(60);

/// A running server; killed when dropped without having been stopped.
pub(crate) struct DevServer {
    process: Child,
    folder: PathBuf,
    /// The folder, if it goes with the server.
    _own: Option<TempDir>,
}

impl DevServer {
    /// Starts the program built beside this one. Returns once the server has said `ready`.
    pub(super) fn start() -> anyhow::Result<Self> {
        let own = tempfile::tempdir()?;
        let mut server = Self::start_in(own.path(), &binary("ovgs-server")?)?;
        server._own = Some(own);
        Ok(server)
    }

    /// As [`start`](Self::start), from another program, with its data in `data` below a folder that stays.
    pub(crate) fn start_in(folder: &Path, program: &Path) -> anyhow::Result<Self> {
        let log = std::fs::File::create(folder.join("stderr.log"))?;
        let mut process = Command::new(program)
            .args(["dev", "--listen", &format!("127.0.0.1:{}", free_port()?), "--data-dir"])
            .arg(folder.join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("cannot start ovgs-server")?;
        let stdout = process.stdout.take();
        let server = Self { process, folder: folder.to_path_buf(), _own: None };
        match wait_until_ready(stdout.context("the server has no standard output")?) {
            Ok(()) => Ok(server),
            Err(error) => Err(error.context(format!("its log:\n{}", server.log()))),
        }
    }

    /// The file that tells clients where and who.
    pub(super) fn dev_json(&self) -> PathBuf {
        self.folder.join("data").join("dev.json")
    }

    /// Asks the server to stop, and fails unless it does so with exit code 0.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        match stop(&mut self.process)? {
            Some(status) if status.success() => Ok(()),
            Some(status) => bail!("the server ended with {status}; its log:\n{}", self.log()),
            None => bail!("the server does not stop; its log:\n{}", self.log()),
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("stderr.log")).unwrap_or_default()
    }
}

impl Drop for DevServer {
    fn drop(&mut self) {
        // Both fail if the server has ended already, which is what we want.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Asks a server to stop and waits for its end; `None` if that takes too long.
pub(crate) fn stop(server: &mut Child) -> anyhow::Result<Option<ExitStatus>> {
    // The shell's own `kill`, since the program of that name is not installed everywhere.
    succeed(Command::new("sh").args(["-c", &format!("kill -TERM {}", server.id())]))?;
    let deadline = Instant::now() + STOP;
    while Instant::now() < deadline {
        if let Some(status) = server.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(None)
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Reads until a line begins with `ready`, and goes on reading in the background so that the pipe never fills.
pub(crate) fn wait_until_ready(stdout: ChildStdout) -> anyhow::Result<()> {
    let (lines, received) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // Nobody listens any more once the server is ready.
            let _ = lines.send(line);
        }
    });
    let deadline = Instant::now() + START;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match received.recv_timeout(left) {
            Ok(line) if line.starts_with("ready") => return Ok(()),
            Ok(_) => {}
            Err(mpsc::RecvTimeoutError::Timeout) => {
                bail!("the server is not ready after {} s", START.as_secs())
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => bail!("the server ended before it was ready"),
        }
    }
}
