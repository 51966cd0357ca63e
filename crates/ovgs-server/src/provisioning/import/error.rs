//! Why a file cannot be imported at all.

use std::io;

use ovgs_domain::Excerpt;
use thiserror::Error;

use super::{Column, bounded::LONGEST_ROW};

/// Why a file cannot be imported at all. What is wrong with single rows is a [`Notice`](super::Notice).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// It cannot be read, or not to its end.
    #[error("line {line}: the input cannot be read")]
    Read {
        /// The line that was being read.
        line: u64,
        /// Why.
        source: io::Error,
    },
    /// It has not even a header.
    #[error("the input is empty; begin it with a header line such as `ien,serial_number,model`")]
    Empty,
    /// A column nobody knows.
    #[error("line 1, {column}: is not a known column; the nearest one is `{nearest}`")]
    UnknownColumn {
        /// As it stands in the header.
        column: Excerpt,
        /// What may be meant.
        nearest: Column,
    },
    /// A column that stands twice.
    #[error("line 1, {column}: stands twice in the header; remove one")]
    DoubledColumn {
        /// Which.
        column: Column,
    },
    /// A column without which parts have no id.
    #[error("line 1, {column}: is missing from the header; every part has one")]
    MissingColumn {
        /// Which.
        column: Column,
    },
    /// A quote that makes one row of all that follows.
    #[error("line {line}, row: a quote is not closed")]
    UnclosedQuote {
        /// The line on which the row begins.
        line: u64,
    },
    /// A row beyond all measure.
    #[error("line {line}, row: is longer than {LONGEST_ROW} bytes")]
    LongRow {
        /// The line on which the row begins.
        line: u64,
    },
}
