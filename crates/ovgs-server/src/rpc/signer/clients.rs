//! Who may ask for signatures: the names in client certificates.

use std::collections::BTreeSet;

use http::Extensions;
use ovgs_domain::Excerpt;
use rustls_pki_types::DnsName;
use thiserror::Error;
use x509_cert::{
    Certificate,
    der::Decode as _,
    ext::pkix::{SubjectAltName, name::GeneralName},
};

use super::SigningRefusal;
use crate::rpc::gate;

/// The names of those who may ask for signatures.
///
/// Each is the whole of a URI or of a DNS name among the alternative names of a client certificate. The case of DNS names
/// does not matter, and there are no wildcards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedClients(BTreeSet<String>);

/// A name that no client certificate has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` names no client; write a whole URI such as `spiffe://example.com/ovgs`, or a whole DNS name")]
pub struct BadClientName(Excerpt);

/// Who asks, by the name that lets it in.
#[derive(Clone, Debug)]
pub(super) struct Client(pub(super) String);

impl AllowedClients {
    /// Takes names; what has a colon in it is a URI.
    ///
    /// # Errors
    /// [`BadClientName`] for what is neither.
    pub fn new<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> Result<AllowedClients, BadClientName> {
        let name = |text: &str| {
            let is_uri =
                text.split_once(':').is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty());
            match is_uri && text.bytes().all(|b| b.is_ascii_graphic()) {
                true => Some(text.to_owned()),
                false => DnsName::try_from(text).ok().map(|name| name.as_ref().to_ascii_lowercase()),
            }
        };
        let names = names.into_iter();
        let names =
            names.map(|text| name(text.as_ref()).ok_or_else(|| BadClientName(Excerpt::of(text.as_ref()))));
        Ok(AllowedClients(names.collect::<Result<_, _>>()?))
    }

    /// Who is at the other end of a request's connection.
    pub(super) fn identify(&self, connection: &Extensions) -> Result<Client, SigningRefusal> {
        let certificate = gate::client_certificate(connection).ok_or(SigningRefusal::NoCertificate)?;
        let names = names(&certificate).ok_or(SigningRefusal::NotAllowed)?;
        let name = names.into_iter().find(|name| self.0.contains(name));
        name.map(Client).ok_or(SigningRefusal::NotAllowed)
    }
}

/// URIs and DNS names among the alternative names of a certificate; none if it cannot be read.
fn names(der: &[u8]) -> Option<Vec<String>> {
    let certificate = Certificate::from_der(der).ok()?.tbs_certificate;
    let alternatives =
        certificate.get::<SubjectAltName>().ok()?.map(|(_, names)| names.0).unwrap_or_default();
    let name = |alternative| match alternative {
        GeneralName::UniformResourceIdentifier(uri) => Some(uri.to_string()),
        GeneralName::DnsName(name) => Some(name.to_string().to_ascii_lowercase()),
        _ => None,
    };
    Some(alternatives.into_iter().filter_map(name).collect())
}
