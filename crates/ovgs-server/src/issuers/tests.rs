//! Signers that lie, times over a reload, and roots that are one.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use ovgs_domain::{CertId, Component, ComponentId, DomainCert, Facts, Fingerprint, Ien, OrgId, SerialNumber};
use ovgs_voucher::{
    Assertion, FileSigner, IssueError, LocalSigner as _, PinnedCert, Profile, SignatureAlgorithm,
    SignerError, SigningChain, TrustAnchors, VerifyOptions, Voucher, VoucherSigner, verify,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use std::sync::Arc;

use super::{Issuer, IssuerParts, IssuerSet, IssuerState, Issuers, IssuingError};

fn now() -> DateTime<Utc> {
    "2026-11-22T03:00:00Z".parse().expect("a time")
}

fn ien(text: &str) -> Ien {
    Ien::parse(text).expect("an enterprise number")
}

/// A root of this key that is good until this year.
fn root(key: &KeyPair, until: i32) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Voucher Root");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(until, 1, 1));
    let key = KeyPair::from_pem(&key.serialize_pem()).expect("the same key");
    CertifiedIssuer::self_signed(params, key).expect("a root")
}

/// What an issuer of this name under this root is made of, for one manufacturer.
fn parts(name: &str, served: &str, root: &CertifiedIssuer<'static, KeyPair>) -> IssuerParts {
    let (mut leaf, key) = (CertificateParams::default(), KeyPair::generate().expect("a key"));
    leaf.distinguished_name.push(DnType::CommonName, "Voucher Signer");
    (leaf.not_before, leaf.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2040, 1, 1));
    let chain = leaf.signed_by(&key, root).expect("a certificate").pem() + &root.pem();
    IssuerParts {
        name: name.into(),
        manufacturer: "Acme".into(),
        iens: [ien(served)].into(),
        state: IssuerState::Active,
        signer: Arc::new(FileSigner::from_bytes(&key.serialize_der()).expect("a signer")),
        chain: SigningChain::from_pem(chain.as_bytes()).expect("a chain"),
        profile: Profile::Rfc8366,
        assertion: Assertion::Verified,
        created_on_backdate: TimeDelta::zero(),
        last_renewal_date: false,
    }
}

fn a_root() -> CertifiedIssuer<'static, KeyPair> {
    root(&KeyPair::generate().expect("a key"), 2040)
}

/// A voucher of now.
fn written(issuer: &Issuer, at: DateTime<Utc>) -> Voucher {
    let pinned = PinnedCert::from_der(issuer.chain().root().der()).expect("a certificate");
    let serial_number = SerialNumber::parse("ABC101").expect("a serial number");
    let component = Component {
        id: ComponentId { ien: ien("30065"), serial_number },
        org: OrgId::parse("org-acme").expect("an organization"),
        group: None,
        facts: Facts::default(),
    };
    let cert = DomainCert {
        id: CertId::parse("cert-1").expect("an id"),
        fingerprint: Fingerprint::of(pinned.der()),
        revocation_checks: false,
        expiry_time: at,
        not_after: at,
    };
    issuer.write(&component, &cert, pinned, None, at).expect("a voucher")
}

/// A signer elsewhere that sends this, or, without it, an honest signature.
#[derive(Debug)]
struct Elsewhere {
    honest: FileSigner,
    sends: Option<Vec<u8>>,
}

#[async_trait]
impl VoucherSigner for Elsewhere {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.honest.algorithm()
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.sends.clone().map_or_else(|| self.honest.sign_now(message), Ok)
    }
}

#[tokio::test]
async fn what_a_signer_elsewhere_sends_is_a_signature_or_becomes_no_voucher() {
    let root = a_root();
    let key = KeyPair::generate().expect("a key");
    let other = FileSigner::from_bytes(&key.serialize_der()).expect("a signer");
    let by_another_key = other.sign_now(b"message").expect("a signature");
    for sends in [vec![], b"garbage".to_vec(), vec![0; 100_000], by_another_key] {
        let signer = Elsewhere {
            honest: FileSigner::from_bytes(&key.serialize_der()).expect("a signer"),
            sends: Some(sends),
        };
        let issuer = Issuer::new(IssuerParts { signer: Arc::new(signer), ..parts("a", "30065", &root) });
        let issuer = issuer.expect("an issuer");
        let refused = issuer.sign(&written(&issuer, now())).await;
        assert!(
            matches!(&refused, Err(IssuingError::Issue(IssueError::Signer(SignerError::OutOfReach { cause, .. })))
                if cause == "what the signer sent is no signature by the key of `CN=Voucher Signer`"),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn an_honest_signer_elsewhere_makes_vouchers_that_verify() {
    let (root, key) = (a_root(), KeyPair::generate().expect("a key"));
    let mut parts = parts("a", "30065", &root);
    let leaf =
        CertificateParams::default().signed_by(&key, &root).expect("a certificate").pem() + &root.pem();
    parts.chain = SigningChain::from_pem(leaf.as_bytes()).expect("a chain");
    let honest = FileSigner::from_bytes(&key.serialize_der()).expect("a signer");
    parts.signer = Arc::new(Elsewhere { honest, sends: None });
    let issuer = Issuer::new(parts).expect("an issuer");
    let signed = issuer.sign(&written(&issuer, now())).await.expect("signed");
    let anchors = TrustAnchors::new([issuer.chain().root().clone()]);
    verify(&signed.cms, &anchors, &VerifyOptions::at(now())).expect("a good voucher");
}

#[test]
fn no_created_on_comes_twice_when_a_reload_changes_the_backdating() {
    let root = a_root();
    let set = |backdate: i64| {
        let parts =
            IssuerParts { created_on_backdate: TimeDelta::seconds(backdate), ..parts("a", "30065", &root) };
        IssuerSet::new([Issuer::new(parts).expect("an issuer")]).expect("a set")
    };
    let issuers = Issuers::from(set(0));
    let at = |seconds: i64| {
        let current = issuers.current();
        written(current.active(ien("30065")).expect("active"), now() + TimeDelta::seconds(seconds))
            .created_on()
    };
    let first = at(0);
    issuers.replace(set(60));
    let second = at(60);
    assert_eq!((first, second), (now(), now() + TimeDelta::microseconds(1)));
    // Later it is backdated by all of it again.
    assert_eq!(at(120), now() + TimeDelta::seconds(60));
}

#[test]
fn a_root_renewed_with_its_old_key_is_one_root() {
    let key = KeyPair::generate().expect("a key");
    let issuer = |name, served, root| Issuer::new(parts(name, served, root)).expect("an issuer");
    let set = IssuerSet::new([
        issuer("a", "30065", &root(&key, 2040)),
        issuer("b", "32473", &root(&key, 2050)),
        issuer("c", "9", &a_root()),
    ]);
    let set = set.expect("a set");
    assert!(
        set.share_root(ien("30065"), ien("32473")),
        "devices that trust the one trust the other's vouchers"
    );
    assert!(!set.share_root(ien("30065"), ien("9")));
    // Verifiers compare certificates, so they are told of both.
    assert_eq!(set.roots().len(), 3);
}
