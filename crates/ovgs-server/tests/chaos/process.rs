//! One server process.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
};

use tokio::sync::oneshot;

use crate::site::Site;

/// A server that was started; killed when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// Its address, once it is ready.
    ready: Option<oneshot::Receiver<String>>,
}

impl Process {
    /// Starts one, with its log going on in the file of its seat.
    pub(crate) fn spawn(site: &Site, seat: usize) -> Process {
        let log = File::options().create(true).append(true).open(site.path(&log_name(seat))).unwrap();
        let mut command = site.command(&["serve"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let (tell, ready) = oneshot::channel();
        thread::spawn(move || {
            let mut tell = Some(tell);
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let (Some(endpoint), Some(tell)) = (line.strip_prefix("ready: "), tell.take()) {
                    // Nobody listens any more if it was killed meanwhile.
                    let _ = tell.send(endpoint.to_owned());
                }
            }
        });
        Process { child, ready: Some(ready) }
    }

    /// Waits until it is ready, and gives its address; `None` if it ended before that.
    pub(crate) async fn ready(&mut self) -> Option<String> {
        self.ready.take()?.await.ok()
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Asks it to stop, and waits until it has; whether all was well.
    pub(crate) fn stop(mut self) -> bool {
        // The shell's own `kill`, since the program of that name is not installed everywhere.
        let kill = format!("kill -TERM {}", self.child.id());
        let asked = Command::new("sh").args(["-c", &kill]).status();
        asked.is_ok_and(|status| status.success()) && self.child.wait().is_ok_and(|status| status.success())
    }
}

impl Drop for Process {
    /// Ends it at once, in the middle of whatever it does.
    fn drop(&mut self) {
        // Both fail if the server has ended already, which is what we want.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The file in which a seat's servers log, one after the other.
pub(crate) fn log_name(seat: usize) -> String {
    format!("server-{seat}.log")
}
