//! Importing parts, as CSV or JSON lines.
//!
//! Rows stand alone: a good one is taken whatever is wrong with its neighbours. They are read one by one, looked up
//! and written in transactions of a few thousand, so memory does not grow with the file.

mod apply;
mod batches;
mod bounded;
mod column;
mod csv_rows;
mod error;
mod json_rows;
mod listener;
mod notice;
mod part_row;
mod pipeline;
mod plan;
mod row;
mod said;
mod source;
#[cfg(test)]
mod tests;
mod texts;
mod tpm;

pub use self::{
    apply::{ImportOptions, Tally},
    column::Column,
    error::ImportError,
    listener::ImportListener,
    notice::{ColumnName, Notice},
    part_row::{BatchReport, Corrected, Outcome, PartImport, PartRow},
    texts::FactTexts,
};
