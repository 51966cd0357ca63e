//! How far an import is: a bar on a terminal, elsewhere a line now and then.

use std::{
    io::{self, IsTerminal, Read, Write},
    time::Duration,
};

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long it is quiet between two lines.
const PAUSE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    /// When the last line was said, since the beginning; none if there is a bar instead.
    said: Option<Duration>,
}

impl Progress {
    /// For an input of this length.
    pub(super) fn new(length: Option<u64>) -> Progress {
        if !io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden());
            return Progress { bar, said: Some(Duration::ZERO) };
        }
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
        let template = match length {
            Some(_) => "{wide_bar} {bytes} of {total_bytes}, {eta} left; {msg}",
            None => "{spinner} {bytes} in {elapsed}; {msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Progress { bar, said: None }
    }

    /// The input, counted as it is read.
    pub(super) fn counting<R: Read + Send + 'static>(&self, input: R) -> impl Read + Send + 'static {
        self.bar.wrap_read(input)
    }

    /// So many rows are done.
    pub(super) fn rows(&mut self, rows: u64) {
        let Some(said) = self.said else {
            return self.bar.set_message(format!("{rows} rows"));
        };
        let elapsed = self.bar.elapsed();
        if elapsed < said + PAUSE {
            return;
        }
        self.said = Some(elapsed);
        let read = HumanBytes(self.bar.position());
        let of = self.bar.length().map(|length| format!(" of {}", HumanBytes(length))).unwrap_or_default();
        self.say(&format!("{rows} rows after {} s, {read}{of} read", elapsed.as_secs()));
    }

    /// Says something above the bar.
    pub(super) fn say(&self, line: &str) {
        self.bar.suspend(|| {
            // There is nobody left to tell if standard error is gone.
            let _ = writeln!(io::stderr(), "{line}");
        });
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
