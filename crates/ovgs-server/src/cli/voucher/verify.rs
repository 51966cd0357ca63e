use std::{
    fmt,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use ovgs_voucher::{
    Certificate, Crl, Profile, RevocationChecks, TrustAnchors, Verified, VerifyOptions, verify,
};
use serde::Serialize;

use super::{input, record::VoucherRecord};
use crate::{
    cli::{
        CliError, Output,
        output::{Format, field, moment},
        values,
    },
    clock::{Clock, System},
};

/// Judge a voucher of any vendor; exits 1 with the reason if anything is wrong
///
/// What is merely old style is noted, unless --profile rfc8366 asks for strictness.
#[derive(Debug, Args)]
pub(in crate::cli) struct Verify {
    /// The voucher in DER, PEM or base64; `-` for standard input
    file: PathBuf,
    /// The certificates to trust, PEM
    #[arg(long, value_name = "PEM")]
    trust_anchor: PathBuf,
    /// Revocation lists of the signer's issuers beside those embedded in the voucher, PEM or DER; may be repeated
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// Refuse unless a list of that time clears the signer and each of its issuers below the trust anchor
    #[arg(long)]
    require_crls: bool,
    /// The serial number it has to be for
    #[arg(long, allow_hyphen_values = true)]
    serial: Option<String>,
    /// The moment to judge it for, RFC 3339 [default: now]
    #[arg(long, value_name = "RFC3339", value_parser = values::time)]
    at: Option<DateTime<Utc>>,
    /// The profile it has to have
    #[arg(long, value_parser = profile())]
    profile: Option<Profile>,
    #[command(flatten)]
    format: Format,
}

fn profile() -> impl TypedValueParser<Value = Profile> {
    PossibleValuesParser::new(["rfc8366", "pkcs7"])
        .try_map(|name| Profile::from_name(&name).ok_or("no profile"))
}

impl Verify {
    pub(super) fn run(self, output: &mut Output) -> Result<(), CliError> {
        let der = input::read(&self.file)?;
        let anchors = anchors(&self.trust_anchor)?;
        let mut options = VerifyOptions::at(self.at.unwrap_or_else(|| System.now()));
        if self.require_crls {
            options = options.revocation(RevocationChecks::Required);
        }
        for file in &self.crl {
            options = options.crls(lists(file)?);
        }
        if let Some(serial) = self.serial {
            options = options.serial(serial);
        }
        if let Some(profile) = self.profile {
            options = options.profile(profile);
        }
        let refused =
            |error: ovgs_voucher::VerifyError| CliError::said(format!("the voucher is refused: {error}"));
        let verified = verify(&der, &anchors, &options).map_err(refused)?;
        output.record(self.format, &VerifiedRecord::from(&verified))
    }
}

fn anchors(path: &Path) -> Result<TrustAnchors, CliError> {
    let shown = path.display();
    let pem = std::fs::read(path).map_err(|error| {
        CliError::said(format!("the trust anchors in `{shown}` cannot be read")).because(error)
    })?;
    TrustAnchors::from_pem(&pem)
        .map_err(|error| CliError::said(format!("`{shown}` holds no trust anchor: {error}")))
}

fn lists(path: &Path) -> Result<Vec<Crl>, CliError> {
    let shown = path.display();
    let octets = std::fs::read(path).map_err(|error| {
        CliError::said(format!("the revocation lists in `{shown}` cannot be read")).because(error)
    })?;
    Crl::all_from_file(&octets)
        .map_err(|error| CliError::said(format!("`{shown}` holds no revocation list: {error}")))
}

#[derive(Debug, Serialize)]
struct VerifiedRecord {
    #[serde(flatten)]
    voucher: VoucherRecord,
    profile: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_time: Option<String>,
    /// Subjects, from the signer to the trust anchor.
    chain: Vec<String>,
    notes: Vec<String>,
}

impl From<&Verified> for VerifiedRecord {
    fn from(verified: &Verified) -> VerifiedRecord {
        VerifiedRecord {
            voucher: VoucherRecord::from(&verified.voucher),
            profile: verified.profile.as_str(),
            signing_time: verified.signing_time.map(moment),
            chain: verified.chain.iter().map(Certificate::subject).map(str::to_owned).collect(),
            notes: verified.notes.iter().map(ToString::to_string).collect(),
        }
    }
}

impl fmt::Display for VerifiedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "valid\n{}", self.voucher)?;
        field(f, "profile", Some(self.profile))?;
        field(f, "signing-time", self.signing_time.as_ref())?;
        self.chain.iter().try_for_each(|subject| field(f, "signed by", Some(subject)))?;
        self.notes.iter().try_for_each(|note| field(f, "note", Some(note)))
    }
}
