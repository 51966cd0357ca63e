//! Against the `openssl` binary, in both directions.

use std::{fs, path::Path, process::Command};

use ovgs_voucher::{ChainFault, Note, Profile, TrustAnchors, VerifyError, VerifyOptions, verify};
use tempfile::TempDir;

use crate::pki::{Authority, Kind, Pki, ca, leaf, now, voucher};

pub(crate) fn openssl(folder: &Path, arguments: &str) -> Result<Vec<u8>, String> {
    let output = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

#[test]
fn cm17_openssl_accepts_every_kind_and_profile_and_prints_the_json() {
    let folder = TempDir::new().unwrap();
    for kind in [Kind::P256, Kind::P384, Kind::Rsa] {
        for with_intermediate in [false, true] {
            let pki = Pki::new(kind, with_intermediate);
            fs::write(folder.path().join("root.pem"), pki.root_pem()).unwrap();
            for profile in [Profile::Rfc8366, Profile::Pkcs7] {
                fs::write(folder.path().join("v.vcj"), pki.issue(profile, &voucher())).unwrap();
                let printed =
                    openssl(folder.path(), "cms -verify -binary -inform DER -in v.vcj -CAfile root.pem");
                assert_eq!(printed.as_deref(), Ok(voucher().to_json().as_slice()), "{kind:?} {profile:?}");
            }
        }
    }
}

#[test]
fn cm18_an_intermediate_can_be_the_anchor() {
    let folder = TempDir::new().unwrap();
    let pki = Pki::new(Kind::P256, true);
    fs::write(folder.path().join("inter.pem"), pki.issuers[0].pem()).unwrap();
    let der = pki.issue(Profile::Rfc8366, &voucher());
    fs::write(folder.path().join("v.vcj"), &der).unwrap();
    let arguments = "cms -verify -binary -inform DER -in v.vcj -CAfile inter.pem -partial_chain";
    assert_eq!(openssl(folder.path(), arguments), Ok(voucher().to_json()));
    let anchors = TrustAnchors::from_pem(pki.issuers[0].pem().as_bytes()).unwrap();
    let verified = verify(&der, &anchors, &VerifyOptions::at(now())).unwrap();
    assert_eq!(verified.chain, pki.certificates()[..2]);
    assert_eq!(verified.notes, []);
}

/// Signs our usual voucher with `openssl cms -sign` and these arguments.
fn signed_by_openssl(pki: &Pki, arguments: &str) -> Vec<u8> {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, octets: &[u8]| fs::write(folder.path().join(name), octets).unwrap();
    write("content.json", &voucher().to_json());
    write("key.pem", pki.key.serialize_pem().as_bytes());
    write("signer.der", pki.signer.der());
    openssl(folder.path(), "x509 -inform DER -in signer.der -out signer.pem").unwrap();
    let issuers: String = pki.issuers.iter().map(Authority::pem).collect();
    write("issuers.pem", issuers.as_bytes());
    let sign = "cms -sign -binary -in content.json -signer signer.pem -inkey key.pem -certfile issuers.pem \
                -outform DER";
    openssl(folder.path(), &format!("{sign} {arguments}")).unwrap()
}

fn judge(pki: &Pki, der: &[u8]) -> Result<Vec<Note>, VerifyError> {
    verify(der, &pki.anchors(), &VerifyOptions::at(now())).map(|verified| verified.notes)
}

#[test]
fn what_openssl_signs_is_old_style_and_accepted() {
    let capabilities = Note::FurtherAttribute { attribute: "S/MIME capabilities".into() };
    for kind in [Kind::P256, Kind::P384, Kind::Rsa] {
        let pki = Pki::new(kind, true);
        let plain = signed_by_openssl(&pki, "-nodetach -md sha256");
        assert_eq!(judge(&pki, &plain).unwrap(), [capabilities.clone(), Note::IdData]);
        let ours = "-nodetach -md sha512 -nosmimecap -econtent_type 1.2.840.113549.1.9.16.1.40";
        assert_eq!(judge(&pki, &signed_by_openssl(&pki, ours)).unwrap(), []);
    }
}

#[test]
fn rsa_pss_is_read() {
    let pki = Pki::new(Kind::Rsa, false);
    for digest in ["sha256", "sha384", "sha512"] {
        let salt = "-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:digest";
        let der = signed_by_openssl(&pki, &format!("-nodetach -nosmimecap -md {digest} {salt}"));
        assert_eq!(judge(&pki, &der).unwrap(), [Note::IdData], "{digest}");
    }
}

#[test]
fn what_openssl_can_be_talked_into_is_refused() {
    let pki = Pki::new(Kind::P256, false);
    let of = |arguments: &str| judge(&pki, &signed_by_openssl(&pki, arguments)).unwrap_err();
    assert!(matches!(of("-nodetach -noattr"), VerifyError::NoSignedAttributes));
    assert!(matches!(of("-nodetach -md sha1"), VerifyError::Sha1));
    assert!(matches!(of("-nodetach -keyid"), VerifyError::SignerByKeyId));
    assert!(matches!(of("-nodetach -stream"), VerifyError::NotDer(_)));
    assert!(matches!(of("-nosmimecap"), VerifyError::Detached));
    let none = signed_by_openssl(&pki, "-nodetach -nocerts");
    assert!(matches!(
        judge(&pki, &none),
        Err(VerifyError::NoSignerCertificate | VerifyError::StrayCertificate { .. })
    ));
}

#[test]
fn p_521_is_read() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("content.json"), voucher().to_json()).unwrap();
    fs::write(
        folder.path().join("x.cnf"),
        "[req]\ndistinguished_name=n\nx509_extensions=e\n[n]\n[e]\nkeyUsage=digitalSignature\n",
    )
    .unwrap();
    let make = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-521 -sha512 -nodes -keyout k.pem -out c.pem \
                -subj /CN=S -days 9000 -config x.cnf";
    openssl(folder.path(), make).unwrap();
    let sign = "cms -sign -binary -nodetach -nosmimecap -md sha512 -in content.json -signer c.pem -inkey k.pem \
                -outform DER";
    let der = openssl(folder.path(), sign).unwrap();
    // The signer's certificate is itself the anchor here.
    let anchors = TrustAnchors::from_pem(&fs::read(folder.path().join("c.pem")).unwrap()).unwrap();
    // OpenSSL dates the certificate from its own clock on, so the middle of its 9,000 days is a moment
    // within.
    let certificate = &anchors.certificates()[0];
    let middle = certificate.not_before() + (certificate.not_after() - certificate.not_before()) / 2;
    let refused = verify(&der, &anchors, &VerifyOptions::at(middle));
    // The chain is good then; the voucher itself is over.
    assert!(matches!(refused, Err(VerifyError::Expired { .. })), "{refused:?}");
}

#[test]
fn a_weak_signer_is_refused_for_its_weakness() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("content.json"), voucher().to_json()).unwrap();
    openssl(
        folder.path(),
        "req -x509 -newkey rsa:1024 -nodes -keyout k.pem -out c.pem -subj /CN=S -days 9000",
    )
    .unwrap();
    let sign = "cms -sign -binary -nodetach -in content.json -signer c.pem -inkey k.pem -outform DER";
    let der = openssl(folder.path(), sign).unwrap();
    let anchors = TrustAnchors::from_pem(&fs::read(folder.path().join("c.pem")).unwrap()).unwrap();
    let refused = verify(&der, &anchors, &VerifyOptions::at(now()));
    assert!(
        matches!(refused, Err(VerifyError::Chain(ChainFault::WeakKey { bits: 1024, .. }))),
        "{refused:?}"
    );
}

#[test]
fn openssl_agrees_about_what_check_refuses() {
    let folder = TempDir::new().unwrap();
    let mut code_signing = leaf();
    code_signing.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::CodeSigning];
    let mut any = leaf();
    any.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::Any];
    let mut email = leaf();
    email.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::EmailProtection];
    for (params, accepted) in [(code_signing, false), (any, false), (email, true)] {
        let pki = Pki::of(Kind::P256, params, vec![], ca("Voucher Root"));
        fs::write(folder.path().join("root.pem"), pki.root_pem()).unwrap();
        fs::write(folder.path().join("v.vcj"), pki.issue(Profile::Rfc8366, &voucher())).unwrap();
        let verdict = openssl(folder.path(), "cms -verify -binary -inform DER -in v.vcj -CAfile root.pem");
        assert_eq!(verdict.is_ok(), accepted);
        assert_eq!(crate::setup::check(&pki).is_ok(), accepted);
    }
}
