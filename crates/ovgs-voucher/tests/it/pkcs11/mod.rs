//! Keys behind PKCS#11, held in SoftHSM2.

mod away;
mod refusals;
mod softhsm;

use std::{env, fs, process::Command, sync::Arc};

use async_trait::async_trait;
use ovgs_voucher::{
    Passphrase, Pkcs11Key, Pkcs11Module, Pkcs11Modules, Pkcs11Signer, Profile, Template, VerifyOptions,
    VoucherSigner as _,
    contract::{Fixture, Opened, Subject, cases},
    verify,
};
use rcgen::{KeyPair, PublicKeyData as _};
use tempfile::TempDir;

use self::softhsm::{PIN, SoftHsm, library};
use crate::{
    openssl::openssl,
    pki::{Kind, Pki, now, voucher},
};

/// Labels of the token and the key that most tests use.
const TOKEN: &str = "ovgs";
const KEY: &str = "voucher-2026";

/// Says to a process where its tokens are, and that it is the inner one.
const INNER: &str = "OVGS_TEST_SOFTHSM";

/// Runs `body` in a process of its own with a SoftHSM2 of its own: the library finds its tokens by an
/// environment variable, and is there once in a process. `test` is the name of the test that calls this.
fn with_softhsm(test: &str, body: impl FnOnce(&SoftHsm)) {
    if let Some(folder) = env::var_os(INNER) {
        return body(&SoftHsm { folder: folder.into() });
    }
    let folder = TempDir::new().unwrap();
    let hsm = SoftHsm::new(folder.path());
    let inner = Command::new(env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env("SOFTHSM2_CONF", hsm.configuration())
        .env(INNER, folder.path())
        .output()
        .unwrap();
    let [said, failed] = [&inner.stdout, &inner.stderr].map(|octets| String::from_utf8_lossy(octets));
    let passed = inner.status.success() && said.contains("1 passed");
    assert!(passed, "{test} in a process of its own: {}\n{said}\n{failed}", inner.status);
}

fn pin() -> Passphrase {
    Passphrase::new(PIN).unwrap()
}

fn key() -> Pkcs11Key {
    Pkcs11Key::new(TOKEN, KEY).pin(pin())
}

/// Makes the usual token with this key on it.
fn hold(hsm: &SoftHsm, key: &KeyPair) {
    hsm.token(TOKEN, PIN);
    hsm.import(TOKEN, PIN, KEY, "01", &key.serialize_pem());
}

fn on_tokio<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(work)
}

async fn open_library() -> Pkcs11Module {
    Pkcs11Modules::default().open(library()).await.unwrap()
}

/// A token that can be taken away.
struct OnToken {
    modules: Pkcs11Modules,
    hsm: SoftHsm,
    public_key: Vec<u8>,
}

#[async_trait]
impl Fixture for OnToken {
    async fn open(&self) -> Opened {
        let module = self.modules.open(library()).await?;
        let signer = Pkcs11Signer::open(&module, key()).await?;
        assert_eq!(signer.public_key(), Some(self.public_key.as_slice()));
        Ok(Subject { signer: Arc::new(signer), public_key: self.public_key.clone() })
    }

    async fn take_away(&self) -> bool {
        self.hsm.take_away();
        true
    }

    async fn bring_back(&self) {
        self.hsm.bring_back();
    }
}

/// One module for all cases, one signer for each.
fn keeps_the_contract(hsm: &SoftHsm, kind: Kind) {
    let key = kind.key();
    hold(hsm, &key);
    let token = OnToken {
        modules: Pkcs11Modules::default(),
        hsm: SoftHsm { folder: hsm.folder.clone() },
        public_key: key.subject_public_key_info(),
    };
    for case in cases() {
        let outcome = case.run(&token);
        assert!(outcome.is_ok(), "{case:?}: {outcome:?}");
    }
}

#[test]
fn softhsm_keeps_the_contract_with_p256() {
    with_softhsm("pkcs11::softhsm_keeps_the_contract_with_p256", |hsm| keeps_the_contract(hsm, Kind::P256));
}

#[test]
fn softhsm_keeps_the_contract_with_p384() {
    with_softhsm("pkcs11::softhsm_keeps_the_contract_with_p384", |hsm| keeps_the_contract(hsm, Kind::P384));
}

#[test]
fn softhsm_keeps_the_contract_with_rsa() {
    with_softhsm("pkcs11::softhsm_keeps_the_contract_with_rsa", |hsm| keeps_the_contract(hsm, Kind::Rsa));
}

#[test]
fn cm17_openssl_and_we_accept_what_a_token_signs() {
    with_softhsm("pkcs11::cm17_openssl_and_we_accept_what_a_token_signs", |hsm| {
        hsm.token(TOKEN, PIN);
        on_tokio(async {
            let pkis = [Kind::P256, Kind::P384, Kind::Rsa].map(|kind| (kind, Pki::new(kind, true)));
            for (place, (kind, pki)) in pkis.iter().enumerate() {
                hsm.import(TOKEN, PIN, &format!("{kind:?}"), &format!("0{place}"), &pki.key.serialize_pem());
            }
            let module = open_library().await;
            for (kind, pki) in &pkis {
                let key = Pkcs11Key::new(TOKEN, format!("{kind:?}")).pin(pin());
                let signer = Pkcs11Signer::open(&module, key).await.unwrap();
                assert_eq!(ovgs_voucher::check(&pki.chain(), &signer, now()).await.unwrap(), []);
                for profile in [Profile::Rfc8366, Profile::Pkcs7] {
                    let template = Template::new(&pki.chain(), profile, signer.algorithm()).unwrap();
                    let der = template.issue(&voucher(), &signer).await.unwrap();
                    let options = VerifyOptions::at(now()).profile(profile);
                    let verified = verify(&der, &pki.anchors(), &options).unwrap();
                    assert_eq!(verified.voucher, voucher());
                    fs::write(hsm.folder.join("root.pem"), pki.root_pem()).unwrap();
                    fs::write(hsm.folder.join("v.vcj"), &der).unwrap();
                    let arguments = "cms -verify -binary -inform DER -in v.vcj -CAfile root.pem";
                    let printed = openssl(&hsm.folder, arguments);
                    assert_eq!(
                        printed.as_deref(),
                        Ok(voucher().to_json().as_slice()),
                        "{kind:?} {profile:?}"
                    );
                }
            }
        });
    });
}
