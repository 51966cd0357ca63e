//! From `[identity]` to what tells who is calling.

use std::{path::PathBuf, sync::Arc};

use ovgs_domain::{Excerpt, User};
use ovgs_store::Store;

use super::{
    AuthenticatorKind, CertificateUser, Config, Directory, OidcIssuer, Place, Problem,
    files::{read, read_if_given},
};
use crate::authn::{
    Authenticator, CertificateName, CertificateNames, Chain, ClaimMapping, ClientCertificateAuthenticator,
    IssuerSettings, KeySource, OidcAuthenticator, OidcError, Organizations, StoreDirectory, TokenAuthority,
    UserDirectory, VerifiedTokens,
};

/// What tells who is calling, as configured.
#[derive(Clone, Debug)]
pub struct Authentication {
    /// All of it as one authenticator.
    pub chain: Arc<Chain>,
    /// Who issues and verifies the server's own tokens.
    pub tokens: Arc<TokenAuthority>,
    /// Who knows the tokens of other issuers; its keys are to be kept fresh.
    pub oidc: Arc<OidcAuthenticator>,
}

impl Config {
    /// Who is believed about who is calling. Nothing is fetched yet.
    ///
    /// # Errors
    /// [`Problem`] if a key or certificate cannot be read, or an issuer cannot be meant so.
    pub fn authentication(&self, store: Arc<dyn Store>) -> Result<Authentication, Problem> {
        let verified = VerifiedTokens::new();
        let tokens = Arc::new(self.token_authority(store.clone())?.sharing(verified.clone()));
        let oidc = Arc::new(self.oidc(&verified)?);
        let certificates = Arc::new(ClientCertificateAuthenticator::new(self.certificate_names()?));
        let order = self.identity.order().into_iter();
        let authenticators = order.map(|kind| -> Arc<dyn Authenticator> {
            match kind {
                AuthenticatorKind::Tokens => tokens.clone(),
                AuthenticatorKind::Oidc => oidc.clone(),
                AuthenticatorKind::ClientCertificates => certificates.clone(),
            }
        });
        let directory: Arc<dyn UserDirectory> = Arc::new(match self.users.directory {
            Directory::Open => StoreDirectory::open(store),
            Directory::Registered => StoreDirectory::registered(store),
        });
        Ok(Authentication { chain: Arc::new(Chain::new(authenticators.collect(), directory)), tokens, oidc })
    }

    fn oidc(&self, verified: &VerifiedTokens) -> Result<OidcAuthenticator, Problem> {
        let mut issuers = Vec::new();
        for (index, issuer) in self.identity.oidc.iter().enumerate() {
            let settings = self.issuer_settings(index, issuer)?;
            // Each on its own first, so that what is wrong is said in its place.
            OidcAuthenticator::new(vec![settings.clone()], verified)
                .map_err(|error| self.no_issuer(index, error))?;
            issuers.push(settings);
        }
        OidcAuthenticator::new(issuers, verified).map_err(|error| Place::file(&self.file).told_by(error))
    }

    fn no_issuer(&self, index: usize, error: OidcError) -> Problem {
        let issuer = self.identity.oidc.get(index);
        let by_url = issuer.is_some_and(|issuer| issuer.jwks_url.is_some());
        let key = match &error {
            OidcError::NoAudience { .. } => "audiences",
            OidcError::Algorithms { .. } => "algorithms",
            OidcError::Source(crate::authn::FetchError::BadAuthority(_)) => "ca",
            _ if by_url => "jwks_url",
            _ => "issuer",
        };
        self.places.of_oidc(index, key).told_by(error)
    }

    fn issuer_settings(&self, index: usize, issuer: &OidcIssuer) -> Result<IssuerSettings, Problem> {
        let ca = read_if_given(issuer.ca.as_ref(), "identity.oidc.ca", &self.places.of_oidc(index, "ca"))?;
        let insecure = issuer.allow_http;
        let keys = match (&issuer.jwks_file, &issuer.jwks_url) {
            (Some(file), _) => {
                read(file, "identity.oidc.jwks_file", &self.places.of_oidc(index, "jwks_file"))?;
                KeySource::File(file.clone())
            }
            (None, Some(url)) => KeySource::Url { url: url.clone(), ca, insecure },
            (None, None) => KeySource::Discovery { ca, insecure },
        };
        Ok(IssuerSettings {
            issuer: issuer.issuer.clone(),
            audiences: issuer.audiences.clone(),
            algorithms: issuer.algorithms.clone(),
            keys,
            token_types: issuer.token_types.clone(),
            leeway: issuer.leeway,
            max_lifetime: issuer.max_lifetime,
            keys_max_age: issuer.jwks_max_age,
            mapping: mapping(issuer),
        })
    }

    fn certificate_names(&self) -> Result<CertificateNames, Problem> {
        let configured = &self.identity.client_certificates;
        let by_uri = configured.ovgs_uris.unwrap_or(configured.users.is_empty());
        let mut names = if by_uri { CertificateNames::by_uri() } else { CertificateNames::default() };
        for (index, user) in configured.users.iter().enumerate() {
            // What is missing has been a problem before.
            let Some((key, name, user)) = named(user) else { continue };
            let place = self.places.of_certificate_user(index, key);
            names = names.with(name, user).map_err(|error| place.told_by(error))?;
        }
        Ok(names)
    }

    /// Issuers whose keys cannot be fetched now: each works as soon as they can.
    pub(super) async fn unreachable_issuers(&self) -> Vec<Problem> {
        // What keeps it from being made is a problem already.
        let Ok(oidc) = self.oidc(&VerifiedTokens::new()) else { return Vec::new() };
        let tried = oidc.try_fetch().await.into_iter().enumerate();
        let failed = tried.filter_map(|(index, (name, tried))| Some((index, name.to_owned(), tried.err()?)));
        let problem = |(index, name, error): (usize, String, _)| {
            let text = format!(
                "the keys of `{}` cannot be fetched now, so none of its tokens counts",
                Excerpt::of(&name)
            );
            self.places.of_oidc(index, "issuer").problem(text).because(error)
        };
        failed.map(problem).collect()
    }
}

fn mapping(issuer: &OidcIssuer) -> ClaimMapping {
    let organizations = match (&issuer.organization, &issuer.organization_claim) {
        (None, Some(claim)) => {
            Organizations::Claimed { claim: claim.clone(), allowed: issuer.allowed_orgs() }
        }
        (Some(org), _) => Organizations::Fixed(org.clone()),
        // A problem before; nobody is named.
        (None, None) => Organizations::Claimed { claim: String::new(), allowed: Default::default() },
    };
    ClaimMapping {
        username: issuer.username_claim.clone(),
        service_account_name: issuer.service_account_name_claim.clone(),
        client_id: issuer.client_id_claim.clone(),
        type_claim: issuer.type_claim.clone(),
        service_account_values: issuer.service_account_values.clone(),
        organizations,
        required: issuer.required_claims.clone(),
    }
}

/// The key of the name, the name, and whom it means.
fn named(user: &CertificateUser) -> Option<(&'static str, CertificateName, User)> {
    let (key, name) = match user {
        CertificateUser { uri: Some(uri), .. } => ("uri", CertificateName::Uri(uri.clone())),
        CertificateUser { dns: Some(dns), .. } => ("dns", CertificateName::Dns(dns.clone())),
        CertificateUser { subject: Some(subject), .. } => {
            ("subject", CertificateName::Subject(subject.clone()))
        }
        _ => return None,
    };
    let (org, user_type, username) = (user.org.clone()?, user.user_type?, user.name.clone()?);
    Some((key, name, User { org, user_type, username }))
}

/// Every path that an `[[identity.oidc]]` may have, for the rule that none is empty.
pub(super) fn paths(issuer: &OidcIssuer) -> [(&'static str, Option<&PathBuf>); 2] {
    [("ca", issuer.ca.as_ref()), ("jwks_file", issuer.jwks_file.as_ref())]
}
