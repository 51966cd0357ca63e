//! Which user a certificate names.

use std::{collections::BTreeMap, str::FromStr as _};

use ovgs_domain::{Excerpt, OrgId, User, UserType, Username};
use percent_encoding::percent_decode_str;
use thiserror::Error;
use x509_cert::name::Name;

use super::read::{ClientCertificate, refused};
use crate::authn::AuthnError;

/// How the URIs begin that name their user themselves.
const SCHEME: &str = "ovgs://";

/// One name in a certificate, whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CertificateName {
    /// A URI among the alternative names.
    Uri(String),
    /// A DNS name among the alternative names; the case of ASCII letters does not matter (RFC 4343).
    Dns(String),
    /// The whole subject, in the form of RFC 4514.
    Subject(String),
}

/// A name that no certificate can have.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadCertificateName {
    /// A subject that cannot be read.
    #[error("`{0}` is no distinguished name; write it as in RFC 4514, such as `CN=erp,O=Acme Devices`")]
    Subject(Excerpt),
    /// Two users have the same name.
    #[error("`{0}` names two users; each name in a certificate can stand for one")]
    Twice(Excerpt),
}

/// Whom certificates name.
#[derive(Clone, Debug, Default)]
pub struct CertificateNames {
    users: BTreeMap<CertificateName, User>,
    by_uri: bool,
}

impl CertificateNames {
    /// Every certificate names its user itself, by its one URI `ovgs://ORG_ID/user/NAME` or
    /// `ovgs://ORG_ID/service-account/NAME`, percent-encoded.
    #[must_use]
    pub fn by_uri() -> CertificateNames {
        CertificateNames { users: BTreeMap::new(), by_uri: true }
    }

    /// The same with another user who is known by a name.
    ///
    /// # Errors
    /// [`BadCertificateName`] if no certificate can have the name, or it is somebody else's.
    pub fn with(mut self, name: CertificateName, user: User) -> Result<CertificateNames, BadCertificateName> {
        let shown = Excerpt::of(name.text());
        let name = match name {
            CertificateName::Subject(text) => {
                let subject = Name::from_str(&text).ok().filter(|name| !name.is_empty());
                CertificateName::Subject(
                    subject.ok_or(BadCertificateName::Subject(shown.clone()))?.to_string(),
                )
            }
            CertificateName::Dns(name) => CertificateName::Dns(name.to_ascii_lowercase()),
            uri @ CertificateName::Uri(_) => uri,
        };
        match self.users.insert(name, user) {
            None => Ok(self),
            Some(_) => Err(BadCertificateName::Twice(shown)),
        }
    }

    /// The one user that a certificate names.
    pub(super) fn user(&self, certificate: &ClientCertificate) -> Result<User, AuthnError> {
        let uris = certificate.uris.iter().cloned().map(CertificateName::Uri);
        let dns = certificate.dns.iter().map(|name| CertificateName::Dns(name.to_ascii_lowercase()));
        let subject = CertificateName::Subject(certificate.subject.clone());
        let names = uris.chain(dns).chain([subject]);
        let mut named: Vec<&User> = names.filter_map(|name| self.users.get(&name)).collect();
        named.dedup();
        match (named.as_slice(), certificate.uris.as_slice()) {
            ([user], uris) if self.agree(uris, user) => Ok((*user).clone()),
            ([], [uri]) if self.by_uri => {
                from_uri(uri).ok_or_else(|| refused("the certificate's URI names no user"))
            }
            ([], _) => Err(refused("the client certificate names no user")),
            _ => Err(refused("the client certificate names several users")),
        }
    }

    /// Whether the URIs that name a user themselves all name this one, who is meant by another name.
    fn agree(&self, uris: &[String], user: &User) -> bool {
        let mut naming = uris.iter().filter(|uri| self.by_uri && uri.starts_with(SCHEME));
        naming.all(|uri| {
            self.users.contains_key(&CertificateName::Uri(uri.clone()))
                || from_uri(uri).as_ref() == Some(user)
        })
    }
}

impl CertificateName {
    fn text(&self) -> &str {
        match self {
            CertificateName::Uri(text) | CertificateName::Dns(text) | CertificateName::Subject(text) => text,
        }
    }
}

/// Reads `ovgs://ORG_ID/user/NAME` or `ovgs://ORG_ID/service-account/NAME`.
fn from_uri(uri: &str) -> Option<User> {
    let mut parts = uri.strip_prefix(SCHEME)?.split('/').map(decoded);
    let (org, user_type, name) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() {
        return None;
    }
    Some(User {
        org: OrgId::parse(&org).ok()?,
        user_type: UserType::parse(&user_type).ok()?,
        username: Username::parse(&name).ok()?,
    })
}

/// A part of a URI without its percent-encoding. What should have been encoded makes it none (RFC 3986 §2, §3.2.2).
fn decoded(part: &str) -> Option<String> {
    let mut after_percent = part.split('%').skip(1);
    let is_encoded = |rest: &str| rest.get(..2).is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%".contains(&b);
    if !after_percent.all(is_encoded) || !part.bytes().all(is_plain) {
        return None;
    }
    Some(percent_decode_str(part).decode_utf8().ok()?.into_owned())
}
