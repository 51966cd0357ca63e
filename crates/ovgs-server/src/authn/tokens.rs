//! The server's own tokens: JWT, ES256, `typ` `at+jwt` (RFC 9068), revocable by id.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, errors::ErrorKind};
use ovgs_domain::{OrgId, User, UserType, Username};
use ovgs_store::{Store, TokenRecord};
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Authenticator, AuthnError, Bearer, Credentials, Identity, uses::Uses};
use crate::{clock::System, guarded::Guarded};

/// How long it may take until a revocation by another process is seen.
const STANDING_AGE: Duration = Duration::from_millis(100);

/// How many verified tokens are kept.
const VERIFIED: usize = 10_000;

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
    /// Signatures that were good, by the SHA-256 of the token.
    verified: Cache<[u8; 32], Arc<Claims>>,
    /// Tokens that were not revoked when last asked.
    standing: Cache<String, DateTime<Utc>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Claims {
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

/// What a token is bound to (RFC 8705 §3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Confirmation {
    #[serde(rename = "x5t#S256")]
    certificate_sha256: String,
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
            verified: Cache::new(VERIFIED),
            standing: Cache::new(VERIFIED),
        }
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
        self.standing.remove(jti);
    }

    /// The claims of a token whose form and signature are good. Whether it is good *now* is asked each time.
    fn verify(&self, token: &Bearer) -> Result<Arc<Claims>, AuthnError> {
        let key = sha256(token.reveal().as_bytes());
        if let Some(claims) = self.verified.get(&key) {
            return Ok(claims);
        }
        let claims = Arc::new(self.read(token)?);
        self.verified.insert(key, claims.clone());
        Ok(claims)
    }

    fn read(&self, token: &Bearer) -> Result<Claims, AuthnError> {
        let header = jsonwebtoken::decode_header(token.reveal()).map_err(refused)?;
        if header.alg != Algorithm::ES256 {
            return Err(AuthnError::unauthenticated("the token is not signed with ES256"));
        }
        let is_access_token = header.typ.is_some_and(|typ| {
            typ.eq_ignore_ascii_case(Self::TYPE) || typ.eq_ignore_ascii_case("application/at+jwt")
        });
        if !is_access_token {
            return Err(AuthnError::unauthenticated("the token is no access token (`at+jwt`)"));
        }
        if header.crit.is_some() {
            return Err(AuthnError::unauthenticated("the token has critical header parameters"));
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
        let age = TimeDelta::from_std(STANDING_AGE).unwrap_or_default();
        if self.standing.get(&claims.jti).is_some_and(|asked| asked <= now && now - asked < age) {
            return Ok(());
        }
        let record = self.guarded.token(&claims.jti).await;
        let record = record.map_err(|error| AuthnError::Unavailable(error.into()))?;
        match record {
            Some(TokenRecord { revoked_at: None, user: owner, .. }) if owner == *user => {
                self.standing.insert(claims.jti.clone(), now);
                Ok(())
            }
            Some(TokenRecord { revoked_at: Some(_), .. }) => {
                Err(AuthnError::unauthenticated("the token was revoked"))
            }
            _ => Err(AuthnError::unauthenticated("the token is not, or no longer, known")),
        }
    }
}

#[async_trait]
impl Authenticator for TokenAuthority {
    async fn authenticate(
        &self,
        credentials: &Credentials,
        now: DateTime<Utc>,
    ) -> Result<Option<Identity>, AuthnError> {
        let Some(token) = &credentials.bearer else { return Ok(None) };
        let claims = self.verify(token)?;
        claims.hold_at(now)?;
        claims.are_bound_to(credentials.client_certificate.as_deref())?;
        let user = claims.user()?;
        self.is_standing(&claims, &user, now).await?;
        self.uses.note(&claims.jti, now);
        Ok(Some(Identity { user }))
    }
}

impl Claims {
    fn hold_at(&self, now: DateTime<Utc>) -> Result<(), AuthnError> {
        if now.timestamp() >= self.exp {
            return Err(AuthnError::unauthenticated("the token has expired"));
        }
        if self.iat > now.timestamp() + 60 {
            return Err(AuthnError::unauthenticated("the token was issued in the future"));
        }
        Ok(())
    }

    fn are_bound_to(&self, certificate: Option<&[u8]>) -> Result<(), AuthnError> {
        match &self.cnf {
            None => Ok(()),
            Some(bound) if certificate.map(Confirmation::of).as_ref() == Some(bound) => Ok(()),
            Some(_) => Err(AuthnError::unauthenticated("the token is bound to another client certificate")),
        }
    }

    fn user(&self) -> Result<User, AuthnError> {
        let malformed = |_| AuthnError::unauthenticated("the token names no user");
        Ok(User {
            org: OrgId::parse(&self.org_id).map_err(malformed)?,
            username: Username::parse(&self.sub).map_err(malformed)?,
            user_type: UserType::parse(&self.user_type).map_err(malformed)?,
        })
    }
}

impl Confirmation {
    fn of(certificate: &[u8]) -> Confirmation {
        Confirmation { certificate_sha256: URL_SAFE_NO_PAD.encode(sha256(certificate)) }
    }
}

impl fmt::Debug for TokenAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenAuthority").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// In words of ours: those of the library may quote the token.
fn refused(error: jsonwebtoken::errors::Error) -> AuthnError {
    AuthnError::unauthenticated(match error.kind() {
        ErrorKind::InvalidToken => "the token is no JWT",
        ErrorKind::InvalidSignature => "the token's signature is wrong",
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => "the token's algorithm is not ours",
        ErrorKind::InvalidIssuer => "the token is of another issuer",
        ErrorKind::InvalidAudience => "the token is for another audience",
        ErrorKind::MissingRequiredClaim(_) => "the token lacks a claim",
        ErrorKind::Base64(_) | ErrorKind::Utf8(_) => "the token is not base64url of UTF-8",
        ErrorKind::Json(_) => "the token's JSON is not that of our tokens",
        _ => "the token is not valid",
    })
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut octets = [0; 32];
    octets.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    octets
}
