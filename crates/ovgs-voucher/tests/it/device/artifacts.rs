//! The owner's artifacts in good and bad forms.

use std::fs;

use ovgs_voucher::{
    Bootstrapped, BootstrappingData, ConveyedFormat, DeviceError, DeviceNote, Note, VerifyError, bootstrap,
};
use tempfile::TempDir;

use super::{INFORMATION, Scene, degenerate, domain};
use crate::{
    forge::{CONVEYED, DATA, Forge, SIGNED_DATA, VOUCHER, tlv},
    openssl::openssl,
    pki::{Authority, Kind, Pki},
};

#[test]
fn an_owner_certificate_artifact_in_the_form_of_bootz_is_noted() {
    let mut scene = Scene::new();
    let mut forge = Forge::of(&scene.owner, vec![], DATA);
    forge.version = 1;
    forge.certificates.reverse();
    scene.owner_certificate = forge.der();
    assert_eq!(
        scene.judge().unwrap().notes,
        [
            DeviceNote::SignedOwnerCertificate,
            DeviceNote::OwnerCertificateContent,
            DeviceNote::UnsortedOwnerCertificates
        ]
    );
}

#[test]
fn broken_owner_certificate_artifacts_are_refused() {
    let mut scene = Scene::new();
    let mut with = |artifact: Vec<u8>| {
        scene.owner_certificate = artifact;
        scene.judge()
    };
    let honest = degenerate(&domain(vec![]).certificates(), &[]);
    refused!(with(vec![]), DeviceError::OwnerArtifact(VerifyError::NotDer(_)));
    refused!(with(INFORMATION.to_vec()), DeviceError::OwnerArtifact(_));
    refused!(
        with([&honest[..], b"\0"].concat()),
        DeviceError::TrailingOctets { artifact: "owner certificate", octets: 1 }
    );
    refused!(with(encrypted()), DeviceError::Encrypted { artifact: "owner certificate" });
    let eleven: Vec<_> = (0..11).map(|_| Pki::new(Kind::P256, false).signer).collect();
    refused!(
        with(degenerate(&eleven, &[])),
        DeviceError::OwnerArtifact(VerifyError::TooManyCertificates { certificates: 11 })
    );
}

/// An id-envelopedData, as far as anybody looks who has no key for it.
fn encrypted() -> Vec<u8> {
    let mut oid = SIGNED_DATA.to_vec();
    *oid.last_mut().unwrap() = 3;
    tlv(0x30, &[&oid, &tlv(0xa0, &[&tlv(0x30, &[])])])
}

#[test]
fn conveyed_information_of_somebody_else_is_refused() {
    let mut scene = Scene::new();
    let mut forge = Forge::of(&scene.owner, INFORMATION.to_vec(), CONVEYED);
    forge.signature = Some(vec![7; 71]);
    let forged = forge.der();
    scene.conveyed_information = forged;
    refused!(scene.judge(), DeviceError::Conveyed(VerifyError::Signature));
    let mut forge = Forge::of(&scene.owner, INFORMATION.to_vec(), CONVEYED);
    forge.content.as_mut().unwrap().push(b' ');
    let changed = forge.der();
    scene.conveyed_information = changed;
    refused!(scene.judge(), DeviceError::Conveyed(VerifyError::Digest));
}

#[test]
fn conveyed_information_in_other_forms_is_told_apart() {
    let mut scene = Scene::new();
    // id-data, for which it takes version 1.
    let mut forge = Forge::of(&scene.owner, INFORMATION.to_vec(), DATA);
    refused!(judged(&scene, forge.der()), DeviceError::Conveyed(VerifyError::Version { version: 3 }));
    forge.version = 1;
    assert_eq!(judged(&scene, forge.der()).unwrap().conveyed.format, ConveyedFormat::Unsaid);
    let mut xml = CONVEYED.to_vec();
    *xml.last_mut().unwrap() = 42;
    let der = Forge::of(&scene.owner, b"<x/>".to_vec(), &xml).der();
    assert_eq!(judged(&scene, der).unwrap().conveyed.format, ConveyedFormat::Xml);
    let voucher = Forge::of(&scene.owner, INFORMATION.to_vec(), VOUCHER).der();
    refused!(judged(&scene, voucher), DeviceError::ConveyedType { .. });
    let unsigned = tlv(0x30, &[CONVEYED, &tlv(0xa0, &[&tlv(4, &[INFORMATION])])]);
    refused!(judged(&scene, unsigned), DeviceError::Unsigned);
    refused!(judged(&scene, encrypted()), DeviceError::Encrypted { artifact: "conveyed information" });
    let longer = [&scene.conveyed_information[..], b"\0"].concat();
    refused!(
        judged(&scene, longer),
        DeviceError::TrailingOctets { artifact: "conveyed information", octets: 1 }
    );
    scene.voucher = encrypted();
    refused!(scene.judge(), DeviceError::Encrypted { artifact: "voucher" });
}

fn judged(scene: &Scene, conveyed_information: Vec<u8>) -> Result<Bootstrapped, DeviceError> {
    let data = BootstrappingData {
        voucher: &scene.voucher,
        owner_certificate: &scene.owner_certificate,
        conveyed_information: &conveyed_information,
    };
    bootstrap(&data, &scene.device)
}

#[test]
fn what_an_owner_makes_with_openssl_is_accepted() {
    let mut scene = Scene::new();
    let folder = TempDir::new().unwrap();
    let write = |name: &str, octets: &[u8]| fs::write(folder.path().join(name), octets).unwrap();
    write("info.json", INFORMATION);
    write("key.pem", scene.owner.key.serialize_pem().as_bytes());
    write("owner.der", scene.owner.signer.der());
    let signer = openssl(folder.path(), "x509 -inform DER -in owner.der").unwrap();
    write("owner.pem", &signer);
    let issuers: String = scene.owner.issuers.iter().map(Authority::pem).collect();
    write("all.pem", &[&signer[..], issuers.as_bytes()].concat());
    let certificates = "crl2pkcs7 -nocrl -certfile all.pem -outform DER";
    scene.owner_certificate = openssl(folder.path(), certificates).unwrap();
    let sign = "cms -sign -binary -nodetach -nosmimecap -in info.json -signer owner.pem -inkey key.pem \
                -econtent_type 1.2.840.113549.1.9.16.1.43 -md sha256 -outform DER";
    scene.conveyed_information = openssl(folder.path(), sign).unwrap();
    let accepted = scene.judge().unwrap();
    assert_eq!(accepted.conveyed.content, INFORMATION);
    let odd = |note: &DeviceNote| !matches!(note, DeviceNote::UnsortedOwnerCertificates);
    assert!(!accepted.notes.iter().any(odd), "{:?}", accepted.notes);
}

#[test]
fn oddities_of_conveyed_information_are_noted() {
    let scene = Scene::new();
    let mut forge = Forge::of(&scene.owner, INFORMATION.to_vec(), CONVEYED);
    drop(forge.attributes.as_mut().unwrap().remove(1));
    assert_eq!(judged(&scene, forge.der()).unwrap().notes, [DeviceNote::Conveyed(Note::NoSigningTime)]);
}

#[test]
fn no_artifact_with_one_octet_changed_is_acted_on_differently() {
    let scene = Scene::new();
    let honest = scene.judge().unwrap();
    for position in 0..scene.conveyed_information.len() {
        let mut changed = scene.conveyed_information.clone();
        changed[position] ^= 1 << (position % 8);
        // Certificates there are not looked at, so a change in them may pass; what is conveyed is the same.
        if let Ok(accepted) = judged(&scene, changed) {
            assert_eq!(accepted.conveyed, honest.conveyed, "octet {position}");
            assert_eq!(accepted.owner, honest.owner, "octet {position}");
        }
    }
}
