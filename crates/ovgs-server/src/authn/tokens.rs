//! The server's own tokens: JWT, ES256, `typ` `at+jwt` (RFC 9068), revocable by id.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, errors::ErrorKind};
use ovgs_domain::{OrgId, User, UserType, Username};
use ovgs_store::{Store, TokenRecord};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Authenticator, AuthnError, Bearer, Credentials, Identity, Rejection, VerifiedTokens,
    answers::Answers,
    confirmation::Confirmation,
    oidc::claimed_issuer,
    uses::Uses,
    verified::{Verified, Verifier},
};
use crate::{clock::System, guarded::Guarded};

/// What the store says of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Good,
    Revoked,
    /// There is none like it.
    Unknown,
}

/// The names in the tokens (`tokens.*`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSettings {
    /// Who issues them (`iss`).
    pub issuer: String,
    /// For whom they are (`aud`).
    pub audience: String,
}

/// A token to be issued.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// For whom.
    pub user: User,
    /// For how long.
    pub ttl: TimeDelta,
    /// The client certificate it is bound to, DER (RFC 8705 §3).
    pub bind: Option<Vec<u8>>,
}

/// A token that was issued, and the record to keep of it.
#[derive(Debug)]
pub struct IssuedToken {
    /// The token.
    pub token: Bearer,
    /// What a store keeps.
    pub record: TokenRecord,
}

/// Issues the server's own tokens and verifies them.
pub struct TokenAuthority {
    encoding: EncodingKey,
    decoding: DecodingKey,
    settings: TokenSettings,
    guarded: Guarded,
    uses: Uses,
    verifier: Verifier,
    verified: VerifiedTokens,
    /// By the tokens' ids.
    standing: Answers<String, Standing>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Claims {
    iss: String,
    aud: String,
    sub: String,
    user_type: String,
    org_id: String,
    jti: String,
    iat: i64,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
}

impl TokenAuthority {
    /// The `typ` of its tokens (RFC 9068 §2.1).
    const TYPE: &'static str = "at+jwt";

    /// Takes a P-256 key: the private one as PKCS#8 DER, the public one as the uncompressed point. The store is asked
    /// whether a token is still good, and told when it was last used.
    #[must_use]
    pub fn new(
        private_pkcs8: &[u8],
        public_point: &[u8],
        settings: TokenSettings,
        store: Arc<dyn Store>,
    ) -> TokenAuthority {
        let guarded = Guarded::new(store, Arc::new(System));
        TokenAuthority {
            encoding: EncodingKey::from_ec_der(private_pkcs8),
            decoding: DecodingKey::from_ec_der(public_point),
            settings,
            uses: Uses::new(guarded.clone()),
            guarded,
            verifier: Verifier::unique(),
            verified: VerifiedTokens::new(),
            standing: Answers::new(Standing::Good),
        }
    }

    /// The same with a cache of verified tokens that others use too.
    #[must_use]
    pub fn sharing(self, verified: VerifiedTokens) -> TokenAuthority {
        TokenAuthority { verified, ..self }
    }

    /// Writes and signs a token. It is good once its record is in the store.
    ///
    /// # Errors
    /// [`jsonwebtoken::errors::Error`] if the key cannot sign.
    pub fn issue(
        &self,
        request: TokenRequest,
        jti: Uuid,
        now: DateTime<Utc>,
    ) -> Result<IssuedToken, jsonwebtoken::errors::Error> {
        let TokenRequest { user, ttl, bind } = request;
        let issued_at = ovgs_domain::floor_to_seconds(now);
        let expires_at = issued_at.checked_add_signed(ttl).unwrap_or(ovgs_domain::NEVER);
        let claims = Claims {
            iss: self.settings.issuer.clone(),
            aud: self.settings.audience.clone(),
            sub: user.username.to_string(),
            user_type: user.user_type.to_string(),
            org_id: user.org.to_string(),
            jti: jti.to_string(),
            iat: issued_at.timestamp(),
            exp: expires_at.timestamp(),
            cnf: bind.as_deref().map(Confirmation::of),
        };
        let header = Header { typ: Some(Self::TYPE.into()), ..Header::new(Algorithm::ES256) };
        let token = Bearer::new(jsonwebtoken::encode(&header, &claims, &self.encoding)?);
        let record = TokenRecord {
            jti: claims.jti,
            user,
            issued_at,
            expires_at,
            revoked_at: None,
            last_used_at: None,
        };
        Ok(IssuedToken { token, record })
    }

    /// Forgets what is known of a token, so that its revocation counts at once.
    pub fn forget(&self, jti: &str) {
        self.standing.forget(&jti.to_owned());
    }

    /// Forgets what is known of all tokens, so that it counts at once that some are gone with their users.
    pub fn forget_all(&self) {
        self.standing.forget_all();
    }

    /// The claims of a token of ours whose form and signature are good. Whether it is good *now* is asked each time.
    fn verify(&self, token: &Bearer) -> Result<Option<Arc<Claims>>, AuthnError> {
        if let Some(Verified::Own(claims)) = self.verified.recall(self.verifier, token) {
            return Ok(Some(claims));
        }
        if claimed_issuer(token).is_none_or(|issuer| issuer != self.settings.issuer) {
            return Ok(None);
        }
        let claims = Arc::new(self.read(token)?);
        self.verified.remember(self.verifier, token, Verified::Own(claims.clone()));
        Ok(Some(claims))
    }

    fn read(&self, token: &Bearer) -> Result<Claims, AuthnError> {
        let header = jsonwebtoken::decode_header(token.reveal()).map_err(refused)?;
        if header.alg != Algorithm::ES256 {
            return Err(AuthnError::rejected(Rejection::Algorithm, "the token is not signed with ES256"));
        }
        let is_access_token = header.typ.is_some_and(|typ| {
            typ.eq_ignore_ascii_case(Self::TYPE) || typ.eq_ignore_ascii_case("application/at+jwt")
        });
        if !is_access_token {
            return Err(AuthnError::rejected(Rejection::Kind, "the token is no access token (`at+jwt`)"));
        }
        if header.crit.is_some() {
            return Err(AuthnError::rejected(Rejection::Kind, "the token has critical header parameters"));
        }
        let mut validation = Validation::new(Algorithm::ES256);
        // The dates are held against our own clock, each time.
        validation.validate_exp = false;
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_audience(&[&self.settings.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let token = jsonwebtoken::decode::<Claims>(token.reveal(), &self.decoding, &validation);
        Ok(token.map_err(refused)?.claims)
    }

    /// Whether the store still knows the token, and nobody revoked it.
    async fn is_standing(&self, claims: &Claims, user: &User, now: DateTime<Utc>) -> Result<(), AuthnError> {
        let ask = async || {
            let record = self.guarded.token(&claims.jti).await?;
            Ok(match record {
                Some(TokenRecord { revoked_at: None, user: owner, .. }) if owner == *user => Standing::Good,
                Some(TokenRecord { revoked_at: Some(_), .. }) => Standing::Revoked,
                _ => Standing::Unknown,
            })
        };
        let standing = self.standing.get(&claims.jti, now, ask).await;
        let reason = match standing.map_err(|error| AuthnError::Unavailable(error.into()))? {
            Standing::Good => return Ok(()),
            Standing::Revoked => "the token was revoked",
            Standing::Unknown => "the token is not, or no longer, known",
        };
        Err(AuthnError::rejected(Rejection::Revoked, reason))
    }
}

#[async_trait]
impl Authenticator for TokenAuthority {
    fn name(&self) -> &'static str {
        "tokens"
    }

    async fn authenticate(
        &self,
        credentials: &Credentials,
        now: DateTime<Utc>,
    ) -> Result<Option<Identity>, AuthnError> {
        let Some(token) = &credentials.bearer else { return Ok(None) };
        let Some(claims) = self.verify(token)? else { return Ok(None) };
        claims.hold_at(now)?;
        if let Some(binding) = &claims.cnf {
            binding.check(credentials.client_certificate.as_deref(), now)?;
        }
        let user = claims.user()?;
        self.is_standing(&claims, &user, now).await?;
        self.uses.note(&claims.jti, now);
        Ok(Some(Identity { user }))
    }
}

impl Claims {
    fn hold_at(&self, now: DateTime<Utc>) -> Result<(), AuthnError> {
        if now.timestamp() >= self.exp {
            return Err(AuthnError::rejected(Rejection::Expired, "the token has expired"));
        }
        if self.iat > now.timestamp() + 60 {
            return Err(AuthnError::rejected(Rejection::Early, "the token was issued in the future"));
        }
        Ok(())
    }

    fn user(&self) -> Result<User, AuthnError> {
        let malformed = |_| AuthnError::rejected(Rejection::Claims, "the token names no user");
        Ok(User {
            org: OrgId::parse(&self.org_id).map_err(malformed)?,
            username: Username::parse(&self.sub).map_err(malformed)?,
            user_type: UserType::parse(&self.user_type).map_err(malformed)?,
        })
    }
}

impl fmt::Debug for TokenAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenAuthority").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// In words of ours: those of the library may quote the token.
pub(super) fn refused(error: jsonwebtoken::errors::Error) -> AuthnError {
    let (rejection, reason) = match error.kind() {
        ErrorKind::InvalidToken => (Rejection::Form, "the token is no JWT"),
        ErrorKind::Base64(_) | ErrorKind::Utf8(_) => (Rejection::Form, "the token is not base64url of UTF-8"),
        ErrorKind::Json(_) => (Rejection::Form, "the token's JSON is not that of an access token"),
        ErrorKind::InvalidSignature => (Rejection::Signature, "the token's signature is wrong"),
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName | ErrorKind::UnsupportedAlgorithm => {
            (Rejection::Algorithm, "the token's algorithm is not allowed")
        }
        ErrorKind::InvalidKeyFormat => (Rejection::Algorithm, "the token's algorithm is not one of its key"),
        ErrorKind::InvalidIssuer => (Rejection::Claims, "the token is of another issuer"),
        ErrorKind::InvalidAudience => (Rejection::Audience, "the token is for another audience"),
        ErrorKind::MissingRequiredClaim(_) => (Rejection::Claims, "the token lacks a claim"),
        _ => (Rejection::Other, "the token is not valid"),
    };
    AuthnError::rejected(rejection, reason)
}
