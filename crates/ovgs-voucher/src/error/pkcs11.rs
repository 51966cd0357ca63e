//! What keeps a key in a security module from signing.

use std::error::Error as StdError;

use thiserror::Error;

/// A PKCS#11 library, a token in it, or a key on the token cannot be used. Messages say where and, where there
/// is one, the way out; none holds a PIN.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Pkcs11Error {
    /// The library cannot be loaded, or does not start.
    #[error("PKCS#11 library `{library}` {cause}; check its path and its own configuration")]
    Library {
        /// Its path.
        library: String,
        /// What it does not do, in words.
        cause: String,
        /// What it said.
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// A library can be initialized once in a process (PKCS#11 §5.4, C_Initialize).
    #[error(
        "PKCS#11 library `{library}` is in use in this process already; \
         open it through one `Pkcs11Modules`, which gives the same module to all"
    )]
    LibraryInUse {
        /// Its path.
        library: String,
    },
    /// No token has this label.
    #[error("no token in PKCS#11 library `{library}` is labelled `{token}`; {found}")]
    NoToken {
        /// The library's path.
        library: String,
        /// The label looked for.
        token: String,
        /// What there is instead, in words.
        found: String,
    },
    /// Several tokens have this label.
    #[error(
        "several tokens in PKCS#11 library `{library}` are labelled `{token}`; give each a label of its own"
    )]
    SeveralTokens {
        /// The library's path.
        library: String,
        /// The label looked for.
        token: String,
    },
    /// No private key has this label.
    #[error("{place}: there is no private key of this label; check the label, and the PIN if it needs one")]
    NoKey {
        /// Token, slot and label of the key.
        place: String,
    },
    /// Several private keys have this label.
    #[error("{place}: there are several private keys of this label; give each a label of its own")]
    SeveralKeys {
        /// Token, slot and label of the key.
        place: String,
    },
    /// Not a key for vouchers.
    #[error("{place}: the key is for nothing that vouchers use; make one of P-256, P-384 or RSA-3072")]
    KeyKind {
        /// Token, slot and label of the key.
        place: String,
    },
    /// There is another key under the label than when the signer was opened.
    #[error("{place}: the key is another one than at the start; reload the configuration to take it")]
    AnotherKey {
        /// Token, slot and label of the key.
        place: String,
    },
    /// The token refuses the PIN.
    #[error(
        "{place}: the token refuses the PIN: {cause}; \
         it is not tried again, for tokens lock themselves: correct it, then reload the configuration"
    )]
    Pin {
        /// Token, slot and label of the key.
        place: String,
        /// What the token said, in words.
        cause: String,
    },
    /// A call to the library failed.
    #[error("{place}: {action} failed: {cause}")]
    Call {
        /// Token, slot and label of the key.
        place: String,
        /// What was tried.
        action: &'static str,
        /// What the library said, in words.
        cause: String,
        /// The same as the library has it.
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// There is nothing to wait with.
    #[error("keys behind PKCS#11 are used within a tokio runtime that has its timer; there is none")]
    NoRuntime,
    /// No answer in time.
    #[error("{place}: no answer within {seconds} s, the device hangs or has more to do than it can")]
    Silent {
        /// Token and label of the key.
        place: String,
        /// How long it was waited for.
        seconds: u64,
    },
}

impl Pkcs11Error {
    /// The message, and the error underneath.
    pub(crate) fn into_parts(self) -> (String, Option<Box<dyn StdError + Send + Sync>>) {
        let message = self.to_string();
        let source = match self {
            Self::Library { source, .. } | Self::Call { source, .. } => source,
            _ => None,
        };
        (message, source)
    }
}
