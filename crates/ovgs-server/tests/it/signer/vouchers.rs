//! Vouchers that another machine signed.

use std::process::Command;

use ovgs_voucher::{
    Assertion, PinnedCert, Profile, Template, TrustAnchors, VerifyOptions, Voucher, VoucherSigner as _,
    check, verify,
};

use super::{KEY, Kind, Machine, VoucherKey};
use crate::support::{now, pki};

fn voucher() -> Voucher {
    let pinned = PinnedCert::from_der(pki::domain_cert()).unwrap();
    Voucher::builder(now(), Assertion::Verified, "ABC101", pinned).revocation_checks(false).build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn they_verify_here_and_with_openssl_in_both_profiles() {
    let (folder, voucher) = (tempfile::TempDir::new().unwrap(), voucher());
    for kind in Kind::ALL {
        let key = VoucherKey::new(kind);
        let machine = Machine::with(key.under(KEY)).await;
        let signer = machine.remote(&key);
        assert_eq!(check(&key.chain(), &signer, now()).await.unwrap(), []);
        for profile in [Profile::Rfc8366, Profile::Pkcs7] {
            let template = Template::new(&key.chain(), profile, signer.algorithm()).unwrap();
            let der = template.issue(&voucher, &signer).await.unwrap();
            let anchors = TrustAnchors::new([key.chain().root().clone()]);
            let options = VerifyOptions::at(now()).serial("ABC101").profile(profile);
            assert_eq!(verify(&der, &anchors, &options).unwrap().notes, []);

            std::fs::write(folder.path().join("root.pem"), &key.root_pem).unwrap();
            std::fs::write(folder.path().join("v.vcj"), der).unwrap();
            let mut openssl = Command::new("openssl");
            openssl
                .args(["cms", "-verify", "-binary", "-inform", "DER", "-in", "v.vcj", "-CAfile", "root.pem"]);
            let output = openssl.current_dir(folder.path()).output().unwrap();
            assert!(output.status.success(), "{kind:?} {profile:?}: {output:?}");
            assert_eq!(output.stdout, voucher.to_json(), "{kind:?} {profile:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_each_over_their_own() {
    let key = VoucherKey::new(Kind::P256);
    let machine = Machine::with(key.under(KEY)).await;
    let signer = machine.remote(&key);
    let template = Template::new(&key.chain(), Profile::Rfc8366, signer.algorithm()).unwrap();
    let pinned = PinnedCert::from_der(pki::domain_cert()).unwrap();
    let vouchers: Vec<Voucher> = (0..1200)
        .map(|n| {
            Voucher::builder(now(), Assertion::Verified, format!("S{n}"), pinned.clone()).build().unwrap()
        })
        .collect();
    let issued =
        futures_util::future::join_all(vouchers.iter().map(|voucher| template.issue(voucher, &signer))).await;
    let anchors = TrustAnchors::new([key.chain().root().clone()]);
    for (n, der) in issued.into_iter().enumerate() {
        verify(&der.unwrap(), &anchors, &VerifyOptions::at(now()).serial(format!("S{n}"))).unwrap();
    }
}
