//! What is told of an issuer of tokens.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use chrono::TimeDelta;
use jsonwebtoken::Algorithm;
use ovgs_domain::{Excerpt, OrgId};
use thiserror::Error;

use super::FetchError;

/// An issuer of access tokens, and what its tokens must be like.
#[derive(Clone, Debug)]
pub struct IssuerSettings {
    /// Its name, which is the tokens' `iss` to the letter.
    pub issuer: String,
    /// What of `aud` means this service; one of them must be there.
    pub audiences: BTreeSet<String>,
    /// The algorithms it may sign with; asymmetric ones alone.
    pub algorithms: Vec<Algorithm>,
    /// Where its keys are.
    pub keys: KeySource,
    /// The `typ` that its access tokens may have, in any case, `application/` left out; an empty one stands for tokens
    /// without. `at+jwt` is what RFC 9068 §2.1 asks for.
    pub token_types: Vec<String>,
    /// How far its clock may differ from ours.
    pub leeway: TimeDelta,
    /// How long its tokens may be good, from `iat` to `exp`; `None`: no bound, and no `iat` is asked for.
    pub max_lifetime: Option<TimeDelta>,
    /// How long its keys are trusted after they were last fetched.
    pub keys_max_age: TimeDelta,
    /// Whom its tokens name.
    pub mapping: ClaimMapping,
}

/// Where the keys of an issuer are.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// Where its metadata says, at `/.well-known/openid-configuration` below its name (OIDC Discovery §4).
    Discovery {
        /// Authorities for its TLS certificate instead of the system's, PEM.
        ca: Option<Vec<u8>>,
        /// Whether it may be reached without TLS, on this machine.
        insecure: bool,
    },
    /// At a URL.
    Url {
        /// The URL.
        url: String,
        /// Authorities for its TLS certificate instead of the system's, PEM.
        ca: Option<Vec<u8>>,
        /// Whether it may be reached without TLS, on this machine.
        insecure: bool,
    },
    /// In a file.
    File(PathBuf),
}

/// How claims become a user. A claim whose name begins with `/` is meant as a JSON Pointer.
#[derive(Clone, Debug)]
pub struct ClaimMapping {
    /// The claim with the username. `email` counts only beside a true `email_verified`.
    pub username: String,
    /// The claim with the username of service accounts; `None`: as for users.
    pub service_account_name: Option<String>,
    /// The claim with the id of the client that got the token. If it equals `sub`, the token is a service account's.
    pub client_id: String,
    /// The claim that says what kind of account it is; where it is there, it decides.
    pub type_claim: Option<String>,
    /// The values of that claim that mean a service account; all others mean a user.
    pub service_account_values: BTreeSet<String>,
    /// The organization.
    pub organizations: Organizations,
    /// Claims that must be there with just this value.
    pub required: BTreeMap<String, String>,
}

/// How an organization is found. A token never names one that its issuer is not configured for.
#[derive(Clone, Debug)]
pub enum Organizations {
    /// All are of this one.
    Fixed(OrgId),
    /// A claim says which.
    Claimed {
        /// The claim.
        claim: String,
        /// What each of its values means.
        allowed: BTreeMap<String, OrgId>,
    },
}

/// Settings that cannot be meant so.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OidcError {
    /// Two issuers have one name.
    #[error("the issuer `{}` is configured twice", Excerpt::of(.issuer))]
    Twice {
        /// The name.
        issuer: String,
    },
    /// Nobody would be meant.
    #[error("the issuer `{}` has no audience", Excerpt::of(.issuer))]
    NoAudience {
        /// The issuer.
        issuer: String,
    },
    /// No signature would count, or anybody could make one.
    #[error("the issuer `{}` needs asymmetric algorithms: RS256, ES256 and the like", Excerpt::of(.issuer))]
    Algorithms {
        /// The issuer.
        issuer: String,
    },
    /// Its keys cannot be fetched from there.
    #[error(transparent)]
    Source(#[from] FetchError),
}
