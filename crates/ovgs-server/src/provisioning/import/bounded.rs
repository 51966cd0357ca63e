//! Rows of bounded length, whatever the input.

use std::{
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// How long a row may be, in bytes: all columns at their largest take some 40 KiB.
pub(super) const LONGEST_ROW: usize = 1024 * 1024;

/// How many bytes may still be read for the present row.
#[derive(Clone, Debug)]
pub(super) struct Budget(Arc<AtomicUsize>);

impl Budget {
    pub(super) fn new() -> Budget {
        Budget(Arc::new(AtomicUsize::new(LONGEST_ROW)))
    }

    /// A new row begins.
    pub(super) fn renew(&self) {
        self.0.store(LONGEST_ROW, Ordering::Relaxed);
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
        let count = self.inner.read(buffer)?;
        let left = self.budget.0.load(Ordering::Relaxed).checked_sub(count);
        let too_long =
            || io::Error::other(format!("a row is longer than {LONGEST_ROW} bytes; is a quote not closed?"));
        self.budget.0.store(left.ok_or_else(too_long)?, Ordering::Relaxed);
        Ok(count)
    }
}
