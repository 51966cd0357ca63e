//! Rows in batches, read and parsed by a thread of their own while the batch before is being written.

use std::{io, io::Read, ops::Range, sync::Arc, thread};

use tokio::sync::mpsc::{self, Receiver};

use super::{ImportError, Notice, row::Row, source::Rows};
use crate::clock::Clock;

/// How many rows one transaction takes.
const BATCH: usize = 5_000;

/// How many bytes of rows one transaction takes, so that memory is bounded for rows of every length.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Rows of one transaction, and why others are none.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) rows: Vec<Result<Row, Notice>>,
    /// How the input ended, if it did: the rows before what cannot be read are as good as others.
    pub(super) end: Option<Result<(), ImportError>>,
    text: Vec<u8>,
    /// Where in the text the row is that begins on a line, in order of lines.
    places: Vec<(u64, Range<usize>)>,
}

impl Batch {
    /// The row that begins on this line, as it stands in the input.
    pub(super) fn text(&self, line: u64) -> &[u8] {
        let index = self.places.binary_search_by_key(&line, |(line, _)| *line);
        let place = index.ok().and_then(|index| self.places.get(index));
        place.and_then(|(_, place)| self.text.get(place.clone())).unwrap_or_default()
    }

    fn push(&mut self, line: u64, row: Result<Row, Notice>, text: &[u8]) {
        let begin = self.text.len();
        self.text.extend_from_slice(text);
        self.places.push((line, begin..self.text.len()));
        self.rows.push(row);
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= BATCH || self.text.len() >= BATCH_BYTES
    }
}

/// Starts to read. The thread is one batch ahead, and ends with the input, or once nobody receives any more.
pub(super) fn start<R>(rows: Rows<R>, clock: Arc<dyn Clock>) -> Result<Receiver<Batch>, ImportError>
where
    R: Read + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(1);
    let mut rows = rows;
    let read = move || {
        loop {
            let batch = next_batch(&mut rows, &*clock);
            let ended = batch.end.is_some();
            if sender.blocking_send(batch).is_err() || ended {
                return;
            }
        }
    };
    // Not one of the runtime's threads: an input that never comes would keep the runtime from ending.
    let thread = thread::Builder::new().name("import".to_owned()).spawn(read);
    thread.map_err(|source| ImportError::Read { line: 1, source })?;
    Ok(receiver)
}

/// The next batch, which says how the input ended if it is the last one.
pub(super) async fn next(batches: &mut Receiver<Batch>) -> Batch {
    let lost = || {
        let source = io::Error::other("the reading thread is gone");
        Batch { end: Some(Err(ImportError::Read { line: 1, source })), ..Batch::default() }
    };
    batches.recv().await.unwrap_or_else(lost)
}

fn next_batch<R: Read>(rows: &mut Rows<R>, clock: &dyn Clock) -> Batch {
    let mut batch = Batch::default();
    while !batch.is_full() {
        match rows.advance() {
            Ok(true) => read_row(rows, clock, &mut batch),
            Ok(false) => return Batch { end: Some(Ok(())), ..batch },
            Err(error) => return Batch { end: Some(Err(error)), ..batch },
        }
    }
    batch
}

fn read_row<R: Read>(rows: &mut Rows<R>, clock: &dyn Clock, batch: &mut Batch) {
    let row = rows.row().and_then(|raw| raw.parse(clock.now()));
    match row {
        Ok(row) => batch.push(row.line, Ok(row), rows.text()),
        Err(notice) => batch.push(notice.line(), Err(notice), &rows.refused_text()),
    }
}
