//! The contract of a signer, as tests: for everybody who writes one.
//!
//! [`signer_contract!`](crate::signer_contract) makes one `#[test]` of each case. It is given a [`Fixture`],
//! which is most easily a function that opens the signer and says what its public key is.
//!
//! ```
//! # #[cfg(feature = "aws-lc")]
//! # mod example {
//! use std::{error::Error, sync::Arc};
//! use ovgs_voucher::{FileSigner, contract::{Opened, Subject}};
//!
//! async fn open() -> Opened {
//!     let key = rcgen::KeyPair::generate()?;
//!     let signer = FileSigner::from_bytes(key.serialize_pem().as_bytes())?;
//!     Ok(Subject { signer: Arc::new(signer), public_key: key.subject_public_key_info() })
//! }
//! # use rcgen::PublicKeyData as _;
//!
//! ovgs_voucher::signer_contract!(open);
//! # }
//! ```
//!
//! Every case runs on a runtime of its own with several threads, so that races are races. Those who need more
//! than tests go through [`cases`].

mod rules;

use std::{error::Error, fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use async_trait::async_trait;

use crate::VoucherSigner;

/// After this long a case counts as hanging.
const PATIENCE: Duration = Duration::from_secs(120);

/// A signer under test.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The signer.
    pub signer: Arc<dyn VoucherSigner>,
    /// The DER of the SubjectPublicKeyInfo of its key.
    pub public_key: Vec<u8>,
}

/// What opening a signer gives.
pub type Opened = Result<Subject, Box<dyn Error + Send + Sync>>;

/// A way to open a signer, and perhaps to put it out of reach. Dropping it cleans up.
#[async_trait]
pub trait Fixture: Send + Sync + 'static {
    /// Opens a signer.
    async fn open(&self) -> Opened;

    /// Puts the opened signer out of reach: takes the token away, or stops the service. False if that cannot
    /// be, as with a key in memory.
    async fn take_away(&self) -> bool {
        false
    }

    /// Undoes [`take_away`](Self::take_away).
    async fn bring_back(&self) {}
}

#[async_trait]
impl<F, R> Fixture for F
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Future<Output = Opened> + Send,
{
    async fn open(&self) -> Opened {
        self().await
    }
}

/// Why a case failed.
#[derive(Clone, PartialEq, Eq)]
pub struct Failure(String);

impl Failure {
    /// A failure for this reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// A test that fails shows its error this way.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        let mut reason = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            reason = format!("{reason}: {inner}");
            cause = inner.source();
        }
        Self(reason)
    }
}

/// What a case comes to.
pub type Outcome = Result<(), Failure>;

type Run = for<'a> fn(&'a dyn Fixture) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// One case of the contract.
#[derive(Clone, Copy)]
pub struct Case {
    name: &'static str,
    run: Run,
}

impl Case {
    /// Its name: a sentence about signers.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Tries it on a signer.
    ///
    /// # Errors
    /// Why the signer does not keep the contract.
    pub fn run(&self, fixture: &dyn Fixture) -> Outcome {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build()?;
        let case = async { tokio::time::timeout(PATIENCE, (self.run)(fixture)).await };
        runtime.block_on(case).unwrap_or_else(|_| Err(Failure::new("the case hung")))
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The one list of cases: what stands here and is not written does not compile, what is written and does not
/// stand here is dead code.
macro_rules! cases {
    ($d:tt $($case:ident),* $(,)?) => {
        /// Every case of the contract.
        pub fn cases() -> Vec<Case> {
            vec![$(Case { name: stringify!($case), run: |fixture| Box::pin(rules::$case(fixture)) }),*]
        }

        /// Makes one `#[test]` of each case of the [contract](crate::contract), for the
        /// [`Fixture`](crate::contract::Fixture) that is given.
        #[macro_export]
        macro_rules! signer_contract {
            ($d fixture:expr) => {
                $(
                    #[test]
                    fn $case() -> $crate::contract::Outcome {
                        $crate::contract::__run(stringify!($case), &$d fixture)
                    }
                )*
            };
        }
    };
}

cases! { $
    signatures_verify,
    the_algorithm_is_one_for_the_key,
    the_algorithm_never_changes,
    the_empty_message_is_signed,
    large_messages_are_signed,
    messages_are_signed_whole,
    concurrent_signatures_are_each_over_their_message,
    an_abandoned_signature_harms_no_other,
    a_local_signer_signs_like_the_other,
    a_signer_out_of_reach_says_so_and_comes_back,
}

#[doc(hidden)]
pub fn __run(name: &str, fixture: &dyn Fixture) -> Outcome {
    match cases().iter().find(|case| case.name == name) {
        Some(case) => case.run(fixture),
        None => Err(Failure::new("there is no such case")),
    }
}
