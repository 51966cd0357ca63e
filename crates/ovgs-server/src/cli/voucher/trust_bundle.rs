use base64::{Engine, engine::general_purpose::STANDARD};
use clap::Args;
use ovgs_domain::Fingerprint;
use serde::Serialize;

use crate::{
    cli::{
        CliError, Output,
        output::{Format, moment},
        session::ConfigFile,
    },
    issuers::{IssuerState, TrustedRoot},
};

/// Print all roots, of active and retired issuers, as PEM: what verifiers of vouchers have to trust
#[derive(Debug, Args)]
pub(in crate::cli) struct TrustBundle {
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    config: ConfigFile,
}

impl TrustBundle {
    pub(super) fn run(self, output: &mut Output) -> Result<(), CliError> {
        let issuers = self.config.load()?.keyless_issuers()?;
        if !self.format.json {
            return output.text(&issuers.trust_bundle());
        }
        issuers.roots().iter().try_for_each(|root| output.json(&RootRecord::from(root)))
    }
}

#[derive(Debug, Serialize)]
struct RootRecord {
    issuers: Vec<IssuerRecord>,
    subject: String,
    not_before: String,
    not_after: String,
    sha256: String,
    certificate: String,
}

#[derive(Debug, Serialize)]
struct IssuerRecord {
    issuer: String,
    state: &'static str,
}

impl From<&TrustedRoot<'_>> for RootRecord {
    fn from(root: &TrustedRoot<'_>) -> RootRecord {
        let certificate = root.certificate;
        let issuers = root.issuers.iter().map(|issuer| IssuerRecord {
            issuer: issuer.name().to_owned(),
            state: match issuer.state() {
                IssuerState::Active => "active",
                IssuerState::Retired => "retired",
            },
        });
        RootRecord {
            issuers: issuers.collect(),
            subject: certificate.subject().to_owned(),
            not_before: moment(certificate.not_before()),
            not_after: moment(certificate.not_after()),
            sha256: STANDARD.encode(Fingerprint::of(certificate.der()).as_bytes()),
            certificate: STANDARD.encode(certificate.der()),
        }
    }
}
