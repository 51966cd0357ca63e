//! Certificates made for a test.

use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use der::Decode as _;
#[cfg(feature = "aws-lc")]
pub(crate) use ovgs_voucher::FileSigner;
#[cfg(not(feature = "aws-lc"))]
pub(crate) use ovgs_voucher::RustCryptoSigner as FileSigner;
use ovgs_voucher::{
    Assertion, Certificate, Crl, PinnedCert, Profile, SigningChain, Template, TrustAnchors, Voucher,
    VoucherSigner as _,
};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType, IsCa,
    KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256,
    RevokedCertParams, date_time_ymd,
};

/// The moment at which everything here is judged, and at which vouchers are made.
pub(crate) fn now() -> DateTime<Utc> {
    at("2026-11-21T20:33:03.123456Z")
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    P256,
    P384,
    Rsa,
}

impl Kind {
    pub(crate) fn key(self) -> KeyPair {
        match self {
            Self::P256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap(),
            Self::P384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap(),
            // One for all: making an RSA key takes long, and no test needs two different ones.
            Self::Rsa => {
                static PEM: OnceLock<String> = OnceLock::new();
                let pem =
                    PEM.get_or_init(|| KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap().serialize_pem());
                KeyPair::from_pem(pem).unwrap()
            }
        }
    }
}

/// A CA's certificate in the making, good from 2020 to 2040.
pub(crate) fn ca(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// A signer's certificate in the making, as it should be.
pub(crate) fn leaf() -> CertificateParams {
    let mut params = named("Voucher Signer");
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, name);
    params.distinguished_name.push(DnType::OrganizationName, "Acme");
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2040, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params
}

pub(crate) type Authority = CertifiedIssuer<'static, KeyPair>;

/// A signer and its issuers.
pub(crate) struct Pki {
    pub(crate) key: KeyPair,
    pub(crate) signer: Certificate,
    /// From the signer's issuer to the root.
    pub(crate) issuers: Vec<Authority>,
}

impl Pki {
    /// A signer directly under the root, or under an intermediate.
    pub(crate) fn new(kind: Kind, with_intermediate: bool) -> Self {
        let issuers = if with_intermediate { vec![ca("Voucher Issuing CA")] } else { vec![] };
        Self::of(kind, leaf(), issuers, ca("Voucher Root"))
    }

    /// A signer under the root whose certificate is this.
    pub(crate) fn with_leaf(leaf: CertificateParams) -> Self {
        Self::of(Kind::P256, leaf, vec![], ca("Voucher Root"))
    }

    pub(crate) fn of(
        kind: Kind,
        leaf: CertificateParams,
        intermediates: Vec<CertificateParams>,
        root: CertificateParams,
    ) -> Self {
        let mut issuers = vec![Authority::self_signed(root, kind.key()).unwrap()];
        for params in intermediates.into_iter().rev() {
            let issuer = Authority::signed_by(params, kind.key(), &issuers[0]).unwrap();
            issuers.insert(0, issuer);
        }
        let key = kind.key();
        let signer = leaf.signed_by(&key, &issuers[0]).unwrap();
        Self { signer: Certificate::from_der(signer.der().to_vec()).unwrap(), key, issuers }
    }

    /// Signer first, root last.
    pub(crate) fn certificates(&self) -> Vec<Certificate> {
        let issuers = self.issuers.iter().map(|issuer| Certificate::from_der(issuer.der().to_vec()).unwrap());
        std::iter::once(self.signer.clone()).chain(issuers).collect()
    }

    pub(crate) fn root(&self) -> Certificate {
        self.certificates().pop().unwrap()
    }

    pub(crate) fn root_pem(&self) -> String {
        self.issuers.last().unwrap().pem()
    }

    pub(crate) fn anchors(&self) -> TrustAnchors {
        TrustAnchors::new([self.root()])
    }

    pub(crate) fn chain(&self) -> SigningChain {
        SigningChain::new(self.certificates()).unwrap()
    }

    pub(crate) fn file_signer(&self) -> FileSigner {
        FileSigner::from_bytes(self.key.serialize_pem().as_bytes()).unwrap()
    }

    pub(crate) fn template(&self, profile: Profile) -> Template {
        Template::new(&self.chain(), profile, self.file_signer().algorithm()).unwrap()
    }

    /// `voucher` in DER.
    pub(crate) fn issue(&self, profile: Profile, voucher: &Voucher) -> Vec<u8> {
        self.template(profile).issue_now(voucher, &self.file_signer()).unwrap()
    }
}

/// A list by `issuer` of these certificates, revoked at the start of 2026-06, and good from 2026-11-01 through
/// the year.
pub(crate) fn crl(issuer: &Authority, revoked: &[&Certificate]) -> Crl {
    Crl::from_der(crl_params(revoked).signed_by(issuer).unwrap().der().to_vec()).unwrap()
}

/// The same before it is signed.
pub(crate) fn crl_params(revoked: &[&Certificate]) -> CertificateRevocationListParams {
    let entry = |certificate: &&Certificate| {
        let serial =
            x509_cert::Certificate::from_der(certificate.der()).unwrap().tbs_certificate.serial_number;
        RevokedCertParams {
            serial_number: serial.as_bytes().to_vec().into(),
            revocation_time: date_time_ymd(2026, 6, 1),
            reason_code: None,
            invalidity_date: None,
        }
    };
    CertificateRevocationListParams {
        this_update: date_time_ymd(2026, 11, 1),
        next_update: date_time_ymd(2027, 1, 1),
        crl_number: 1.into(),
        issuing_distribution_point: None,
        revoked_certs: revoked.iter().map(entry).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    }
}

/// The domain certificate that vouchers here pin. It is always the same one.
pub(crate) fn pinned() -> PinnedCert {
    static DER: OnceLock<Vec<u8>> = OnceLock::new();
    let make = || ca("Domain CA").self_signed(&Kind::P256.key()).unwrap().der().to_vec();
    PinnedCert::from_der(DER.get_or_init(make).as_slice()).unwrap()
}

/// The voucher most tests issue.
pub(crate) fn voucher() -> Voucher {
    Voucher::builder(now(), Assertion::Verified, "ABC101", pinned())
        .expires_on(at("2027-05-01T00:00:00Z"))
        .revocation_checks(true)
        .build()
        .unwrap()
}
