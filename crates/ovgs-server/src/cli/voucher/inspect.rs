use std::{fmt, path::PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use clap::Args;
use ovgs_domain::legible;
use ovgs_voucher::{Certificate, Crl, Inspection, SignerSummary, inspect};
use serde::Serialize;

use super::{input, record::VoucherRecord};
use crate::cli::{
    CliError, Output,
    output::{Format, field, moment},
};

/// Show what is in a voucher of any vendor; nothing is verified
#[derive(Debug, Args)]
pub(in crate::cli) struct Inspect {
    /// The voucher in DER, PEM or base64; `-` for standard input
    file: PathBuf,
    #[command(flatten)]
    format: Format,
}

impl Inspect {
    pub(super) fn run(self, output: &mut Output) -> Result<(), CliError> {
        let der = input::read(&self.file)?;
        let unreadable =
            |error: ovgs_voucher::VerifyError| CliError::said(format!("this is no voucher: {error}"));
        let inspection = inspect(&der).map_err(unreadable)?;
        output.record(self.format, &InspectionRecord::from(&inspection))
    }
}

#[derive(Debug, Serialize)]
struct InspectionRecord {
    #[serde(skip_serializing_if = "Option::is_none")]
    voucher: Option<VoucherRecord>,
    /// Why there is no voucher in the content.
    #[serde(skip_serializing_if = "Option::is_none")]
    unreadable: Option<String>,
    /// What was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    content_type: String,
    version: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'static str>,
    signers: Vec<SignerRecord>,
    /// Subjects, from the signer upwards.
    chain: Vec<String>,
    certificates: Vec<CertificateRecord>,
    revocation_lists: Vec<ListRecord>,
    notes: Vec<String>,
    faults: Vec<String>,
}

#[derive(Debug, Serialize)]
struct SignerRecord {
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
    digest_algorithm: String,
    signature_algorithm: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_time: Option<String>,
    signed_attributes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct CertificateRecord {
    subject: String,
    issuer: String,
    serial: String,
    not_before: String,
    not_after: String,
    key: String,
}

#[derive(Debug, Serialize)]
struct ListRecord {
    issuer: String,
    this_update: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_update: Option<String>,
    /// How many certificates are listed.
    revoked: usize,
}

impl From<&Inspection> for InspectionRecord {
    fn from(inspection: &Inspection) -> InspectionRecord {
        let (voucher, unreadable) = match &inspection.voucher {
            None => (None, Some("there is no content".to_owned())),
            Some(Ok(voucher)) => (Some(VoucherRecord::from(voucher)), None),
            Some(Err(invalid)) => (None, Some(invalid.to_string())),
        };
        InspectionRecord {
            voucher,
            unreadable,
            content: inspection.content.as_ref().map(|content| STANDARD.encode(content)),
            content_type: inspection.content_type.clone(),
            version: inspection.version,
            profile: inspection.profile.map(|profile| profile.as_str()),
            signers: inspection.signers.iter().map(SignerRecord::from).collect(),
            certificates: inspection.certificates.iter().map(CertificateRecord::from).collect(),
            chain: inspection.chain.iter().map(|link| link.subject().to_owned()).collect(),
            revocation_lists: inspection.revocation_lists.iter().map(ListRecord::from).collect(),
            notes: inspection.notes.iter().map(ToString::to_string).collect(),
            faults: inspection.faults.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<&SignerSummary> for SignerRecord {
    fn from(signer: &SignerSummary) -> SignerRecord {
        SignerRecord {
            subject: signer.certificate.as_ref().map(|certificate| certificate.subject().to_owned()),
            key_id: signer.key_id.clone(),
            digest_algorithm: signer.digest_algorithm.clone(),
            signature_algorithm: signer.signature_algorithm.clone(),
            signing_time: signer.signing_time.map(moment),
            signed_attributes: signer.signed_attributes.clone(),
        }
    }
}

impl From<&Certificate> for CertificateRecord {
    fn from(certificate: &Certificate) -> CertificateRecord {
        CertificateRecord {
            subject: certificate.subject().to_owned(),
            issuer: certificate.issuer().to_owned(),
            serial: certificate.serial(),
            not_before: moment(certificate.not_before()),
            not_after: moment(certificate.not_after()),
            key: certificate.key_kind().to_string(),
        }
    }
}

impl From<&Crl> for ListRecord {
    fn from(list: &Crl) -> ListRecord {
        ListRecord {
            issuer: list.issuer().to_owned(),
            this_update: moment(list.this_update()),
            next_update: list.next_update().map(moment),
            revoked: list.len(),
        }
    }
}

impl fmt::Display for InspectionRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing is verified")?;
        if let Some(voucher) = &self.voucher {
            write!(f, "\n{voucher}")?;
        }
        field(f, "no voucher", self.unreadable.as_ref())?;
        field(f, "content type", Some(&self.content_type))?;
        field(f, "version", Some(self.version))?;
        field(f, "profile", Some(self.profile.unwrap_or("none that is known")))?;
        self.signers.iter().try_for_each(|signer| write!(f, "\n{signer}"))?;
        self.chain.iter().try_for_each(|subject| field(f, "chain", Some(subject)))?;
        self.certificates.iter().try_for_each(|certificate| write!(f, "\n{certificate}"))?;
        self.revocation_lists.iter().try_for_each(|list| write!(f, "\n{list}"))?;
        self.notes.iter().try_for_each(|note| field(f, "note", Some(note)))?;
        self.faults.iter().try_for_each(|fault| field(f, "fault", Some(fault)))
    }
}

impl fmt::Display for SignerRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self.subject.as_ref().or(self.key_id.as_ref());
        write!(f, "signer: {}", named.map_or("not embedded".to_owned(), |named| legible(named)))?;
        field(f, "  digest", Some(&self.digest_algorithm))?;
        field(f, "  signature", Some(&self.signature_algorithm))?;
        field(f, "  signing-time", self.signing_time.as_ref())?;
        field(f, "  signed attributes", Some(self.signed_attributes.join(", ")))
    }
}

impl fmt::Display for CertificateRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CertificateRecord { subject, issuer, serial, not_before, not_after, key } = self;
        let (subject, issuer) = (legible(subject), legible(issuer));
        write!(f, "certificate: {subject}\n  issuer: {issuer}\n  serial: {serial}\n  key: {key}")?;
        write!(f, "\n  valid: {not_before} to {not_after}")
    }
}

impl fmt::Display for ListRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ListRecord { issuer, this_update, next_update, revoked } = self;
        let next = next_update.as_deref().unwrap_or("nobody knows when");
        let issuer = legible(issuer);
        write!(f, "revocation list: {issuer}\n  of: {this_update}\n  next: {next}\n  revoked: {revoked}")
    }
}
