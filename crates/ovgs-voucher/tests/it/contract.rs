//! The signers of this crate, held against the contract; and the contract, held against signers that break it.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use ovgs_voucher::{
    LocalSigner, SignatureAlgorithm, SignerError, VoucherSigner,
    contract::{Fixture, Opened, Subject, cases},
};
use rcgen::{KeyPair, PublicKeyData as _};

use crate::pki::{FileSigner, Kind};

macro_rules! held {
    ($name:ident, $signer:ty, $kind:expr) => {
        mod $name {
            use super::*;

            async fn open() -> Opened {
                let key = $kind.key();
                let signer = <$signer>::from_bytes(key.serialize_pem().as_bytes())?;
                Ok(Subject { signer: Arc::new(signer), public_key: key.subject_public_key_info() })
            }

            ovgs_voucher::signer_contract!(open);
        }
    };
}

#[cfg(feature = "aws-lc")]
held!(aws_lc_p256, ovgs_voucher::FileSigner, Kind::P256);
#[cfg(feature = "aws-lc")]
held!(aws_lc_p384, ovgs_voucher::FileSigner, Kind::P384);
#[cfg(feature = "aws-lc")]
held!(aws_lc_rsa, ovgs_voucher::FileSigner, Kind::Rsa);
#[cfg(feature = "rustcrypto")]
held!(rustcrypto_p256, ovgs_voucher::RustCryptoSigner, Kind::P256);
#[cfg(feature = "rustcrypto")]
held!(rustcrypto_p384, ovgs_voucher::RustCryptoSigner, Kind::P384);
#[cfg(feature = "rustcrypto")]
held!(rustcrypto_rsa, ovgs_voucher::RustCryptoSigner, Kind::Rsa);

/// A signer with one fault.
#[derive(Debug)]
struct Faulty {
    honest: FileSigner,
    fault: Fault,
    calls: AtomicUsize,
    last: Mutex<Vec<u8>>,
    away: Arc<AtomicBool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    AnotherKey,
    WrongAlgorithm,
    ChangesAlgorithm,
    RefusesEmpty,
    RefusesLarge,
    SignsTheBeginning,
    MixesMessages,
    LocalIsAnother,
    FailsForGood,
}

#[async_trait]
impl VoucherSigner for Faulty {
    fn algorithm(&self) -> SignatureAlgorithm {
        let later = self.calls.load(Ordering::SeqCst) > 3;
        match self.fault {
            Fault::WrongAlgorithm => SignatureAlgorithm::EcdsaP384Sha384,
            Fault::ChangesAlgorithm if later => SignatureAlgorithm::EcdsaP384Sha384,
            _ => self.honest.algorithm(),
        }
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let failed = |cause: &str| SignerError::Failed { cause: cause.to_owned(), source: None };
        if self.away.load(Ordering::SeqCst) {
            let cause = "the key is away".to_owned();
            return Err(match self.fault {
                Fault::FailsForGood => SignerError::Failed { cause, source: None },
                _ => SignerError::OutOfReach { cause, source: None },
            });
        }
        match self.fault {
            Fault::RefusesEmpty if message.is_empty() => Err(failed("nothing to sign")),
            Fault::RefusesLarge if message.len() > 10_000 => Err(failed("too much to sign")),
            Fault::SignsTheBeginning => self.honest.sign_now(&message[..message.len().min(4096)]),
            Fault::MixesMessages => {
                // Puts the message where the next caller puts its own, and is interrupted.
                *self.last.lock().unwrap() = message.to_vec();
                tokio::task::yield_now().await;
                let message = self.last.lock().unwrap().clone();
                self.honest.sign_now(&message)
            }
            _ => self.honest.sign_now(message),
        }
    }

    fn local(&self) -> Option<&dyn LocalSigner> {
        Some(self)
    }
}

impl LocalSigner for Faulty {
    fn sign_now(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        match self.fault {
            Fault::LocalIsAnother => Ok(vec![7; 71]),
            _ => self.honest.sign_now(message),
        }
    }
}

struct Workshop {
    key: KeyPair,
    fault: Fault,
    away: Arc<AtomicBool>,
}

#[async_trait]
impl Fixture for Workshop {
    async fn open(&self) -> Opened {
        let other = Kind::P256.key();
        let shown = if self.fault == Fault::AnotherKey { &other } else { &self.key };
        let signer = Faulty {
            honest: FileSigner::from_bytes(self.key.serialize_pem().as_bytes())?,
            fault: self.fault,
            calls: AtomicUsize::new(0),
            last: Mutex::new(Vec::new()),
            away: self.away.clone(),
        };
        Ok(Subject { signer: Arc::new(signer), public_key: shown.subject_public_key_info() })
    }

    async fn take_away(&self) -> bool {
        self.away.store(true, Ordering::SeqCst);
        true
    }

    async fn bring_back(&self) {
        self.away.store(false, Ordering::SeqCst);
    }
}

/// The cases that a signer with this fault does not pass.
fn failing(fault: Fault) -> Vec<&'static str> {
    let failed = |case: &ovgs_voucher::contract::Case| {
        let workshop = Workshop { key: Kind::P256.key(), fault, away: Arc::default() };
        case.run(&workshop).is_err()
    };
    cases().iter().filter(|case| failed(case)).map(|case| case.name()).collect()
}

#[test]
fn an_honest_signer_that_can_be_taken_away_passes() {
    assert_eq!(failing(Fault::None), [""; 0]);
}

#[test]
fn every_fault_is_found_by_the_case_that_is_about_it() {
    for (fault, case) in [
        (Fault::AnotherKey, "signatures_verify"),
        (Fault::WrongAlgorithm, "the_algorithm_is_one_for_the_key"),
        (Fault::ChangesAlgorithm, "the_algorithm_never_changes"),
        (Fault::RefusesEmpty, "the_empty_message_is_signed"),
        (Fault::RefusesLarge, "large_messages_are_signed"),
        (Fault::SignsTheBeginning, "messages_are_signed_whole"),
        (Fault::MixesMessages, "concurrent_signatures_are_each_over_their_message"),
        (Fault::LocalIsAnother, "a_local_signer_signs_like_the_other"),
        (Fault::FailsForGood, "a_signer_out_of_reach_says_so_and_comes_back"),
    ] {
        let found = failing(fault);
        assert!(found.contains(&case), "{fault:?}: {found:?}");
    }
}
