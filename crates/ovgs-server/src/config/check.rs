//! What `config check` finds in the files that the configuration names.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use ovgs_store::MemoryStore;
use ovgs_voucher::Pkcs11Modules;

use super::{Config, Problem};

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
        findings.problems.extend(self.server_tls().err());
        findings.problems.extend(self.authentication(Arc::new(MemoryStore::new())).err());
        match self.issuers(&Pkcs11Modules::default(), at).await {
            Ok((_, warnings)) => findings.warnings = warnings,
            Err(problems) => findings.problems.extend(problems.0),
        }
        findings.warnings.extend(self.unreachable_issuers().await);
        findings
    }
}
