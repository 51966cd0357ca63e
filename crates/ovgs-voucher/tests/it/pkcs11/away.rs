//! Tokens that go and come.

use std::{
    collections::BTreeSet,
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use ovgs_voucher::{Pkcs11Key, Pkcs11Signer, SignerError, VoucherSigner as _};
use tokio::{task::JoinSet, time::timeout};

use super::{KEY, TOKEN, hold, key, on_tokio, open_library, pin, with_softhsm};
use crate::{
    pkcs11::softhsm::{PIN, SoftHsm, entries},
    pki::Kind,
};

/// Waits until the signer signs again.
async fn until_back(signer: &Pkcs11Signer) {
    let begun = Instant::now();
    while let Err(error) = signer.sign(b"voucher").await {
        assert!(begun.elapsed() < Duration::from_secs(60), "the signer does not come back: {error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The folders of the tokens.
fn tokens(hsm: &SoftHsm) -> Vec<PathBuf> {
    entries(&hsm.folder.join("tokens"))
}

/// The message of a signer that is out of reach.
async fn out_of_reach(signer: &Pkcs11Signer) -> String {
    let error = signer.sign(b"voucher").await.unwrap_err();
    assert!(matches!(error, SignerError::OutOfReach { .. }), "{error}");
    error.to_string()
}

#[test]
fn a_token_that_is_away_under_load_is_out_of_reach_until_it_is_back() {
    with_softhsm("pkcs11::away::a_token_that_is_away_under_load_is_out_of_reach_until_it_is_back", |hsm| {
        hold(hsm, &Kind::P256.key());
        on_tokio(async {
            let signer = Arc::new(Pkcs11Signer::open(&open_library().await, key()).await.unwrap());
            for _ in 0..3 {
                let stop = Arc::new(AtomicBool::new(false));
                let mut callers = JoinSet::new();
                for _ in 0..32 {
                    let (signer, stop) = (signer.clone(), stop.clone());
                    callers.spawn(async move {
                        let (mut signed, mut refused) = (0, 0);
                        while !stop.load(Ordering::Relaxed) {
                            let begun = Instant::now();
                            match signer.sign(b"voucher").await {
                                Ok(_) => signed += 1,
                                Err(SignerError::OutOfReach { .. }) => refused += 1,
                                Err(error) => panic!("a token that is away failed for good: {error}"),
                            }
                            assert!(begun.elapsed() < Duration::from_secs(10));
                            tokio::task::yield_now().await;
                        }
                        (signed, refused)
                    });
                }
                until_back(&signer).await;
                hsm.take_away();
                while signer.sign(b"voucher").await.is_ok() {}
                hsm.bring_back();
                until_back(&signer).await;
                stop.store(true, Ordering::Relaxed);
                let tallies = callers.join_all().await;
                assert!(tallies.iter().all(|(signed, _)| *signed > 0), "{tallies:?}");
                assert!(tallies.iter().any(|(_, refused)| *refused > 0), "{tallies:?}");
            }
        });
    });
}

#[test]
fn a_token_beside_one_that_is_away_goes_on_signing() {
    with_softhsm("pkcs11::away::a_token_beside_one_that_is_away_goes_on_signing", |hsm| {
        hold(hsm, &Kind::P256.key());
        let first: BTreeSet<_> = tokens(hsm).into_iter().collect();
        hsm.token("other", PIN);
        hsm.import("other", PIN, KEY, "01", &Kind::P384.key().serialize_pem());
        on_tokio(async {
            let module = open_library().await;
            let goes = Pkcs11Signer::open(&module, key()).await.unwrap();
            let stays = Pkcs11Signer::open(&module, Pkcs11Key::new("other", KEY).pin(pin())).await.unwrap();
            let token = first.first().unwrap();
            let hidden = hsm.folder.join("hidden");
            fs::rename(token, &hidden).unwrap();
            let begun = Instant::now();
            let mut cause = String::new();
            // Until the library was restarted and knows that the token is away.
            while !cause.contains("is labelled `ovgs`; it shows `other`") {
                assert!(begun.elapsed() < Duration::from_secs(60), "{cause}");
                cause = out_of_reach(&goes).await;
                stays.sign(b"voucher").await.unwrap();
            }
            fs::rename(&hidden, token).unwrap();
            until_back(&goes).await;
            stays.sign(b"voucher").await.unwrap();
        });
    });
}

#[test]
fn another_key_under_the_label_signs_nothing() {
    with_softhsm("pkcs11::away::another_key_under_the_label_signs_nothing", |hsm| {
        hold(hsm, &Kind::P256.key());
        on_tokio(async {
            let module = open_library().await;
            let signer = Pkcs11Signer::open(&module, key()).await.unwrap();
            fs::remove_dir_all(&tokens(hsm)[0]).unwrap();
            hold(hsm, &Kind::P256.key());
            let mut cause = out_of_reach(&signer).await;
            let begun = Instant::now();
            while !cause.contains("another one than at the start") {
                assert!(begun.elapsed() < Duration::from_secs(60), "{cause}");
                cause = out_of_reach(&signer).await;
            }
            // Opened anew, the signer has the new key.
            let anew = Pkcs11Signer::open(&module, key()).await.unwrap();
            anew.sign(b"voucher").await.unwrap();
        });
    });
}

#[test]
fn a_pin_that_was_refused_is_not_tried_again() {
    with_softhsm("pkcs11::away::a_pin_that_was_refused_is_not_tried_again", |hsm| {
        let pair = Kind::P256.key();
        hold(hsm, &pair);
        on_tokio(async {
            let signer = Pkcs11Signer::open(&open_library().await, key()).await.unwrap();
            fs::remove_dir_all(&tokens(hsm)[0]).unwrap();
            hsm.token(TOKEN, "0000");
            hsm.import(TOKEN, "0000", KEY, "01", &pair.serialize_pem());
            let begun = Instant::now();
            let mut cause = out_of_reach(&signer).await;
            while !cause.contains("refuses the PIN: it is wrong") {
                assert!(begun.elapsed() < Duration::from_secs(60), "{cause}");
                cause = out_of_reach(&signer).await;
            }
            assert!(
                cause.contains("token `ovgs` in slot ") && cause.contains("key `voucher-2026`"),
                "{cause}"
            );
            assert!(!cause.contains(PIN), "{cause}");
            assert!(out_of_reach(&signer).await.contains("refuses the PIN: it did so before"));
        });
    });
}

/// Takes the other end of each FIFO for a moment, so that who waits for it finds it empty.
fn let_go(fifos: &[PathBuf]) {
    for fifo in fifos {
        fs::File::options().read(true).write(true).open(fifo).unwrap();
    }
}

#[test]
fn a_library_that_hangs_keeps_nobody_waiting() {
    with_softhsm("pkcs11::away::a_library_that_hangs_keeps_nobody_waiting", |hsm| {
        hold(hsm, &Kind::P256.key());
        on_tokio(async {
            let signer = Arc::new(Pkcs11Signer::open(&open_library().await, key()).await.unwrap());
            hsm.hang();
            let mut callers = JoinSet::new();
            // More than there are sessions.
            for _ in 0..12 {
                let signer = signer.clone();
                callers.spawn(async move {
                    timeout(Duration::from_secs(10), out_of_reach(&signer)).await.expect("a call hung")
                });
            }
            let causes = callers.join_all().await;
            let silent =
                |cause: &&String| cause.contains("token `ovgs`, key `voucher-2026`: no answer within 8 s");
            assert_eq!(causes.iter().filter(silent).count(), 12, "{causes:?}");
            fs::rename(hsm.folder.join("tokens"), hsm.folder.join("fifos")).unwrap();
            hsm.bring_back();
            let fifos: Vec<_> =
                entries(&hsm.folder.join("fifos")).iter().flat_map(|token| entries(token)).collect();
            let back = async { while signer.sign(b"voucher").await.is_err() {} };
            let releasing = async {
                loop {
                    let_go(&fifos);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            tokio::select! {
                () = back => {}
                () = releasing => {}
                () = tokio::time::sleep(Duration::from_secs(60)) => panic!("the signer does not come back"),
            }
        });
    });
}
