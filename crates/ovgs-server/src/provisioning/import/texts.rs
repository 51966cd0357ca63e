//! Facts as the texts of cells.

use base64::{Engine, engine::general_purpose::STANDARD};
use ovgs_domain::{Endorsement, Facts, IdevidIssuer, PublicKey};

use super::Column;

/// The facts of a part as an export writes and an import reads them: binary as base64, no value as `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct FactTexts {
    pub model: Option<String>,
    pub mac_addr: Option<String>,
    pub endorsement_key: Option<String>,
    pub ek_certificate: Option<String>,
    pub platform_primary_key: Option<String>,
    pub idevid_issuer: Option<String>,
}

impl FactTexts {
    /// The texts of these facts.
    #[must_use]
    pub fn of(facts: &Facts) -> FactTexts {
        let (endorsement_key, ek_certificate) = match &facts.endorsement {
            None => (None, None),
            Some(Endorsement::Key(key)) => (Some(STANDARD.encode(key.der())), None),
            Some(Endorsement::Certificate(certificate)) => (None, Some(STANDARD.encode(certificate.der()))),
        };
        FactTexts {
            model: facts.model.as_ref().map(ToString::to_string),
            mac_addr: facts.mac_addr.as_ref().map(ToString::to_string),
            endorsement_key,
            ek_certificate,
            platform_primary_key: facts.platform_primary_key.as_ref().map(PublicKey::der).map(base64),
            idevid_issuer: facts.idevid_issuer.as_ref().map(IdevidIssuer::der).map(base64),
        }
    }

    /// The text of one column; `None` too for those that are no facts.
    #[must_use]
    pub fn of_column(&self, column: Column) -> Option<&str> {
        match column {
            Column::Ien | Column::SerialNumber => None,
            Column::Model => self.model.as_deref(),
            Column::MacAddr => self.mac_addr.as_deref(),
            Column::EndorsementKey => self.endorsement_key.as_deref(),
            Column::EkCertificate => self.ek_certificate.as_deref(),
            Column::PlatformPrimaryKey => self.platform_primary_key.as_deref(),
            Column::IdevidIssuer => self.idevid_issuer.as_deref(),
        }
    }
}

fn base64(der: &[u8]) -> String {
    STANDARD.encode(der)
}
