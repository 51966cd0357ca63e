//! What is refused before the first voucher.

use std::sync::Mutex;

use ovgs_voucher::{
    Certificate, ChainFault, LocalSigner as _, SetupError, SignatureAlgorithm, SignerError, SigningChain,
    VoucherSigner, Warning,
};
use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, date_time_ymd};

use crate::pki::{FileSigner, Kind, Pki, at, ca, leaf, now};

/// The verdict on a signer at the usual moment.
pub(crate) fn check(pki: &Pki) -> Result<Vec<Warning>, SetupError> {
    check_with(&pki.chain(), pki, now())
}

fn check_with(
    chain: &SigningChain,
    pki: &Pki,
    moment: chrono::DateTime<chrono::Utc>,
) -> Result<Vec<Warning>, SetupError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(ovgs_voucher::check(chain, &pki.file_signer(), moment))
}

#[test]
fn good_signers_pass_without_a_warning() {
    for kind in [Kind::P256, Kind::P384, Kind::Rsa] {
        for with_intermediate in [false, true] {
            assert_eq!(check(&Pki::new(kind, with_intermediate)).unwrap(), []);
        }
    }
}

#[test]
fn cm29_an_extended_key_usage_that_openssl_refuses_is_refused() {
    let with = |usage| {
        let mut params = leaf();
        params.extended_key_usages = vec![usage];
        check(&Pki::with_leaf(params))
    };
    assert!(matches!(with(ExtendedKeyUsagePurpose::CodeSigning), Err(SetupError::ExtendedKeyUsage { .. })));
    assert!(matches!(
        with(ExtendedKeyUsagePurpose::EmailProtection).unwrap()[..],
        [Warning::ExtendedKeyUsage { .. }]
    ));
}

#[test]
fn cm30_a_key_of_another_certificate_is_refused() {
    for (kind, other) in [(Kind::P256, Kind::P256), (Kind::P256, Kind::P384), (Kind::P384, Kind::Rsa)] {
        let (pki, stranger) = (Pki::new(kind, false), Pki::new(other, false));
        let verdict = check_with(&pki.chain(), &stranger, now());
        assert!(matches!(verdict, Err(SetupError::KeyMismatch { .. })), "{verdict:?}");
    }
}

#[test]
fn cm30_expired_and_future_signers_are_refused() {
    let pki = Pki::new(Kind::P256, false);
    let on = |moment: &str| check_with(&pki.chain(), &pki, at(moment));
    assert!(on("2020-01-01T00:00:00Z").is_ok());
    assert!(on("2040-01-01T00:00:00.999999Z").is_ok());
    for (moment, sentence) in [
        (
            "2019-12-31T23:59:59Z",
            "certificate `O=Acme,CN=Voucher Signer` is valid only from 2020-01-01T00:00:00Z; wait, or check the clock",
        ),
        (
            "2040-01-01T00:00:01Z",
            "certificate `O=Acme,CN=Voucher Signer` expired on 2040-01-01T00:00:00Z; renew it",
        ),
    ] {
        assert_eq!(on(moment).unwrap_err().to_string(), sentence);
    }
}

#[test]
fn cm30_a_signer_that_may_not_sign_is_refused() {
    let mut params = leaf();
    params.key_usages = vec![KeyUsagePurpose::KeyAgreement];
    assert!(matches!(check(&Pki::with_leaf(params)), Err(SetupError::NoDigitalSignature { .. })));
    let mut unsaid = leaf();
    unsaid.key_usages = vec![];
    assert_eq!(check(&Pki::with_leaf(unsaid)).unwrap(), [Warning::NoKeyUsage]);
}

/// Notes what it was asked to sign.
#[derive(Debug)]
struct Recorder {
    honest: FileSigner,
    asked: Mutex<Vec<Vec<u8>>>,
}

#[async_trait::async_trait]
impl VoucherSigner for Recorder {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.honest.algorithm()
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.asked.lock().unwrap().push(message.to_vec());
        self.honest.sign_now(message)
    }
}

#[tokio::test]
async fn one_trial_voucher_is_signed() {
    let pki = Pki::new(Kind::P256, true);
    let recorder = Recorder { honest: pki.file_signer(), asked: Mutex::default() };
    ovgs_voucher::check(&pki.chain(), &recorder, now()).await.unwrap();
    let asked = recorder.asked.lock().unwrap();
    assert_eq!(asked.iter().map(Vec::len).collect::<Vec<_>>(), [109]);
}

#[test]
fn a_ca_does_not_sign_vouchers() {
    let mut params = ca("Voucher Signer");
    params.key_usages.push(KeyUsagePurpose::DigitalSignature);
    assert!(matches!(check(&Pki::with_leaf(params)), Err(SetupError::SignerIsCa { .. })));
}

#[test]
fn issuers_that_may_not_issue_are_refused() {
    let with_root = |change: fn(&mut rcgen::CertificateParams)| {
        let mut root = ca("Voucher Root");
        change(&mut root);
        match check(&Pki::of(Kind::P256, leaf(), vec![ca("Voucher Issuing CA")], root)) {
            Err(SetupError::Chain { fault }) => fault,
            other => panic!("{other:?}"),
        }
    };
    assert!(matches!(with_root(|root| root.is_ca = IsCa::NoCa), ChainFault::NotACa { .. }));
    assert!(matches!(with_root(|root| root.is_ca = IsCa::ExplicitNoCa), ChainFault::NotACa { .. }));
    assert!(matches!(
        with_root(|root| root.key_usages = vec![KeyUsagePurpose::CrlSign]),
        ChainFault::NotForCertificates { .. }
    ));
    assert!(matches!(
        with_root(|root| root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0))),
        ChainFault::PathLength { .. }
    ));
}

#[test]
fn an_unknown_critical_extension_is_refused() {
    let mut params = leaf();
    let mut extension = rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 32473, 1], vec![5, 0]);
    extension.set_criticality(true);
    params.custom_extensions = vec![extension];
    let verdict = check(&Pki::with_leaf(params));
    assert!(
        matches!(verdict, Err(SetupError::Chain { fault: ChainFault::CriticalExtension { .. } })),
        "{verdict:?}"
    );
}

#[test]
fn a_forged_link_is_refused() {
    let (pki, stranger) = (Pki::new(Kind::P256, false), Pki::new(Kind::P256, false));
    let chain = SigningChain::new([pki.signer.clone(), stranger.root()]).unwrap();
    let verdict = check_with(&chain, &pki, now());
    assert!(matches!(verdict, Err(SetupError::Chain { fault: ChainFault::Signature { .. } })), "{verdict:?}");
}

#[test]
fn a_root_that_did_not_sign_itself_is_refused() {
    let (pki, other) = (Pki::new(Kind::P256, false), Pki::new(Kind::P256, false));
    // The key of our root, certified under the root's name by another root of that name.
    let root = ca("Voucher Root").signed_by(pki.issuers[0].key(), &other.issuers[0]).unwrap();
    let root = Certificate::from_der(root.der().to_vec()).unwrap();
    let chain = SigningChain::new([pki.signer.clone(), root]).unwrap();
    let verdict = check_with(&chain, &pki, now());
    assert!(matches!(verdict, Err(SetupError::Chain { fault: ChainFault::Signature { .. } })), "{verdict:?}");
}

#[test]
fn an_issuer_that_ends_first_is_warned_of() {
    let mut intermediate = ca("Voucher Issuing CA");
    intermediate.not_after = date_time_ymd(2030, 1, 1);
    let pki = Pki::of(Kind::P256, leaf(), vec![intermediate], ca("Voucher Root"));
    assert!(matches!(check(&pki).unwrap()[..], [Warning::IssuerEndsFirst { .. }]));
    assert_eq!(pki.chain().not_after(), at("2030-01-01T00:00:00Z"));
}

#[test]
fn a_chain_is_complete_and_has_nothing_else_in_it() {
    let pki = Pki::new(Kind::P256, true);
    let [signer, intermediate, root]: [Certificate; 3] = pki.certificates().try_into().unwrap();
    let of = |certificates: &[&Certificate]| SigningChain::new(certificates.iter().copied().cloned());
    assert_eq!(of(&[&signer, &root, &intermediate]).unwrap().certificates(), pki.certificates());
    assert!(matches!(of(&[]), Err(SetupError::NoCertificate)));
    let short = of(&[&signer, &intermediate]).unwrap_err().to_string();
    let sentence = "the issuer of `O=Acme,CN=Voucher Issuing CA` is missing from the chain; \
                    add the certificate of `O=Acme,CN=Voucher Root`, up to the root";
    assert_eq!(short, sentence);
    assert!(matches!(of(&[&signer, &root]), Err(SetupError::IncompleteChain { .. })));
    let stranger = Pki::new(Kind::P256, false).signer;
    assert!(matches!(
        of(&[&signer, &intermediate, &root, &stranger]),
        Err(SetupError::StrayCertificate { .. })
    ));
}

#[test]
fn what_is_no_pem_of_certificates_is_refused() {
    for text in [
        "",
        "hello",
        "-----BEGIN CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----",
    ] {
        assert!(
            matches!(SigningChain::from_pem(text.as_bytes()), Err(SetupError::Certificates(_))),
            "{text}"
        );
    }
}
