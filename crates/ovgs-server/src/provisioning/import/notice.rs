//! What is said of single rows.

use std::fmt;

use ovgs_domain::{ComponentId, Excerpt};

use super::Column;

/// Something to say of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It was not taken.
    Refused {
        /// The line it begins on, counting from 1.
        line: u64,
        /// In which column the trouble is.
        column: ColumnName,
        /// What is wrong, and the way out.
        reason: String,
    },
    /// It was taken, and a cell was not in the form that is kept.
    Converted {
        /// The line it begins on, counting from 1.
        line: u64,
        /// Which cell.
        column: Column,
        /// What was done to it.
        how: String,
    },
    /// It was taken, and something about a cell should be looked at.
    Doubtful {
        /// The line it begins on, counting from 1.
        line: u64,
        /// Which cell.
        column: Column,
        /// What is odd.
        what: String,
    },
    /// It is good, and stops the vouchers of two parts.
    Ambiguous {
        /// The line it begins on, counting from 1.
        line: u64,
        /// The part in the row.
        component: ComponentId,
        /// The other part, which cannot be told apart from it.
        other: ComponentId,
    },
}

impl Notice {
    /// The line that the row begins on, counting from 1.
    #[must_use]
    pub fn line(&self) -> u64 {
        match self {
            Notice::Refused { line, .. }
            | Notice::Converted { line, .. }
            | Notice::Doubtful { line, .. }
            | Notice::Ambiguous { line, .. } => *line,
        }
    }
}

/// The name of a column in a notice: a known one, or whatever stands in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnName {
    /// A known column.
    Known(Column),
    /// Something else, as far as it may be shown.
    Other(Excerpt),
}

impl From<Column> for ColumnName {
    fn from(column: Column) -> ColumnName {
        ColumnName::Known(column)
    }
}

impl fmt::Display for ColumnName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnName::Known(column) => column.fmt(f),
            ColumnName::Other(name) => name.fmt(f),
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::Refused { line, column, reason } => write!(f, "line {line}, {column}: {reason}"),
            Notice::Converted { line, column, how } => write!(f, "line {line}, {column}: {how}"),
            Notice::Doubtful { line, column, what } => write!(f, "line {line}, {column}: {what}"),
            Notice::Ambiguous { line, component, other } => write!(
                f,
                "line {line}, {}: `{component}` has the serial number of `{other}` under one root, so no voucher is \
                 issued for either until their `idevid_issuer` tells them apart",
                Column::SerialNumber
            ),
        }
    }
}
