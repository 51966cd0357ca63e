//! What `config check` finds in the files that the configuration names.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use ovgs_domain::Excerpt;
use ovgs_store::MemoryStore;
use ovgs_voucher::Pkcs11Modules;

use super::{Config, Place, Problem};
use crate::issuers::Issuer;

/// What was found: the server does not start with problems, and does with warnings.
#[derive(Debug, Default)]
pub struct Findings {
    /// What keeps the server from starting.
    pub problems: Vec<Problem>,
    /// What works, but should be known.
    pub warnings: Vec<Problem>,
}

impl Config {
    /// Looks at certificates and keys, at this time. The database is not looked at.
    pub async fn check(&self, at: DateTime<Utc>) -> Findings {
        let mut findings = Findings::default();
        findings.problems.extend(self.transport().err());
        findings.problems.extend(self.token_authority(Arc::new(MemoryStore::new())).err());
        let modules = Pkcs11Modules::default();
        for index in 0..self.issuers.len() {
            match self.issuer(index, &modules, at).await {
                Err(problem) => findings.problems.push(problem),
                Ok(None) => {}
                Ok(Some((issuer, warnings))) => {
                    findings.warnings.extend(warnings);
                    findings.warnings.extend(self.ends_early(index, &issuer, at));
                }
            }
        }
        if self.issuers.is_empty() {
            let text = "there is no issuer, so no part is served; add an `[[issuers]]`";
            findings.warnings.push(Place::file(&self.file).problem(text));
        }
        findings
    }

    /// A signer whose vouchers could die before they expire.
    fn ends_early(&self, index: usize, issuer: &Issuer, at: DateTime<Utc>) -> Option<Problem> {
        let early = issuer.ends_early(self.limits.max_voucher_lifetime, at);
        let text = || {
            let (name, end) = (Excerpt::of(issuer.name()), issuer.chain().not_after().format("%Y-%m-%d"));
            format!(
                "the signer of `{name}` ends on {end}, before vouchers of `limits.max_voucher_lifetime` do; renew it"
            )
        };
        early.then(|| self.places.of_issuer(index, "certificates").problem(text()))
    }
}
