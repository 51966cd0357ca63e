//! What cannot be opened, and what is said about it.

use std::{
    future::Future as _,
    os::unix::fs::symlink,
    pin::pin as pinned,
    task::{Context, Poll, Waker},
};

use ovgs_voucher::{Passphrase, Pkcs11Error, Pkcs11Key, Pkcs11Modules, Pkcs11Signer, SetupError};

use super::{KEY, TOKEN, hold, key, on_tokio, open_library, pin, with_softhsm};
use crate::{
    openssl::openssl,
    pkcs11::softhsm::{PIN, library},
    pki::Kind,
};

/// Why a signer does not open.
async fn refused(key: Pkcs11Key) -> SetupError {
    Pkcs11Signer::open(&open_library().await, key).await.unwrap_err()
}

#[test]
fn what_is_not_there_is_named_with_what_there_is() {
    with_softhsm("pkcs11::refusals::what_is_not_there_is_named_with_what_there_is", |hsm| {
        on_tokio(async {
            let error = refused(key()).await;
            let text = format!(
                "no token in PKCS#11 library `{}` is labelled `ovgs`; it shows none, see whether the device is there",
                library().canonicalize().unwrap().display()
            );
            assert_eq!(error.to_string(), text);
            hold(hsm, &Kind::P256.key());
            hsm.token("ovgs-2", PIN);
            let error = refused(Pkcs11Key::new("nobody's", KEY).pin(pin())).await.to_string();
            assert!(error.contains("`ovgs`") && error.contains("`ovgs-2`"), "{error}");
            let error = refused(Pkcs11Key::new(TOKEN, "nobody's").pin(pin())).await;
            assert!(matches!(error, SetupError::Pkcs11(Pkcs11Error::NoKey { .. })), "{error}");
            assert!(error.to_string().contains("key `nobody's`"), "{error}");
            // Private keys show themselves to who is logged in.
            let error = refused(Pkcs11Key::new(TOKEN, KEY)).await;
            assert!(matches!(error, SetupError::Pkcs11(Pkcs11Error::NoKey { .. })), "{error}");
        });
    });
}

#[test]
fn a_wrong_pin_is_named_and_not_shown() {
    with_softhsm("pkcs11::refusals::a_wrong_pin_is_named_and_not_shown", |hsm| {
        hold(hsm, &Kind::P256.key());
        on_tokio(async {
            let wrong = Pkcs11Key::new(TOKEN, KEY).pin(Passphrase::new("9999").unwrap());
            assert!(!format!("{wrong:?}").contains("9999"));
            let error = refused(wrong).await;
            assert!(matches!(error, SetupError::Pkcs11(Pkcs11Error::Pin { .. })), "{error}");
            let text = format!("{error} {error:?}");
            assert!(text.contains("token `ovgs` in slot ") && !text.contains("9999"), "{text}");
        });
    });
}

#[test]
fn what_the_label_does_not_tell_apart_is_refused() {
    with_softhsm("pkcs11::refusals::what_the_label_does_not_tell_apart_is_refused", |hsm| {
        hold(hsm, &Kind::P256.key());
        hsm.import(TOKEN, PIN, KEY, "02", &Kind::P256.key().serialize_pem());
        on_tokio(async {
            let error = refused(key()).await;
            assert!(matches!(error, SetupError::Pkcs11(Pkcs11Error::SeveralKeys { .. })), "{error}");
            hsm.token(TOKEN, PIN);
            let error = refused(key()).await;
            assert!(matches!(error, SetupError::Pkcs11(Pkcs11Error::SeveralTokens { .. })), "{error}");
        });
    });
}

#[test]
fn a_key_for_something_else_is_refused() {
    with_softhsm("pkcs11::refusals::a_key_for_something_else_is_refused", |hsm| {
        hsm.token(TOKEN, PIN);
        for (id, algorithm) in [
            ("01", "RSA -pkeyopt rsa_keygen_bits:1024"),
            ("02", "EC -pkeyopt ec_paramgen_curve:P-521"),
            ("03", "EC -pkeyopt ec_paramgen_curve:secp256k1"),
        ] {
            let pem = openssl(&hsm.folder, &format!("genpkey -algorithm {algorithm}")).unwrap();
            hsm.import(TOKEN, PIN, id, id, &String::from_utf8(pem).unwrap());
        }
        on_tokio(async {
            for label in ["01", "02", "03"] {
                let error = refused(Pkcs11Key::new(TOKEN, label).pin(pin())).await;
                assert!(matches!(error, SetupError::Pkcs11(Pkcs11Error::KeyKind { .. })), "{label}: {error}");
            }
        });
    });
}

#[test]
fn a_library_is_one_module_under_all_its_names() {
    with_softhsm("pkcs11::refusals::a_library_is_one_module_under_all_its_names", |hsm| {
        hold(hsm, &Kind::P256.key());
        on_tokio(async {
            let modules = Pkcs11Modules::default();
            let first = Pkcs11Signer::open(&modules.open(library()).await.unwrap(), key()).await.unwrap();
            let link = hsm.folder.join("library.so");
            symlink(library(), &link).unwrap();
            let second = Pkcs11Signer::open(&modules.open(&link).await.unwrap(), key()).await.unwrap();
            assert_eq!(first.public_key(), second.public_key());
            let error = Pkcs11Modules::default().open(library()).await.unwrap_err();
            assert!(matches!(error, SetupError::Pkcs11(Pkcs11Error::LibraryInUse { .. })), "{error}");
        });
    });
}

#[test]
fn what_is_no_library_is_refused() {
    on_tokio(async {
        for path in ["/nowhere/libhsm.so", "/dev/null"] {
            let error = Pkcs11Modules::default().open(path.as_ref()).await.unwrap_err().to_string();
            let text = format!(
                "PKCS#11 library `{path}` cannot be loaded; check its path and its own configuration"
            );
            assert_eq!(error, text);
        }
    });
}

#[test]
fn without_a_runtime_it_is_said_that_one_is_needed() {
    let modules = Pkcs11Modules::default();
    let opening = pinned!(modules.open("/nowhere/libhsm.so".as_ref()));
    let mut context = Context::from_waker(Waker::noop());
    match opening.poll(&mut context) {
        Poll::Ready(Err(SetupError::Pkcs11(Pkcs11Error::NoRuntime))) => {}
        other => panic!("expected to be told of the runtime, found {other:?}"),
    }
}
