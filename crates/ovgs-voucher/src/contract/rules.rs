//! The cases.

use std::time::Duration;

use der::Decode as _;
use tokio::{task::JoinSet, time::timeout};
use x509_cert::spki::SubjectPublicKeyInfoRef;

use super::{Failure, Fixture, Outcome, Subject};
use crate::{
    KeyKind, SignatureAlgorithm, SignerError,
    algorithm::{Scheme, key_kind},
    crypto,
};

/// As long as the signed attributes of a voucher.
const USUAL: [u8; 109] = [0x31; 109];

/// How long a signer may take to say that it is out of reach.
const REFUSAL: Duration = Duration::from_secs(10);

/// How long a signer may take to be back.
const RECOVERY: Duration = Duration::from_secs(60);

pub(super) async fn signatures_verify(fixture: &dyn Fixture) -> Outcome {
    let subject = open(fixture).await?;
    for _ in 0..3 {
        signs(&subject, &USUAL).await?;
    }
    Ok(())
}

pub(super) async fn the_algorithm_is_one_for_the_key(fixture: &dyn Fixture) -> Outcome {
    let subject = open(fixture).await?;
    let (kind, _) = key(&subject)?;
    let algorithm = subject.signer.algorithm();
    let fits = match algorithm {
        SignatureAlgorithm::EcdsaP256Sha256 => kind == KeyKind::P256,
        SignatureAlgorithm::EcdsaP384Sha384 => kind == KeyKind::P384,
        SignatureAlgorithm::RsaPkcs1Sha256 => matches!(kind, KeyKind::Rsa { bits: 2048..=4096 }),
    };
    if fits { Ok(()) } else { Err(Failure::new(format!("{algorithm} is nothing for a key of {kind}"))) }
}

pub(super) async fn the_algorithm_never_changes(fixture: &dyn Fixture) -> Outcome {
    let subject = open(fixture).await?;
    let first = subject.signer.algorithm();
    for _ in 0..8 {
        signs(&subject, &USUAL).await?;
        let now = subject.signer.algorithm();
        if now != first {
            return Err(Failure::new(format!("the algorithm was {first} and is {now}")));
        }
    }
    Ok(())
}

pub(super) async fn the_empty_message_is_signed(fixture: &dyn Fixture) -> Outcome {
    signs(&open(fixture).await?, b"").await
}

pub(super) async fn large_messages_are_signed(fixture: &dyn Fixture) -> Outcome {
    let subject = open(fixture).await?;
    for octets in [4 << 10, 64 << 10, 1 << 20] {
        signs(&subject, &vec![7; octets]).await?;
    }
    Ok(())
}

/// Neither a digest that somebody made of the message, nor the beginning of it.
pub(super) async fn messages_are_signed_whole(fixture: &dyn Fixture) -> Outcome {
    let subject = open(fixture).await?;
    let message: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let signature = subject.signer.sign(&message).await?;
    for octets in [32, 48, 64, 109, 4096, 4999] {
        if verifies(&subject, message.get(..octets).unwrap_or_default(), &signature)? {
            return Err(Failure::new(format!("only the first {octets} octets were signed")));
        }
    }
    let digest = crypto::digest(subject.signer.algorithm().hash(), &message);
    if verifies(&subject, digest.as_ref(), &signature)? {
        return Err(Failure::new("a digest of the message was taken for the message"));
    }
    if verifies(&subject, &message, &signature)? { Ok(()) } else { Err(wrong(&message)) }
}

pub(super) async fn concurrent_signatures_are_each_over_their_message(fixture: &dyn Fixture) -> Outcome {
    let subject = open(fixture).await?;
    let mut tasks = JoinSet::new();
    for task in 0..32_u8 {
        let subject = subject.clone();
        tasks.spawn(async move {
            for round in 0..8_u8 {
                signs(&subject, &[&[task, round], &USUAL[..]].concat()).await?;
            }
            Outcome::Ok(())
        });
    }
    while let Some(outcome) = tasks.join_next().await {
        outcome??;
    }
    Ok(())
}

/// A caller that gives up, as every call with a deadline may, takes nothing with it.
pub(super) async fn an_abandoned_signature_harms_no_other(fixture: &dyn Fixture) -> Outcome {
    let subject = open(fixture).await?;
    for round in 0..32_u8 {
        let mut abandoned = JoinSet::new();
        for _ in 0..4 {
            let signer = subject.signer.clone();
            abandoned.spawn(async move { signer.sign(&[round; 64]).await.is_ok() });
        }
        for _ in 0..round % 4 {
            tokio::task::yield_now().await;
        }
        abandoned.shutdown().await;
    }
    signs(&subject, &USUAL).await
}

pub(super) async fn a_local_signer_signs_like_the_other(fixture: &dyn Fixture) -> Outcome {
    let subject = open(fixture).await?;
    if subject.signer.local().is_none() {
        return Ok(());
    }
    let threads = (0..4_u8).map(|thread| {
        let subject = subject.clone();
        std::thread::spawn(move || {
            for round in 0..8_u8 {
                let message = [&[thread, round], &USUAL[..]].concat();
                let local = subject.signer.local().ok_or(Failure::new("the signer is local no more"))?;
                if !verifies(&subject, &message, &local.sign_now(&message)?)? {
                    return Err(wrong(&message));
                }
            }
            Ok(())
        })
    });
    let threads: Vec<_> = threads.collect();
    for thread in threads {
        thread.join().map_err(|_| Failure::new("a thread panicked"))??;
    }
    Ok(())
}

pub(super) async fn a_signer_out_of_reach_says_so_and_comes_back(fixture: &dyn Fixture) -> Outcome {
    let subject = open(fixture).await?;
    signs(&subject, &USUAL).await?;
    if !fixture.take_away().await {
        return Ok(());
    }
    for _ in 0..3 {
        let answer = timeout(REFUSAL, subject.signer.sign(&USUAL)).await;
        match answer.map_err(|_| Failure::new("a signer out of reach did not answer within 10 s"))? {
            Err(SignerError::OutOfReach { cause, .. }) if !cause.is_empty() => {}
            other => {
                return Err(Failure::new(format!("expected to be told it is out of reach, found {other:?}")));
            }
        }
    }
    fixture.bring_back().await;
    let back = async {
        while subject.signer.sign(&USUAL).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(RECOVERY, back).await.map_err(|_| Failure::new("the signer did not come back within 60 s"))?;
    signs(&subject, &USUAL).await
}

async fn open(fixture: &dyn Fixture) -> Result<Subject, Failure> {
    fixture.open().await.map_err(Failure::from)
}

/// The signer must sign `message`, and the signature must fit.
async fn signs(subject: &Subject, message: &[u8]) -> Outcome {
    let signature = subject.signer.sign(message).await?;
    if verifies(subject, message, &signature)? { Ok(()) } else { Err(wrong(message)) }
}

fn wrong(message: &[u8]) -> Failure {
    Failure::new(format!("the signature over a message of {} octets does not fit the key", message.len()))
}

fn verifies(subject: &Subject, message: &[u8], signature: &[u8]) -> Result<bool, Failure> {
    let (kind, key) = key(subject)?;
    let algorithm = subject.signer.algorithm();
    let scheme = Scheme::read(algorithm.identifier(), Some(algorithm.hash()))
        .map_err(|_| Failure::new("the algorithm is not one that can be checked"))?;
    Ok(crypto::is_signed(scheme, kind, key, message, signature))
}

/// The kind and the bits of the public key.
fn key(subject: &Subject) -> Result<(KeyKind, &[u8]), Failure> {
    let info = SubjectPublicKeyInfoRef::from_der(&subject.public_key)?;
    let bits = info.subject_public_key.as_bytes().ok_or(Failure::new("the key is not whole octets"))?;
    Ok((key_kind(info.algorithm, bits), bits))
}
