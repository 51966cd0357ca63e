//! Signing.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::anyhow;
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair},
};

/// The length of the attributes that are signed for a voucher: content type, signing time, digest.
const MESSAGE: usize = 109;

/// A P-256 key, and something to sign.
#[derive(Debug)]
pub(crate) struct Signer {
    key: EcdsaKeyPair,
    random: SystemRandom,
}

impl Signer {
    pub(crate) fn new() -> anyhow::Result<Signer> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING);
        Ok(Signer { key: key.map_err(|_| anyhow!("no key"))?, random: SystemRandom::new() })
    }

    /// One signature over a message with this number in it.
    pub(crate) fn sign(&self, number: u64) -> anyhow::Result<Vec<u8>> {
        let mut message = [7; MESSAGE];
        let (front, _) = message.split_at_mut(size_of::<u64>());
        front.copy_from_slice(&number.to_be_bytes());
        let signature = self.key.sign(&self.random, &message).map_err(|_| anyhow!("no signature"))?;
        Ok(signature.as_ref().to_vec())
    }
}

/// How many signatures all cores make in a second.
pub(crate) fn per_second(seconds: f64) -> anyhow::Result<f64> {
    let cores = thread::available_parallelism()?.get();
    let workers: Vec<_> = (0..cores).map(|_| thread::spawn(move || sign_for(seconds))).collect();
    let mut total = 0.0;
    for worker in workers {
        total += worker.join().map_err(|_| anyhow!("a thread broke off"))??;
    }
    Ok(total)
}

fn sign_for(seconds: f64) -> anyhow::Result<f64> {
    let signer = Signer::new()?;
    let (begun, mut made) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_secs_f64(seconds) {
        for _ in 0..64 {
            signer.sign(made)?;
            made += 1;
        }
    }
    Ok(made as f64 / begun.elapsed().as_secs_f64())
}
