use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use clap::Args;
use ovgs_domain::{CertId, Fingerprint, OrgId};
use ovgs_store::{JournaledVoucher, VoucherFilter};
use serde::Serialize;

use crate::{
    cli::{
        CliError, Output,
        output::{Format, moment},
        session::{Access, ConfigFile, Session},
        values,
    },
    clock::{Clock, System},
};

/// List the vouchers that were issued, the oldest first
#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// Only those for parts of this organization, as it was when they were issued
    #[arg(long, value_name = "ORG_ID", value_parser = OrgId::parse)]
    org: Option<OrgId>,
    /// Only those for this part
    #[arg(long, num_args = 2, value_names = ["IEN", "SERIAL"])]
    component: Option<Vec<String>>,
    /// Only those that pin this domain certificate
    #[arg(long, value_name = "CERT_ID", value_parser = CertId::parse)]
    cert: Option<CertId>,
    /// Only those issued at this time or later, RFC 3339
    #[arg(long, value_name = "RFC3339", value_parser = values::time)]
    since: Option<DateTime<Utc>>,
    /// Only those that have not expired
    #[arg(long)]
    valid: bool,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    config: ConfigFile,
}

impl List {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        let filter = VoucherFilter {
            org: self.org.clone(),
            component: self.component.as_deref().map(values::part).transpose()?,
            cert: self.cert,
            since: self.since,
            valid_after: self.valid.then(|| System.now()),
        };
        let list = async |session: &Session| {
            session.provisioning.journaled_org(self.org.as_ref()).await?;
            output.list(self.format, session.provisioning.vouchers(filter), JournalRecord::from).await
        };
        self.config.session(Access::Reading, list).await
    }
}

/// A voucher in the journal.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct JournalRecord {
    time: String,
    caller: String,
    request_id: String,
    org_id: String,
    ien: String,
    serial_number: String,
    cert_id: String,
    pinned_certificate_sha256: String,
    content_sha256: String,
    voucher_sha256: String,
    created_on: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_on: Option<String>,
    issuer: String,
    signer_certificate_sha256: String,
}

impl From<JournaledVoucher> for JournalRecord {
    fn from(journaled: JournaledVoucher) -> JournalRecord {
        let voucher = journaled.voucher;
        JournalRecord {
            time: moment(voucher.at),
            caller: voucher.caller.to_string(),
            request_id: voucher.request_id.to_string(),
            org_id: voucher.org.to_string(),
            ien: voucher.component.ien.to_string(),
            serial_number: voucher.component.serial_number.to_string(),
            cert_id: voucher.cert.to_string(),
            pinned_certificate_sha256: base64(&voucher.pinned_cert),
            content_sha256: base64(&voucher.content),
            voucher_sha256: base64(&voucher.voucher),
            created_on: moment(voucher.created_on),
            expires_on: voucher.expires_on.map(moment),
            issuer: voucher.issuer,
            signer_certificate_sha256: base64(&voucher.signer_cert),
        }
    }
}

impl fmt::Display for JournalRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let JournalRecord { ien, serial_number, org_id, cert_id, created_on, caller, .. } = self;
        let end = self.expires_on.as_deref().unwrap_or("never");
        write!(f, "{created_on}  {ien}/{serial_number}  {org_id}  {cert_id}  expires {end}  by {caller}")
    }
}

fn base64(fingerprint: &Fingerprint) -> String {
    STANDARD.encode(fingerprint.as_bytes())
}
