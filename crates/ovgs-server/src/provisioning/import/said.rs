//! What a row says, held against what is known.

use ovgs_domain::{Endorsement, Excerpt, Facts};

use super::{Column, FactTexts, row::Said};

/// Why a row cannot be laid over what is known.
#[derive(Debug)]
pub(super) struct Clash {
    pub(super) column: Column,
    pub(super) reason: &'static str,
}

impl Said {
    /// The facts with the columns that the row has laid over them.
    pub(super) fn over(&self, facts: &Facts) -> Result<Facts, Clash> {
        Ok(Facts {
            model: self.model.clone().unwrap_or_else(|| facts.model.clone()),
            mac_addr: self.mac_addr.unwrap_or(facts.mac_addr),
            endorsement: self.endorsement_over(facts.endorsement.as_ref())?,
            platform_primary_key: self
                .platform_primary_key
                .clone()
                .unwrap_or_else(|| facts.platform_primary_key.clone()),
            idevid_issuer: self.idevid_issuer.clone().unwrap_or_else(|| facts.idevid_issuer.clone()),
        })
    }

    /// The key is known by one column or the other, never by both.
    fn endorsement_over(&self, known: Option<&Endorsement>) -> Result<Option<Endorsement>, Clash> {
        let (known_key, known_certificate) = match known {
            None => (None, None),
            Some(Endorsement::Key(key)) => (Some(key.clone()), None),
            Some(Endorsement::Certificate(certificate)) => (None, Some(certificate.clone())),
        };
        let key = self.endorsement_key.clone().unwrap_or(known_key);
        let certificate = self.ek_certificate.clone().unwrap_or(known_certificate);
        match (key, certificate) {
            (None, None) => Ok(None),
            (Some(key), None) => Ok(Some(Endorsement::Key(key))),
            (None, Some(certificate)) => Ok(Some(Endorsement::Certificate(certificate))),
            (Some(_), Some(_)) if self.endorsement_key.is_some() => Err(Clash {
                column: Column::EndorsementKey,
                reason: "the part has an `ek_certificate`; to replace it, give that column too, and leave it empty",
            }),
            (Some(_), Some(_)) => Err(Clash {
                column: Column::EkCertificate,
                reason: "the part has an `endorsement_key`; to replace it, give that column too, and leave it empty",
            }),
        }
    }
}

/// The first column in which facts differ, and how.
pub(super) fn difference(known: &Facts, wanted: &Facts) -> Option<(Column, String)> {
    let (known, wanted) = (FactTexts::of(known), FactTexts::of(wanted));
    let differs = |column: &Column| known.of_column(*column) != wanted.of_column(*column);
    let column = Column::FACTS.into_iter().find(differs)?;
    let reason = match (known.of_column(column), wanted.of_column(column)) {
        (Some(known), Some(wanted)) if !column.is_binary() => {
            format!(
                "is `{}`, but `{}` is known; import with `update` to change it",
                Excerpt::of(wanted),
                Excerpt::of(known)
            )
        }
        (Some(_), Some(_)) => "differs from what is known; import with `update` to change it".to_owned(),
        (Some(_), None) => "is empty, but a value is known; import with `update` to remove it".to_owned(),
        (None, _) => "has a value, but none is known; import with `update` to add it".to_owned(),
    };
    Some((column, reason))
}
