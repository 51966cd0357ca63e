//! Third stage: the certificate that devices shall trust.

use anyhow::ensure;
use chrono::{DateTime, Utc};
use ovgs_proto::v1 as pb;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose};

use crate::{
    connection::{Client, answer},
    tell,
    time::{in_days, timestamp},
};

/// A certificate in the group, for vouchers to pin.
pub(crate) struct Deposited {
    pub(crate) id: String,
    pub(crate) der: Vec<u8>,
    /// Vouchers may end then at the latest.
    pub(crate) expiry: DateTime<Utc>,
}

/// Deposits a fresh domain certificate, and reads it back.
pub(crate) async fn deposit(client: &mut Client, group: &str) -> anyhow::Result<Deposited> {
    let (der, expiry) = (domain_certificate()?, in_days(30));
    let request = pb::CreateDomainCertRequest {
        group_id: group.into(),
        certificate_der: der.clone(),
        revocation_checks: false, // the certificate names nowhere to ask
        expiry_time: Some(timestamp(expiry)),
    };
    let id = answer("CreateDomainCert", client.create_domain_cert(request.clone()).await)?.cert_id;
    tell("CreateDomainCert", format_args!("`{id}` may be pinned until {expiry:?}"));

    let read = pb::GetDomainCertRequest { cert_id: id.clone() };
    let found = answer("GetDomainCert", client.get_domain_cert(read).await)?;
    ensure!(found.certificate_der == der, "GetDomainCert: `{id}` came back with other bytes");
    ensure!(
        (&found.group_id, found.revocation_checks, found.expiry_time)
            == (&request.group_id, false, request.expiry_time),
        "GetDomainCert: `{id}` came back with another group, flag or expiry",
    );
    tell("GetDomainCert", format_args!("`{id}` came back byte for byte, all {} of them", der.len()));
    Ok(Deposited { id, der, expiry })
}

/// A self-signed certificate in DER, as an owner's domain might have. Its key is thrown away: no device is at hand.
fn domain_certificate() -> anyhow::Result<Vec<u8>> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Acme network operations");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params.self_signed(&KeyPair::generate()?)?.der().to_vec())
}
