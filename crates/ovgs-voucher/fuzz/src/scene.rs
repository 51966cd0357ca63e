//! The parties: a manufacturer, an owner, and the device between them. Their keys are in this repository and
//! protect nothing.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use der::{Encode as _, Reader as _, SliceReader, asn1::OctetStringRef};
use ovgs_voucher::{
    Assertion, Certificate, Crl, Device, FileSigner, IdevidIssuer, PinnedCert, SigningChain, TrustAnchors,
    Voucher,
};

/// What the owner conveys in the seeds.
pub const INFORMATION: &[u8] = br#"{"ietf-sztp-conveyed-info:onboarding-information":{}}"#;

/// Everybody, read once.
pub struct Scene {
    /// The manufacturer's signer, its issuer and the root.
    pub chain: SigningChain,
    /// The key of the manufacturer's signer.
    pub signer: FileSigner,
    /// The roots of the vouchers in the corpora.
    pub anchors: TrustAnchors,
    /// The owner's certificate, its issuer and the pinned one.
    pub owner: Vec<Certificate>,
    /// The key of the owner's certificate.
    pub owner_key: FileSigner,
    /// Lists by the owner's CAs.
    pub crls: Vec<Crl>,
}

impl Scene {
    /// The one there is.
    pub fn get() -> &'static Self {
        static SCENE: LazyLock<Scene> = LazyLock::new(|| Scene {
            chain: SigningChain::from_pem(include_bytes!("../pki/signer.pem")).unwrap(),
            signer: FileSigner::from_bytes(include_bytes!("../pki/signer.key")).unwrap(),
            anchors: TrustAnchors::from_pem(include_bytes!("../pki/root.pem")).unwrap(),
            owner: Certificate::all_from_pem(include_bytes!("../pki/owner.pem")).unwrap(),
            owner_key: FileSigner::from_bytes(include_bytes!("../pki/owner.key")).unwrap(),
            crls: Crl::all_from_pem(include_bytes!("../pki/owner-crls.pem")).unwrap(),
        });
        &SCENE
    }

    /// The device that the vouchers are for, with a clock or without one.
    pub fn device(&self, has_clock: bool) -> Device {
        let device = Device::new("ABC101", self.anchors.clone())
            .idevid_issuer(IdevidIssuer::from_key_id(&[7; 20]).unwrap())
            .nonce([7; 16]);
        if has_clock { device.clock(now()) } else { device }
    }
}

/// The moment at which everything is judged.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_795_293_183_123_456).unwrap()
}

/// The certificate that the vouchers pin: the last of the owner's.
pub fn pinned() -> PinnedCert {
    PinnedCert::from_der(Scene::get().owner.last().unwrap().der()).unwrap()
}

/// The vouchers in the corpora.
pub fn vouchers() -> Vec<Voucher> {
    let made = now() - TimeDelta::minutes(30);
    let later = now() + TimeDelta::days(90);
    let voucher = |assertion| Voucher::builder(made, assertion, "ABC101", pinned());
    let made = [
        voucher(Assertion::Verified).expires_on(later).revocation_checks(true),
        voucher(Assertion::Verified).revocation_checks(false),
        voucher(Assertion::Logged).expires_on(later).last_renewal_date(later),
        voucher(Assertion::Proximity).nonce([7; 16]),
        voucher(Assertion::Verified).idevid_issuer(IdevidIssuer::from_key_id(&[7; 20]).unwrap()),
    ];
    made.into_iter().map(|voucher| voucher.build().unwrap()).collect()
}

/// What a genuine voucher of the corpora may say; nobody else has signed anything.
pub fn contents() -> &'static [Vec<u8>] {
    static CONTENTS: LazyLock<Vec<Vec<u8>>> =
        LazyLock::new(|| vouchers().iter().map(Voucher::to_json).collect());
    &CONTENTS
}

/// One input of the target `bootstrap`: a SEQUENCE of an OCTET STRING with flags and the three artifacts.
pub struct Artifacts<'a> {
    /// Whether the device has a clock, and which artifacts are signed again before they are judged.
    pub flags: u8,
    /// The ownership voucher.
    pub voucher: &'a [u8],
    /// The owner certificate.
    pub owner_certificate: &'a [u8],
    /// The conveyed information.
    pub conveyed_information: &'a [u8],
}

impl<'a> Artifacts<'a> {
    /// The device knows what time it is.
    pub const CLOCK: u8 = 1;
    /// The voucher is signed again.
    pub const RESIGN_VOUCHER: u8 = 2;
    /// The conveyed information is signed again.
    pub const RESIGN_CONVEYED: u8 = 4;

    /// Takes an input apart; none if it is not of this form.
    pub fn read(input: &'a [u8]) -> Option<Self> {
        let mut reader = SliceReader::new(input).ok()?;
        reader
            .sequence(|reader| {
                let flags: OctetStringRef<'a> = reader.decode()?;
                Ok(Self {
                    flags: flags.as_bytes().first().copied().unwrap_or_default(),
                    voucher: reader.tlv_bytes()?,
                    owner_certificate: reader.tlv_bytes()?,
                    conveyed_information: reader.tlv_bytes()?,
                })
            })
            .ok()
    }

    /// Puts an input together.
    pub fn write(&self) -> Vec<u8> {
        let flags = OctetStringRef::new(&[self.flags]).and_then(|flags| flags.to_der()).unwrap();
        let parts = [&flags, self.voucher, self.owner_certificate, self.conveyed_information].concat();
        der::Any::new(der::Tag::Sequence, parts).and_then(|any| any.to_der()).unwrap()
    }
}
