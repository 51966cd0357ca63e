//! `[identity]`: who is believed about who is calling.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use chrono::TimeDelta;
use jsonwebtoken::Algorithm;
use ovgs_domain::{OrgId, UserType, Username};
use serde::Deserialize;

#[cfg(test)]
use super::known::keys_of;
use super::{fields, problem::Problem, section::Section};

/// What stands within `[identity]`.
pub(super) const TABLES: [&str; 2] = ["oidc", "client_certificates"];

/// What stands within one `[[identity.oidc]]`.
const OIDC_TABLES: [&str; 2] = ["organization_names", "required_claims"];

/// Who is believed about who is calling.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Identity {
    /// Which authenticators are asked, in this order; without it all that are configured.
    pub authenticators: Option<Vec<AuthenticatorKind>>,
    /// Every `[[identity.oidc]]`.
    #[serde(skip)]
    pub oidc: Vec<OidcIssuer>,
    /// `[identity.client_certificates]`.
    #[serde(skip)]
    pub client_certificates: ClientCertificates,
}

/// A kind of authenticator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticatorKind {
    /// The server's own tokens.
    Tokens,
    /// Tokens of other issuers.
    Oidc,
    /// Client certificates.
    ClientCertificates,
}

/// An issuer of access tokens.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OidcIssuer {
    /// Its name, the tokens' `iss`.
    pub issuer: String,
    /// What of `aud` means this service.
    pub audiences: BTreeSet<String>,
    /// With which algorithms it signs.
    #[serde(deserialize_with = "fields::algorithms")]
    pub algorithms: Vec<Algorithm>,
    /// Where its keys are, if not where its metadata say.
    pub jwks_url: Option<String>,
    /// In which file its keys are.
    pub jwks_file: Option<PathBuf>,
    /// For how long its keys count after they were last fetched.
    #[serde(deserialize_with = "fields::duration")]
    pub jwks_max_age: TimeDelta,
    /// Authorities for its TLS certificate instead of the system's, PEM.
    pub ca: Option<PathBuf>,
    /// Whether it may be asked without TLS, if it is on this machine.
    pub allow_http: bool,
    /// The `typ` of its access tokens.
    pub token_types: Vec<String>,
    /// How far its clock may differ.
    #[serde(deserialize_with = "fields::duration_or_zero")]
    pub leeway: TimeDelta,
    /// How long its tokens may be good.
    #[serde(deserialize_with = "fields::some_duration")]
    pub max_lifetime: Option<TimeDelta>,
    /// The claim with the username.
    pub username_claim: String,
    /// The claim with the username of service accounts.
    pub service_account_name_claim: Option<String>,
    /// The claim with the client's id.
    pub client_id_claim: String,
    /// The claim with the kind of account.
    pub type_claim: Option<String>,
    /// Its values that mean a service account.
    pub service_account_values: BTreeSet<String>,
    /// The organization of all of its users.
    #[serde(deserialize_with = "fields::some_org_id")]
    pub organization: Option<OrgId>,
    /// The claim with the organization.
    pub organization_claim: Option<String>,
    /// The organizations it may name, by their ids.
    #[serde(deserialize_with = "fields::org_ids")]
    pub organizations: BTreeSet<OrgId>,
    /// The organizations it may name, by its names for them: `[identity.oidc.organization_names]`.
    #[serde(skip)]
    pub organization_names: BTreeMap<String, OrgId>,
    /// Claims its tokens must have: `[identity.oidc.required_claims]`.
    #[serde(skip)]
    pub required_claims: BTreeMap<String, String>,
}

impl Default for OidcIssuer {
    fn default() -> OidcIssuer {
        OidcIssuer {
            issuer: String::new(),
            audiences: BTreeSet::new(),
            algorithms: vec![Algorithm::RS256, Algorithm::ES256],
            jwks_url: None,
            jwks_file: None,
            jwks_max_age: TimeDelta::hours(24),
            ca: None,
            allow_http: false,
            token_types: vec!["at+jwt".into()],
            leeway: TimeDelta::seconds(60),
            max_lifetime: None,
            username_claim: "sub".into(),
            service_account_name_claim: None,
            client_id_claim: "client_id".into(),
            type_claim: None,
            service_account_values: [UserType::ServiceAccount.to_string()].into(),
            organization: None,
            organization_claim: None,
            organizations: BTreeSet::new(),
            organization_names: BTreeMap::new(),
            required_claims: BTreeMap::new(),
        }
    }
}

/// Whom client certificates name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClientCertificates {
    /// Whether a URI `ovgs://ORG_ID/user/NAME` in a certificate names its user; on unless `users` are listed.
    pub ovgs_uris: Option<bool>,
    /// Every `[[identity.client_certificates.users]]`.
    #[serde(skip)]
    pub users: Vec<CertificateUser>,
}

/// A name in certificates, and the user it means. One of `uri`, `dns` and `subject` is given.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CertificateUser {
    /// A URI among the alternative names.
    pub uri: Option<String>,
    /// A DNS name among the alternative names.
    pub dns: Option<String>,
    /// The whole subject (RFC 4514).
    pub subject: Option<String>,
    /// The user's organization.
    #[serde(deserialize_with = "fields::some_org_id")]
    pub org: Option<OrgId>,
    /// The user's type.
    #[serde(rename = "type", deserialize_with = "fields::some_user_type")]
    pub user_type: Option<UserType>,
    /// The user's name.
    #[serde(deserialize_with = "fields::some_username")]
    pub name: Option<Username>,
}

impl Identity {
    pub(super) fn read(section: &Section, problems: &mut Vec<Problem>) -> Identity {
        let mut identity: Identity = section.read_beside(&TABLES, problems);
        let issuers = section.list("oidc", problems);
        identity.oidc = issuers.iter().map(|issuer| OidcIssuer::read(issuer, problems)).collect();
        if let Some(table) = section.table("client_certificates") {
            identity.client_certificates = table.read_beside(&["users"], problems);
            let users = table.list("users", problems);
            identity.client_certificates.users = users.iter().map(|user| user.read(problems)).collect();
        }
        identity
    }

    /// Every path in it.
    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        self.oidc.iter_mut().flat_map(|issuer| [issuer.ca.as_mut(), issuer.jwks_file.as_mut()]).flatten()
    }

    /// The names of what is asked who is calling, in order.
    pub(super) fn order(&self) -> Vec<AuthenticatorKind> {
        use AuthenticatorKind::{ClientCertificates, Oidc, Tokens};
        // What is not configured knows nobody.
        self.authenticators.clone().unwrap_or_else(|| vec![Tokens, Oidc, ClientCertificates])
    }
}

impl AuthenticatorKind {
    /// As it is written.
    pub(super) fn name(self) -> &'static str {
        match self {
            AuthenticatorKind::Tokens => "tokens",
            AuthenticatorKind::Oidc => "oidc",
            AuthenticatorKind::ClientCertificates => "client_certificates",
        }
    }
}

impl OidcIssuer {
    fn read(section: &Section, problems: &mut Vec<Problem>) -> OidcIssuer {
        let mut issuer: OidcIssuer = section.read_beside(&OIDC_TABLES, problems);
        let texts = |name, problems: &mut _| section.table(name).map(|table| table.texts(problems));
        for (name, (org, place)) in texts("organization_names", problems).unwrap_or_default() {
            match OrgId::parse(&org) {
                Ok(org) => drop(issuer.organization_names.insert(name, org)),
                Err(error) => problems.push(place.problem(format!("an organization here is none: {error}"))),
            }
        }
        let required = texts("required_claims", problems).unwrap_or_default();
        issuer.required_claims = required.into_iter().map(|(claim, (value, _))| (claim, value)).collect();
        issuer
    }

    /// What each value of the organization's claim means.
    pub(super) fn allowed_orgs(&self) -> BTreeMap<String, OrgId> {
        let by_id = self.organizations.iter().map(|org| (org.to_string(), org.clone()));
        let by_name = self.organization_names.iter().map(|(name, org)| (name.clone(), org.clone()));
        by_id.chain(by_name).collect()
    }
}

/// The sections within `[identity]`, with their keys.
#[cfg(test)]
pub(super) fn sections() -> [(&'static str, &'static [&'static str]); 3] {
    [
        ("identity.oidc", keys_of::<OidcIssuer>()),
        ("identity.client_certificates", keys_of::<ClientCertificates>()),
        ("identity.client_certificates.users", keys_of::<CertificateUser>()),
    ]
}
