//! The columns of a file of parts.

use std::fmt;

/// A column, named as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Column {
    Ien,
    SerialNumber,
    Model,
    MacAddr,
    EndorsementKey,
    EkCertificate,
    PlatformPrimaryKey,
    IdevidIssuer,
}

impl Column {
    /// All columns, in the order of an export.
    pub const ALL: [Column; 8] = [
        Column::Ien,
        Column::SerialNumber,
        Column::Model,
        Column::MacAddr,
        Column::EndorsementKey,
        Column::EkCertificate,
        Column::PlatformPrimaryKey,
        Column::IdevidIssuer,
    ];

    /// The columns of facts, which may be left out.
    pub const FACTS: [Column; 6] = [
        Column::Model,
        Column::MacAddr,
        Column::EndorsementKey,
        Column::EkCertificate,
        Column::PlatformPrimaryKey,
        Column::IdevidIssuer,
    ];

    /// Its name in a header.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Column::Ien => "ien",
            Column::SerialNumber => "serial_number",
            Column::Model => "model",
            Column::MacAddr => "mac_addr",
            Column::EndorsementKey => "endorsement_key",
            Column::EkCertificate => "ek_certificate",
            Column::PlatformPrimaryKey => "platform_primary_key",
            Column::IdevidIssuer => "idevid_issuer",
        }
    }

    /// Whether cells are base64, too long to be shown.
    #[must_use]
    pub fn is_binary(self) -> bool {
        match self {
            Column::Ien | Column::SerialNumber | Column::Model | Column::MacAddr => false,
            Column::EndorsementKey
            | Column::EkCertificate
            | Column::PlatformPrimaryKey
            | Column::IdevidIssuer => true,
        }
    }

    pub(super) fn find(name: &str) -> Option<Column> {
        Column::ALL.into_iter().find(|column| column.as_str() == name)
    }

    /// The column that looks most like `name`.
    pub(super) fn nearest(name: &str) -> Column {
        let distance = |column: &Column| strsim::damerau_levenshtein(name, column.as_str());
        Column::ALL.into_iter().min_by_key(distance).unwrap_or(Column::Ien)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
