//! What is done before the calls.

use std::{io::Write as _, path::Path};

use anyhow::Context;
use ovgs_proto::v1 as pb;
use prost::Message as _;
use rustls_pki_types::{CertificateDer, pem::PemObject as _};
use serde_json::{Value, json};

use crate::{connection::Client, run};

/// Registers a certificate; its id.
pub(crate) async fn cert(clients: &[Client], group_id: String, pem: &Path) -> anyhow::Result<String> {
    let mut client = clients.first().cloned().context("no connection")?;
    let pem = std::fs::read(pem).with_context(|| format!("cannot read `{}`", pem.display()))?;
    let der = CertificateDer::from_pem_slice(&pem)?;
    let request = pb::CreateDomainCertRequest {
        group_id,
        certificate_der: der.to_vec(),
        revocation_checks: false,
        expiry_time: Some(run::later()?),
    };
    Ok(client.create_domain_cert(request).await?.into_inner().cert_id)
}

/// Makes groups, one after the other.
pub(crate) async fn groups(clients: &[Client], parent: &str, count: u64) -> anyhow::Result<()> {
    let mut client = clients.first().cloned().context("no connection")?;
    let mut output = std::io::stdout().lock();
    for number in 0..count {
        let request =
            pb::CreateGroupRequest { parent: parent.to_owned(), description: format!("group {number}") };
        writeln!(output, "{}", client.create_group(request).await?.into_inner().group_id)?;
    }
    Ok(())
}

/// What a bare service is to answer in the place of ours.
pub(crate) async fn sample(clients: &[Client], ien: String, cert_id: String) -> anyhow::Result<Value> {
    let mut client = clients.first().cloned().context("no connection")?;
    let component = Some(pb::Component { ien, serial_number: "JPE00000000".to_owned() });
    let serial = client.get_serial(pb::GetSerialRequest { component: component.clone() }).await?.into_inner();
    let lifetime = Some(run::in_a_month()?);
    let request = pb::GetOwnershipVoucherRequest { component, cert_id, lifetime };
    let voucher = client.get_ownership_voucher(request).await?.into_inner();
    Ok(json!({"serial": hex::encode(serial.encode_to_vec()), "voucher_bytes": voucher.encoded_len()}))
}
