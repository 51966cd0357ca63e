use std::fs;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::{Args, builder::PossibleValuesParser};
use ovgs_domain::Excerpt;

use crate::{
    cli::{
        CliError, Output,
        session::{Access, ConfigFile, Session},
        values::PartArgs,
    },
    provisioning::{Column, PartRow},
};

/// Correct facts of a part
///
/// Binary ones are base64, or `@FILE` for the DER in a file.
#[derive(Debug, Args)]
pub(in crate::cli) struct Correct {
    #[command(flatten)]
    part: PartArgs,
    /// The hardware model
    #[arg(long, value_name = "TEXT")]
    model: Option<String>,
    /// The MAC address
    #[arg(long, value_name = "MAC")]
    mac_addr: Option<String>,
    /// The TPM's endorsement key, a SubjectPublicKeyInfo
    #[arg(long, value_name = "BASE64|@FILE")]
    endorsement_key: Option<String>,
    /// The certificate of the endorsement key
    #[arg(long, value_name = "BASE64|@FILE")]
    ek_certificate: Option<String>,
    /// The TPM's platform primary key, a SubjectPublicKeyInfo
    #[arg(long, value_name = "BASE64|@FILE")]
    platform_primary_key: Option<String>,
    /// The issuer of its IDevID certificate: a key id or an AuthorityKeyIdentifier
    #[arg(long, value_name = "BASE64|@FILE")]
    idevid_issuer: Option<String>,
    /// A fact that has no value any more; may be given several times
    #[arg(long, value_name = "FACT", value_parser = PossibleValuesParser::new(Column::FACTS.map(Column::as_str)))]
    clear: Vec<String>,
    #[command(flatten)]
    config: ConfigFile,
}

impl Correct {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        let (part, config) = (self.part.id(), self.config.clone());
        let row = self.row()?;
        let correct = async |session: &Session| {
            let (effect, corrected) = session.provisioning.correct_component(&session.by, &row).await?;
            output.effect(effect, format_args!("corrected {part}"))?;
            match corrected.ambiguous_with {
                Some(other) => output.line(format_args!(
                    "warning: `{part}` has the serial number of `{other}` under one root, so no voucher is issued for \
                     either until their `idevid_issuer` tells them apart"
                )),
                None => Ok(()),
            }
        };
        config.session_with_issuers(Access::Writing, correct).await
    }

    fn row(self) -> Result<PartRow, CliError> {
        let id = self.part.id();
        let clear = |column: Column| self.clear.iter().any(|name| name == column.as_str());
        let text = |column, given: Option<String>| if clear(column) { Some(String::new()) } else { given };
        let binary = |column, given: Option<String>| match given {
            _ if clear(column) => Ok(Some(Vec::new())),
            given => given.map(|given| der(column, &given)).transpose(),
        };
        Ok(PartRow {
            ien: id.ien.to_string(),
            serial_number: id.serial_number.to_string(),
            model: text(Column::Model, self.model),
            mac_addr: text(Column::MacAddr, self.mac_addr),
            endorsement_key: binary(Column::EndorsementKey, self.endorsement_key)?,
            ek_certificate: binary(Column::EkCertificate, self.ek_certificate)?,
            platform_primary_key: binary(Column::PlatformPrimaryKey, self.platform_primary_key)?,
            idevid_issuer: binary(Column::IdevidIssuer, self.idevid_issuer)?,
        })
    }
}

fn der(column: Column, given: &str) -> Result<Vec<u8>, CliError> {
    match given.strip_prefix('@') {
        Some(path) => fs::read(path).map_err(|error| {
            CliError::said(format!("the file `{}` cannot be read", Excerpt::of(path))).because(error)
        }),
        None => STANDARD.decode(given).map_err(|_| {
            let option = column.as_str().replace('_', "-");
            CliError::Usage(format!(
                "invalid value for `--{option}`: neither base64 with padding nor `@FILE`"
            ))
        }),
    }
}
