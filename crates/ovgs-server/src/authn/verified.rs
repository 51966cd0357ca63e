//! Tokens that were verified.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use quick_cache::sync::Cache;

use super::{Bearer, oidc, sha256, tokens};

/// How many are kept.
const TOKENS: usize = 10_000;

/// Tokens whose form and signature were good, by their digest: a bounded cache that several authenticators can share.
///
/// It spares the signature check of a busy caller, and nothing else. Whoever put a token in still asks at each use
/// whether the token is good at that time, whether the key that signed it is still its issuer's, and whether somebody
/// revoked it, so nothing lives longer for being in here.
#[derive(Clone)]
pub struct VerifiedTokens(Arc<Cache<Key, Verified>>);

/// A token as one verifier knows it.
type Key = (Verifier, [u8; 32]);

/// Sets verifiers apart, so that none takes another's word for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Verifier(u64);

/// What is known of a token.
#[derive(Clone)]
pub(super) enum Verified {
    Own(Arc<tokens::Claims>),
    Issued(Arc<oidc::Issued>),
}

impl Verifier {
    /// One like no other in this process.
    pub(super) fn unique() -> Verifier {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Verifier(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl VerifiedTokens {
    /// An empty one, for 10,000 tokens.
    #[must_use]
    pub fn new() -> VerifiedTokens {
        VerifiedTokens(Arc::new(Cache::new(TOKENS)))
    }

    pub(super) fn recall(&self, verifier: Verifier, token: &Bearer) -> Option<Verified> {
        self.0.get(&key(verifier, token))
    }

    pub(super) fn remember(&self, verifier: Verifier, token: &Bearer, verified: Verified) {
        self.0.insert(key(verifier, token), verified);
    }
}

impl Default for VerifiedTokens {
    fn default() -> VerifiedTokens {
        VerifiedTokens::new()
    }
}

/// Who has called of late is nobody's business.
impl fmt::Debug for VerifiedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedTokens").field("len", &self.0.len()).finish_non_exhaustive()
    }
}

fn key(verifier: Verifier, token: &Bearer) -> Key {
    (verifier, sha256(token.reveal().as_bytes()))
}
