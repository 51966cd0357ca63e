//! Why a file cannot be imported at all.

use std::io;

use ovgs_domain::Excerpt;
use thiserror::Error;

use super::Column;

/// Why a file cannot be imported at all. What is wrong with single rows is a [`Notice`](super::Notice).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// It cannot be read.
    #[error("the input cannot be read")]
    Read(#[source] io::Error),
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
    /// The CSV reader gave up.
    #[error("the CSV is broken after line {line}")]
    Csv {
        /// The last line that was read.
        line: u64,
        /// Why.
        #[source]
        source: Box<csv::Error>,
    },
}
