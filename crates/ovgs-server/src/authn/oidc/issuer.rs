//! One issuer, and what it takes for a token to be good.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, AlgorithmFamily, Header, Validation};
use ovgs_domain::User;

use super::{
    FetchError, IssuerSettings, OidcError,
    claims::Claims,
    fetch::Source,
    jwks::Jwks,
    keys::{Key, KeySet},
    mapping,
};
use crate::authn::{
    AuthnError, Bearer, Rejection, VerifiedTokens,
    confirmation::Confirmation,
    tokens::refused,
    verified::{Verified, Verifier},
};

/// An issuer of access tokens.
#[derive(Debug)]
pub(super) struct Issuer {
    settings: IssuerSettings,
    /// One for each algorithm: in any one all must be of a family.
    validations: Vec<(Algorithm, Validation)>,
    jwks: Jwks,
    verifier: Verifier,
    verified: VerifiedTokens,
}

/// A token whose form, signature and claims were good.
#[derive(Debug)]
pub(in crate::authn) struct Issued {
    user: User,
    not_before: Option<i64>,
    issued_at: Option<i64>,
    expires_at: i64,
    binding: Option<Confirmation>,
    /// The key that signed it.
    key: [u8; 32],
}

impl Issuer {
    pub(super) fn new(settings: IssuerSettings, verified: VerifiedTokens) -> Result<Issuer, OidcError> {
        let issuer = || settings.issuer.clone();
        if settings.audiences.is_empty() {
            return Err(OidcError::NoAudience { issuer: issuer() });
        }
        let shared = settings.algorithms.iter().any(|algorithm| algorithm.family() == AlgorithmFamily::Hmac);
        if settings.algorithms.is_empty() || shared {
            return Err(OidcError::Algorithms { issuer: issuer() });
        }
        let source = Source::new(&settings.issuer, settings.keys.clone())?;
        let jwks = Jwks::new(source, settings.algorithms.clone(), settings.keys_max_age);
        let validation = |algorithm: &Algorithm| (*algorithm, validation(&settings, *algorithm));
        let validations = settings.algorithms.iter().map(validation).collect();
        Ok(Issuer { validations, jwks, verifier: Verifier::unique(), verified, settings })
    }

    pub(super) fn name(&self) -> &str {
        &self.settings.issuer
    }

    pub(super) async fn refresh(&self, now: DateTime<Utc>) {
        self.jwks.refresh(now).await;
    }

    pub(super) async fn try_fetch(&self) -> Result<(), FetchError> {
        self.jwks.try_fetch().await
    }

    /// Whose token this is, if it is good now.
    pub(super) async fn user(
        &self,
        token: &Bearer,
        certificate: Option<&[u8]>,
        now: DateTime<Utc>,
    ) -> Result<User, AuthnError> {
        let issued = match self.verified.recall(self.verifier, token) {
            Some(Verified::Issued(issued)) if self.keys(now).await?.holds(&issued.key) => issued,
            _ => {
                let issued = Arc::new(self.read(token, now).await?);
                self.verified.remember(self.verifier, token, Verified::Issued(issued.clone()));
                issued
            }
        };
        self.holds_at(&issued, now)?;
        if let Some(binding) = &issued.binding {
            binding.check(certificate, now)?;
        }
        Ok(issued.user.clone())
    }

    /// Everything about a token that does not change with time.
    async fn read(&self, token: &Bearer, now: DateTime<Utc>) -> Result<Issued, AuthnError> {
        let header = jsonwebtoken::decode_header(token.reveal()).map_err(refused)?;
        let validation = self.validation(&header)?;
        let keys = self.keys(now).await?;
        if let Some(key) = keys.find(header.kid.as_deref(), header.alg) {
            return self.decode(token, key, validation);
        }
        // Who rotates keys begins to use one after having published it, so a look there tells.
        let keys: Option<Arc<KeySet>> = match header.kid {
            Some(_) => self.jwks.search(now).await,
            None => None,
        };
        match keys.as_ref().and_then(|keys| keys.find(header.kid.as_deref(), header.alg)) {
            Some(key) => self.decode(token, key, validation),
            None => Err(AuthnError::rejected(Rejection::Key, "the token's issuer has no such key")),
        }
    }

    async fn keys(&self, now: DateTime<Utc>) -> Result<Arc<KeySet>, AuthnError> {
        self.jwks.keys(now).await.map_err(|error| AuthnError::Unavailable(error.into()))
    }

    /// How a token with this header is to be checked, if at all.
    fn validation(&self, header: &Header) -> Result<&Validation, AuthnError> {
        let kind = |text| Err(AuthnError::rejected(Rejection::Kind, text));
        let typ = header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
        let typ = typ.strip_prefix("application/").unwrap_or(&typ);
        if !self.settings.token_types.iter().any(|known| known.eq_ignore_ascii_case(typ)) {
            return kind("the token's `typ` is not that of its issuer's access tokens");
        }
        if header.crit.is_some() {
            return kind("the token has critical header parameters");
        }
        let known = self.validations.iter().find(|(algorithm, _)| *algorithm == header.alg);
        known.map(|(_, validation)| validation).ok_or_else(|| {
            AuthnError::rejected(Rejection::Algorithm, "the token's algorithm is not one of its issuer's")
        })
    }

    fn decode(&self, token: &Bearer, key: &Key, validation: &Validation) -> Result<Issued, AuthnError> {
        let decoded = jsonwebtoken::decode::<Claims>(token.reveal(), &key.decoding, validation);
        let claims = decoded.map_err(refused)?.claims;
        let malformed = |text| AuthnError::rejected(Rejection::Claims, text);
        // The library takes lists of issuers as well, and audiences that are no texts.
        if claims.claim("iss").and_then(serde_json::Value::as_str) != Some(self.name()) {
            return Err(malformed("the token is of another issuer"));
        }
        if !mapping::is_for(&claims, &self.settings.audiences) {
            return Err(AuthnError::rejected(Rejection::Audience, "the token is for another audience"));
        }
        let time = |name| match claims.seconds(name) {
            Some(None) => Err(malformed("a time in the token is none")),
            found => Ok(found.flatten()),
        };
        let binding = claims.claim("cnf").map(|cnf| serde_json::from_value::<Confirmation>(cnf.clone()));
        let unknown = "the token is bound to something that cannot be checked here";
        Ok(Issued {
            user: self.settings.mapping.user(&claims)?,
            not_before: time("nbf")?,
            issued_at: time("iat")?,
            expires_at: time("exp")?.ok_or_else(|| malformed("the token has no end"))?,
            binding: binding.transpose().map_err(|_| AuthnError::rejected(Rejection::Binding, unknown))?,
            key: key.fingerprint,
        })
    }

    /// What does change with time.
    fn holds_at(&self, issued: &Issued, now: DateTime<Utc>) -> Result<(), AuthnError> {
        let (now, leeway) = (now.timestamp(), self.settings.leeway.num_seconds());
        if now >= issued.expires_at.saturating_add(leeway) {
            return Err(AuthnError::rejected(Rejection::Expired, "the token has expired"));
        }
        if [issued.not_before, issued.issued_at].into_iter().flatten().any(|begin| begin > now + leeway) {
            return Err(AuthnError::rejected(Rejection::Early, "the token is not good yet"));
        }
        let Some(longest) = self.settings.max_lifetime else { return Ok(()) };
        let lifetime = issued.issued_at.and_then(|from| TimeDelta::try_seconds(issued.expires_at - from));
        match lifetime.is_some_and(|lifetime| lifetime <= longest) {
            true => Ok(()),
            false => {
                Err(AuthnError::rejected(Rejection::Claims, "the token is good for longer than allowed"))
            }
        }
    }
}

/// What the library checks. Times are held against our own clock, at each use.
fn validation(settings: &IssuerSettings, algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.set_issuer(&[&settings.issuer]);
    validation.set_audience(&settings.audiences.iter().collect::<Vec<_>>());
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation
}
