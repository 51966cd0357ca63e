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
#[derive(Debug)]
pub(super) struct Bounded<R> {
    inner: R,
    budget: Budget,
}

impl<R: Read> Bounded<R> {
    pub(super) fn new(inner: R, budget: Budget) -> Bounded<R> {
        Bounded { inner, budget }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (count, Reading { left, ended }) = (self.inner.read(buffer)?, &*self.budget.0);
        ended.store(count == 0, Ordering::Relaxed);
        let rest = left.load(Ordering::Relaxed).checked_sub(count);
        left.store(rest.ok_or_else(|| io::Error::other(TooLong))?, Ordering::Relaxed);
        Ok(count)
    }
}
