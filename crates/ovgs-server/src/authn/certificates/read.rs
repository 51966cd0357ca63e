//! What a client certificate says.

use chrono::{DateTime, Utc};
use x509_cert::{
    Certificate,
    der::{Decode as _, oid::ObjectIdentifier},
    ext::pkix::{ExtendedKeyUsage, SubjectAltName, name::GeneralName},
};

use crate::authn::{AuthnError, Rejection};

/// The purpose of client authentication (RFC 5280 §4.2.1.12).
const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");

/// A client certificate, as far as it tells who its owner is.
#[derive(Debug)]
pub(in crate::authn) struct ClientCertificate {
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
    is_for_clients: bool,
    /// In the form of RFC 4514.
    pub(super) subject: String,
    pub(super) uris: Vec<String>,
    pub(super) dns: Vec<String>,
}

impl ClientCertificate {
    pub(in crate::authn) fn read(der: &[u8]) -> Result<ClientCertificate, AuthnError> {
        read(der).ok_or_else(|| refused("the client certificate cannot be read"))
    }

    pub(in crate::authn) fn is_valid_at(&self, now: DateTime<Utc>) -> Result<(), AuthnError> {
        match () {
            () if now < self.not_before => {
                Err(AuthnError::rejected(Rejection::Early, "the client certificate is not valid yet"))
            }
            () if now > self.not_after => {
                Err(AuthnError::rejected(Rejection::Expired, "the client certificate has expired"))
            }
            () => Ok(()),
        }
    }

    /// A certificate that says nothing about its purpose is good for none here.
    pub(super) fn is_for_clients(&self) -> Result<(), AuthnError> {
        match self.is_for_clients {
            true => Ok(()),
            false => Err(refused("the client certificate is not made for client authentication")),
        }
    }
}

pub(super) fn refused(reason: &'static str) -> AuthnError {
    AuthnError::rejected(Rejection::Certificate, reason)
}

fn read(der: &[u8]) -> Option<ClientCertificate> {
    let certificate = Certificate::from_der(der).ok()?.tbs_certificate;
    let purposes = certificate.get::<ExtendedKeyUsage>().ok()?;
    let alternatives =
        certificate.get::<SubjectAltName>().ok()?.map(|(_, names)| names.0).unwrap_or_default();
    let (mut uris, mut dns) = (Vec::new(), Vec::new());
    for name in alternatives {
        match name {
            GeneralName::UniformResourceIdentifier(uri) => uris.push(uri.to_string()),
            GeneralName::DnsName(name) => dns.push(name.to_string()),
            _ => {}
        }
    }
    Some(ClientCertificate {
        not_before: DateTime::from(certificate.validity.not_before.to_system_time()),
        not_after: DateTime::from(certificate.validity.not_after.to_system_time()),
        is_for_clients: purposes.is_some_and(|(_, purposes)| purposes.0.contains(&CLIENT_AUTH)),
        subject: certificate.subject.to_string(),
        uris,
        dns,
    })
}
