//! Rows of bounded length, whatever the input.

use std::{
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use thiserror::Error;

/// How long a row may be, in bytes: all columns at their largest take some 40 KiB.
pub(super) const LONGEST_ROW: usize = 1024 * 1024;

/// A row is longer than that.
#[derive(Clone, Copy, Debug, Error)]
#[error("a row is too long")]
pub(super) struct TooLong;

/// How far the reading of the present row may go, and went.
#[derive(Clone, Debug, Default)]
pub(super) struct Budget(Arc<Reading>);

#[derive(Debug, Default)]
struct Reading {
    /// Bytes that may still be read.
    left: AtomicUsize,
    /// Whether somebody asked for more than there is.
    ended: AtomicBool,
}

impl Budget {
    /// A new row begins.
    pub(super) fn renew(&self) {
        self.0.left.store(LONGEST_ROW, Ordering::Relaxed);
    }

    /// Whether the end was looked for, and found.
    pub(super) fn is_at_end(&self) -> bool {
        self.0.ended.load(Ordering::Relaxed)
    }
}

/// Stops reading where a row gets too long. In CSV one quote that is never closed makes a row of all that follows.
///
/// What was read is kept from the beginning of the present row, so that a row can be had as it stands in the input.
#[derive(Debug)]
pub(super) struct Bounded<R> {
    inner: R,
    budget: Budget,
    kept: Vec<u8>,
    /// Where in the input the first kept byte is.
    begin: u64,
    /// Where in the input the first byte is that will be asked for.
    wanted: u64,
}

impl<R: Read> Bounded<R> {
    pub(super) fn new(inner: R, budget: Budget) -> Bounded<R> {
        Bounded { inner, budget, kept: Vec::new(), begin: 0, wanted: 0 }
    }

    /// Nothing before this place will be asked for any more.
    pub(super) fn keep_from(&mut self, place: u64) {
        self.wanted = place;
    }

    /// What stands in the input between two places, as far as it was read and kept.
    pub(super) fn between(&self, from: u64, to: u64) -> &[u8] {
        let index = |place: u64| usize::try_from(place.saturating_sub(self.begin)).unwrap_or(usize::MAX);
        self.kept.get(index(from)..index(to).min(self.kept.len())).unwrap_or_default()
    }

    fn keep(&mut self, read: &[u8]) {
        let past = usize::try_from(self.wanted.saturating_sub(self.begin)).unwrap_or(usize::MAX);
        let past = past.min(self.kept.len());
        self.kept.drain(..past);
        self.begin += past as u64;
        self.kept.extend_from_slice(read);
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.keep(buffer.get(..count).unwrap_or_default());
        let Reading { left, ended } = &*self.budget.0;
        ended.store(count == 0, Ordering::Relaxed);
        let rest = left.load(Ordering::Relaxed).checked_sub(count);
        left.store(rest.ok_or_else(|| io::Error::other(TooLong))?, Ordering::Relaxed);
        Ok(count)
    }
}
