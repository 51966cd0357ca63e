//! The device's side of RFC 8572 §5.4.

use ovgs_voucher::{
    Assertion, Bootstrapped, BootstrappingData, Certificate, ChainFault, ConveyedFormat, Crl, Device,
    DeviceError, IdevidIssuer, Invalid, PinnedCert, Profile, VerifyError, Voucher, VoucherBuilder, bootstrap,
};
use rcgen::{CertificateParams, IsCa, KeyUsagePurpose};

use crate::{
    forge::{CONVEYED, DATA, Forge, SIGNED_DATA, VOUCHER, tlv},
    pki::{Authority, Kind, Pki, at, ca, crl, leaf, now},
};

const INFORMATION: &[u8] = br#"{"ietf-sztp-conveyed-info:onboarding-information":{}}"#;

/// A manufacturer, an owner, and what they give to the device.
struct Scene {
    manufacturer: Pki,
    owner: Pki,
    voucher: Vec<u8>,
    owner_certificate: Vec<u8>,
    conveyed_information: Vec<u8>,
    device: Device,
}

impl Scene {
    /// Everything is as it should be, and the owner's domain CA is pinned.
    fn new() -> Self {
        Self::of(domain(vec![ca("Domain Issuing CA")]), |voucher| voucher)
    }

    fn of(owner: Pki, change: impl FnOnce(VoucherBuilder) -> VoucherBuilder) -> Self {
        let manufacturer = Pki::new(Kind::P256, true);
        let pinned = PinnedCert::from_der(owner.root().der()).unwrap();
        let voucher = Voucher::builder(at("2026-11-21T20:00:00Z"), Assertion::Verified, "ABC101", pinned);
        let voucher = change(voucher).build().unwrap();
        Self {
            voucher: manufacturer.issue(Profile::Rfc8366, &voucher),
            owner_certificate: degenerate(&owner.certificates(), &[]),
            conveyed_information: Forge::of(&owner, INFORMATION.to_vec(), CONVEYED).der(),
            device: Device::new("ABC101", manufacturer.anchors()).clock(now()),
            manufacturer,
            owner,
        }
    }

    fn judge(&self) -> Result<Bootstrapped, DeviceError> {
        self.judge_as(&self.device)
    }

    fn judge_as(&self, device: &Device) -> Result<Bootstrapped, DeviceError> {
        let data = BootstrappingData {
            voucher: &self.voucher,
            owner_certificate: &self.owner_certificate,
            conveyed_information: &self.conveyed_information,
        };
        bootstrap(&data, device)
    }

    /// The same device at another moment.
    fn on(&self, moment: &str) -> Result<Bootstrapped, DeviceError> {
        self.judge_as(&self.device.clone().clock(at(moment)))
    }
}

/// An owner's certificate under a domain CA.
fn domain(intermediates: Vec<CertificateParams>) -> Pki {
    Pki::of(Kind::P256, leaf(), intermediates, ca("Domain CA"))
}

/// An owner certificate artifact: a SignedData without signers (RFC 8572 §3.2).
fn degenerate(certificates: &[Certificate], lists: &[&Crl]) -> Vec<u8> {
    let mut certificates: Vec<_> = certificates.iter().map(|c| c.der().to_vec()).collect();
    certificates.sort();
    let mut lists: Vec<_> = lists.iter().map(|list| list.der().to_vec()).collect();
    lists.sort();
    let lists = if lists.is_empty() { vec![] } else { tlv(0xa1, &[&lists.concat()]) };
    let data = tlv(
        0x30,
        &[
            b"\x02\x01\x01",
            &tlv(0x31, &[]),
            &tlv(0x30, &[DATA]),
            &tlv(0xa0, &[&certificates.concat()]),
            &lists,
            &tlv(0x31, &[]),
        ],
    );
    tlv(0x30, &[SIGNED_DATA, &tlv(0xa0, &[&data])])
}

/// Asserts that the verdict is this refusal.
macro_rules! refused {
    ($verdict:expr, $reason:pat) => {{
        let verdict = $verdict;
        assert!(matches!(verdict, Err($reason)), "{verdict:?}");
    }};
}

mod artifacts;

#[test]
fn vr15_only_the_device_meant_accepts() {
    let scene = Scene::new();
    let accepted = scene.judge().unwrap();
    assert_eq!(accepted.voucher.voucher.serial_number(), "ABC101");
    assert_eq!(accepted.conveyed.content, INFORMATION);
    assert_eq!(accepted.conveyed.format, ConveyedFormat::Json);
    assert_eq!(accepted.owner, scene.owner.certificates());
    assert_eq!(accepted.notes, []);
    let other = Device::new("ABC102", scene.manufacturer.anchors()).clock(now());
    refused!(scene.judge_as(&other), DeviceError::Voucher(VerifyError::Serial { .. }));
}

#[test]
fn vr16_a_voucher_is_good_only_after_it_was_made() {
    let scene = Scene::new();
    let early = DeviceError::Voucher(VerifyError::NotYetValid { created_on: String::new() }).to_string();
    for moment in ["2026-11-21T19:59:59Z", "2026-11-21T20:00:00Z"] {
        let refused = scene.on(moment).unwrap_err().to_string();
        assert!(refused.starts_with(&early), "{refused}");
    }
    assert!(scene.on("2026-11-21T20:00:01Z").is_ok());
}

#[test]
fn vr17_a_voucher_is_good_only_until_it_expires() {
    let scene = Scene::of(domain(vec![]), |voucher| voucher.expires_on(at("2027-05-01T00:00:00Z")));
    assert!(scene.on("2027-04-30T23:59:59Z").is_ok());
    refused!(scene.on("2027-05-01T00:00:00Z"), DeviceError::Voucher(VerifyError::Expired { .. }));
    // Nobody can tell without a clock (RFC 8366 §7.1).
    assert!(scene.judge_as(&Device::new("ABC101", scene.manufacturer.anchors())).is_ok());
}

#[test]
fn vr18_an_owner_certificate_of_another_ca_is_refused() {
    let mut scene = Scene::new();
    let other = domain(vec![]);
    scene.owner_certificate = degenerate(&other.certificates(), &[]);
    refused!(scene.judge(), DeviceError::NoOwnerCertificate);
    scene.conveyed_information = Forge::of(&other, INFORMATION.to_vec(), CONVEYED).der();
    // Its CA has the name of the one pinned, but another key.
    refused!(scene.judge(), DeviceError::Owner(ChainFault::Signature { .. }));
    let stranger = Pki::of(Kind::P256, leaf(), vec![], ca("Another CA"));
    scene.owner_certificate = degenerate(&stranger.certificates(), &[]);
    scene.conveyed_information = Forge::of(&stranger, INFORMATION.to_vec(), CONVEYED).der();
    refused!(scene.judge(), DeviceError::Owner(ChainFault::NoAnchor { .. }));
}

#[test]
fn vr18_the_intermediates_come_with_the_owner_certificate() {
    let mut scene = Scene::new();
    let [owner, intermediate, _]: [Certificate; 3] = scene.owner.certificates().try_into().unwrap();
    scene.owner_certificate = degenerate(&[owner.clone(), intermediate], &[]);
    assert_eq!(scene.judge().unwrap().owner, scene.owner.certificates());
    // Those embedded in the conveyed information do not count.
    scene.owner_certificate = degenerate(&[owner], &[]);
    refused!(scene.judge(), DeviceError::Owner(ChainFault::NoAnchor { .. }));
}

#[test]
fn vr19_the_pinned_certificate_may_itself_be_the_owner_certificate() {
    let key = Kind::P256.key();
    let mut params = leaf();
    params.is_ca = IsCa::NoCa;
    let certificate = Authority::self_signed(params, key).unwrap();
    let signer = Certificate::from_der(certificate.der().to_vec()).unwrap();
    let key = rcgen::KeyPair::from_pem(&certificate.key().serialize_pem()).unwrap();
    let owner = Pki { key, signer: signer.clone(), issuers: vec![certificate] };
    let mut scene = Scene::of(owner, |voucher| voucher.revocation_checks(true));
    for artifact in [degenerate(std::slice::from_ref(&signer), &[]), degenerate(&[], &[])] {
        scene.owner_certificate = artifact;
        assert_eq!(scene.judge().unwrap().owner, std::slice::from_ref(&signer));
    }
}

/// What a device makes of an owner whose certificates have these lists, by the flag of the voucher.
fn with_lists(checks: Option<bool>, lists: impl Fn(&Pki) -> Vec<Crl>) -> Scene {
    let mut scene = Scene::of(domain(vec![ca("Domain Issuing CA")]), |voucher| match checks {
        Some(checks) => voucher.revocation_checks(checks),
        None => voucher,
    });
    let lists = lists(&scene.owner);
    scene.owner_certificate = degenerate(&scene.owner.certificates(), &lists.iter().collect::<Vec<_>>());
    scene
}

#[test]
fn vr20_revocation_is_checked_as_the_voucher_says() {
    let none = |_: &Pki| vec![];
    let good = |owner: &Pki| owner.issuers.iter().map(|issuer| crl(issuer, &[])).collect();
    let half = |owner: &Pki| vec![crl(&owner.issuers[0], &[])];
    let revoked = |owner: &Pki| vec![crl(&owner.issuers[0], &[&owner.signer]), crl(&owner.issuers[1], &[])];

    assert!(with_lists(Some(true), good).judge().is_ok());
    for lists in [&none as &dyn Fn(&Pki) -> Vec<Crl>, &half] {
        refused!(
            with_lists(Some(true), lists).judge(),
            DeviceError::Owner(ChainFault::NoRevocationList { .. })
        );
        assert!(with_lists(None, lists).judge().is_ok());
    }
    refused!(with_lists(Some(true), revoked).judge(), DeviceError::Owner(ChainFault::Revoked { .. }));
    refused!(with_lists(None, revoked).judge(), DeviceError::Owner(ChainFault::Revoked { .. }));
    assert!(with_lists(Some(false), revoked).judge().is_ok());

    let late = with_lists(Some(true), good);
    refused!(late.on("2027-02-01T00:00:00Z"), DeviceError::Owner(ChainFault::StaleRevocationList { .. }));
    let clockless = Device::new("ABC101", late.manufacturer.anchors());
    refused!(late.judge_as(&clockless), DeviceError::Owner(ChainFault::RevocationWithoutClock { .. }));
    // Lists that the device got elsewhere are as good as those in the artifact.
    let bare = with_lists(Some(true), none);
    let lists: Vec<Crl> = bare.owner.issuers.iter().map(|issuer| crl(issuer, &[])).collect();
    assert!(bare.judge_as(&bare.device.clone().crls(lists)).is_ok());
}

#[test]
fn the_idevid_issuer_must_be_the_devices_own() {
    let own = IdevidIssuer::from_key_id(&[7; 20]).unwrap();
    let wanted = own.clone();
    let scene = Scene::of(domain(vec![]), |voucher| voucher.idevid_issuer(wanted));
    let as_issued_by = |issuer| scene.judge_as(&scene.device.clone().idevid_issuer(issuer));
    assert!(as_issued_by(own).is_ok());
    refused!(as_issued_by(IdevidIssuer::from_key_id(&[8; 20]).unwrap()), DeviceError::IdevidIssuer);
    refused!(scene.judge(), DeviceError::NoIdevid);
    // The IDevID says more of its issuer than the voucher: `[1]` and `[2]` name and serial number.
    let name = tlv(0xa1, &[&tlv(0x82, &[b"ca.example.com"])]);
    let full = tlv(0x30, &[&tlv(0x80, &[&[7; 20]]), &name, &tlv(0x82, &[&[1]])]);
    let full = IdevidIssuer::from_der(&full).unwrap();
    assert!(as_issued_by(full.clone()).is_ok());
    // The other way round the voucher means one certificate of that issuer alone.
    let precise = Scene::of(domain(vec![]), |voucher| voucher.idevid_issuer(full.clone()));
    let judge = |issuer| precise.judge_as(&precise.device.clone().idevid_issuer(issuer));
    assert!(judge(full.clone()).is_ok());
    refused!(judge(IdevidIssuer::from_key_id(&[7; 20]).unwrap()), DeviceError::IdevidIssuer);
}

#[test]
fn all_three_forms_of_the_idevid_issuer_are_understood() {
    let own = IdevidIssuer::from_key_id(&[7; 20]).unwrap();
    let owner = domain(vec![]);
    for form in [own.der().to_vec(), tlv(4, &[own.der()]), vec![7; 20]] {
        let mut scene = Scene::of(domain(vec![]), |voucher| voucher);
        let voucher = ovgs_voucher::inspect(&scene.voucher).unwrap().voucher.unwrap().unwrap();
        let member = format!(r#""idevid-issuer":"{}","pinned"#, base64(&form));
        let json = String::from_utf8(voucher.to_json()).unwrap().replace(r#""pinned"#, &member);
        scene.voucher = Forge::of(&scene.manufacturer, json.into_bytes(), VOUCHER).der();
        assert!(scene.judge_as(&scene.device.clone().idevid_issuer(own.clone())).is_ok(), "{form:02x?}");
    }
    let of_certificate = IdevidIssuer::of_certificate(&owner.signer).unwrap();
    assert!(owner.signer.der().windows(of_certificate.der().len()).any(|part| part == of_certificate.der()));
    let mut silent = ca("Root");
    silent.use_authority_key_identifier_extension = false;
    let silent = silent.self_signed(&Kind::P256.key()).unwrap();
    let silent = Certificate::from_der(silent.der().to_vec()).unwrap();
    assert!(matches!(IdevidIssuer::of_certificate(&silent), Err(Invalid::IdevidIssuer)));
}

fn base64(octets: &[u8]) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    STANDARD.encode(octets)
}

#[test]
fn a_nonce_must_be_the_one_the_device_made() {
    let scene = Scene::of(domain(vec![]), |voucher| voucher.nonce([7; 16]));
    let with = |nonce: [u8; 16]| scene.judge_as(&scene.device.clone().nonce(nonce));
    assert!(with([7; 16]).is_ok());
    refused!(with([8; 16]), DeviceError::Nonce);
    refused!(scene.judge(), DeviceError::NoNonce);
    // RFC 8995 §5.6.1: a voucher without one is for any time.
    let nonceless = Scene::new();
    assert!(nonceless.judge_as(&nonceless.device.clone().nonce([7; 16])).is_ok());
}

#[test]
fn an_assertion_must_be_acceptable() {
    let scene = Scene::new();
    let content_with = |assertion| scene.judge_as(&scene.device.clone().assertions([assertion]));
    assert!(content_with(Assertion::Verified).is_ok());
    refused!(content_with(Assertion::Proximity), DeviceError::Assertion { found: "verified" });
}

#[test]
fn a_voucher_of_another_manufacturer_is_refused() {
    let scene = Scene::new();
    let stranger = Device::new("ABC101", Pki::new(Kind::P256, false).anchors()).clock(now());
    refused!(scene.judge_as(&stranger), DeviceError::Voucher(VerifyError::Chain(_)));
    let by_us = crl(&scene.manufacturer.issuers[0], &[&scene.manufacturer.signer]);
    refused!(
        scene.judge_as(&scene.device.clone().crls([by_us])),
        DeviceError::Voucher(VerifyError::Chain(ChainFault::Revoked { .. }))
    );
}

#[test]
fn an_owner_certificate_that_may_not_sign_is_refused() {
    let mut params = leaf();
    params.key_usages = vec![KeyUsagePurpose::KeyAgreement];
    let owner = Pki::of(Kind::P256, params, vec![], ca("Domain CA"));
    refused!(Scene::of(owner, |voucher| voucher).judge(), DeviceError::OwnerKeyUsage { .. });
    let mut unsaid = leaf();
    unsaid.key_usages = vec![];
    let owner = Pki::of(Kind::P256, unsaid, vec![], ca("Domain CA"));
    assert!(Scene::of(owner, |voucher| voucher).judge().is_ok());
}

#[test]
fn the_dates_of_the_owners_certificates_count_where_there_is_a_clock() {
    let scene = Scene::new();
    refused!(
        scene.on("2041-01-01T00:00:00Z"),
        DeviceError::Voucher(VerifyError::Chain(ChainFault::Expired { .. }))
    );
    let mut ended = leaf();
    ended.not_after = rcgen::date_time_ymd(2026, 1, 1);
    let owner = Pki::of(Kind::P256, ended, vec![], ca("Domain CA"));
    let scene = Scene::of(owner, |voucher| voucher);
    refused!(scene.judge(), DeviceError::Owner(ChainFault::Expired { .. }));
    assert!(scene.judge_as(&Device::new("ABC101", scene.manufacturer.anchors())).is_ok());
}
