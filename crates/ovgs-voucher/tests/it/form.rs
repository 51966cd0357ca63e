//! The CMS object we make, case by case, read by the decoder of RustCrypto instead of ours.

use cms::{
    content_info::{CmsVersion, ContentInfo},
    signed_data::{SignedAttributes, SignedData, SignerIdentifier, SignerInfo},
};
use der::{
    Decode as _, Encode as _,
    asn1::{ObjectIdentifier, OctetStringRef, UintRef},
};
use ovgs_voucher::{LocalSigner as _, Profile, VerifyError, VerifyOptions, verify};
use sha2::{Digest as _, Sha256, Sha384};
use tempfile::TempDir;

use crate::{
    forge::{Forge, VOUCHER, attributes, tlv},
    openssl::openssl,
    pki::{Kind, Pki, now, voucher},
};

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const ANIMA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.40");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// One voucher, and what was found in it.
struct Seen {
    kind: Kind,
    profile: Profile,
    pki: Pki,
    der: Vec<u8>,
    data: SignedData,
}

impl Seen {
    fn of(kind: Kind, profile: Profile) -> Self {
        let pki = Pki::new(kind, true);
        let der = pki.issue(profile, &voucher());
        let outer = ContentInfo::from_der(&der).unwrap();
        assert_eq!(outer.content_type, SIGNED_DATA);
        let data = outer.content.decode_as().unwrap();
        Self { kind, profile, pki, der, data }
    }

    fn signer(&self) -> &SignerInfo {
        let signers = self.data.signer_infos.0.as_slice();
        assert_eq!(signers.len(), 1);
        &signers[0]
    }

    fn attributes(&self) -> &SignedAttributes {
        self.signer().signed_attrs.as_ref().unwrap()
    }

    /// The one value of this attribute, in DER.
    fn attribute(&self, oid: ObjectIdentifier) -> Vec<u8> {
        let attribute = self.attributes().iter().find(|attribute| attribute.oid == oid).unwrap();
        assert_eq!(attribute.values.len(), 1);
        attribute.values.get(0).unwrap().to_der().unwrap()
    }

    fn content(&self) -> &[u8] {
        let content = self.data.encap_content_info.econtent.as_ref().unwrap();
        content.decode_as::<OctetStringRef<'_>>().unwrap().as_bytes()
    }
}

/// Vouchers of every kind of key and profile.
fn all() -> impl Iterator<Item = Seen> {
    [Kind::P256, Kind::P384, Kind::Rsa]
        .into_iter()
        .flat_map(|kind| [Profile::Rfc8366, Profile::Pkcs7].map(|profile| Seen::of(kind, profile)))
}

#[test]
fn cm01_it_is_der_and_nothing_follows() {
    let folder = TempDir::new().unwrap();
    for seen in all() {
        // Reading refuses what follows. OpenSSL writes DER; the decoder here sorts certificates by their fields.
        assert!(ContentInfo::from_der(&seen.der).unwrap().to_der().unwrap() == seen.der);
        std::fs::write(folder.path().join("v.vcj"), &seen.der).unwrap();
        let again = openssl(folder.path(), "cms -cmsout -inform DER -in v.vcj -outform DER").unwrap();
        assert!(again == seen.der);
    }
}

#[test]
fn cm02_cm03_the_default_profile_has_the_type_of_rfc_8366_and_version_3() {
    for seen in all().filter(|seen| seen.profile == Profile::Rfc8366) {
        assert_eq!(seen.data.encap_content_info.econtent_type, ANIMA);
        assert_eq!((seen.data.version, seen.signer().version), (CmsVersion::V3, CmsVersion::V1));
    }
    assert_eq!(Profile::default(), Profile::Rfc8366);
}

#[test]
fn cm04_the_old_profile_has_id_data_and_version_1() {
    for seen in all().filter(|seen| seen.profile == Profile::Pkcs7) {
        assert_eq!(seen.data.encap_content_info.econtent_type, DATA);
        assert_eq!((seen.data.version, seen.signer().version), (CmsVersion::V1, CmsVersion::V1));
    }
}

#[test]
fn cm05_the_one_signer_is_named_by_issuer_and_serial_number() {
    for seen in all() {
        let SignerIdentifier::IssuerAndSerialNumber(name) = &seen.signer().sid else { panic!("by key id") };
        let certificate = x509_cert::Certificate::from_der(seen.pki.signer.der()).unwrap().tbs_certificate;
        assert_eq!(name.issuer.to_der().unwrap(), certificate.issuer.to_der().unwrap());
        assert_eq!(name.serial_number, certificate.serial_number);
    }
}

#[test]
fn cm06_three_attributes_are_signed_once_each_with_one_value() {
    for seen in all() {
        let mut oids: Vec<_> = seen.attributes().iter().map(|attribute| attribute.oid).collect();
        oids.sort();
        assert_eq!(oids, [CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME]);
        assert!(seen.attributes().iter().all(|attribute| attribute.values.len() == 1));
    }
}

#[test]
fn cm08_the_content_type_signed_is_the_one_said() {
    for seen in all() {
        let said = seen.data.encap_content_info.econtent_type.to_der().unwrap();
        assert_eq!(seen.attribute(CONTENT_TYPE), said);
    }
}

#[test]
fn cm09_the_digest_is_of_the_octets_of_the_content() {
    for seen in all() {
        let digest = match seen.kind {
            Kind::P384 => Sha384::digest(seen.content()).to_vec(),
            Kind::P256 | Kind::Rsa => Sha256::digest(seen.content()).to_vec(),
        };
        assert_eq!(seen.attribute(MESSAGE_DIGEST), tlv(4, &[&digest]));
        assert_eq!(seen.content(), voucher().to_json());
    }
}

#[test]
fn cm10_signed_is_the_set_and_not_what_stands_on_the_wire() {
    let pki = Pki::new(Kind::P256, false);
    let attributes = attributes(VOUCHER, &voucher().to_json()).concat();
    let judge = |tag: u8| {
        let mut forge = Forge::new(&pki, &voucher());
        forge.signature = Some(pki.file_signer().sign_now(&tlv(tag, &[&attributes])).unwrap());
        verify(&forge.der(), &pki.anchors(), &VerifyOptions::at(now()))
    };
    assert!(judge(0x31).is_ok());
    assert!(matches!(judge(0xa0), Err(VerifyError::Signature)));
    let prepared = pki.template(Profile::Rfc8366).prepare(voucher().to_json(), now()).unwrap();
    assert_eq!(prepared.to_sign(), tlv(0x31, &[&attributes]));
}

#[test]
fn cm11_digest_algorithms_have_no_parameters() {
    for seen in all() {
        let [listed] = seen.data.digest_algorithms.as_slice() else { panic!("one digest") };
        assert_eq!(listed, &seen.signer().digest_alg);
        assert!(listed.parameters.is_none());
    }
}

#[test]
fn cm12_ecdsa_has_no_parameters_and_a_signature_of_two_numbers() {
    for seen in all() {
        let (wanted, octets) = match seen.kind {
            Kind::P256 => (ECDSA_SHA256, 32),
            Kind::P384 => (ECDSA_SHA384, 48),
            Kind::Rsa => continue,
        };
        let signer = seen.signer();
        assert_eq!(signer.signature_algorithm.oid, wanted);
        assert!(signer.signature_algorithm.parameters.is_none());
        let numbers: Vec<UintRef<'_>> = Vec::from_der(signer.signature.as_bytes()).unwrap();
        assert_eq!(numbers.len(), 2);
        assert!(numbers.iter().all(|number| number.as_bytes().len() <= octets));
    }
}

#[test]
fn cm13_rsa_has_null_parameters_and_a_signature_as_long_as_the_key() {
    for seen in all().filter(|seen| matches!(seen.kind, Kind::Rsa)) {
        let signer = seen.signer();
        assert_eq!(signer.signature_algorithm.oid, RSA);
        assert!(signer.signature_algorithm.parameters.as_ref().unwrap().is_null());
        assert_eq!(signer.signature.as_bytes().len(), 256);
        verify(&seen.der, &seen.pki.anchors(), &VerifyOptions::at(now())).unwrap();
    }
}

#[test]
fn cm15_cm16_the_whole_chain_is_embedded_in_order_and_no_list() {
    for seen in all() {
        let certificates = seen.data.certificates.as_ref().unwrap();
        let mut found: Vec<_> = certificates.0.iter().map(|choice| choice.to_der().unwrap()).collect();
        found.sort();
        let mut wanted: Vec<_> = seen.pki.certificates().iter().map(|c| c.der().to_vec()).collect();
        wanted.sort();
        assert!(found == wanted);
        // The decoder sorts what it reads in its own way, so the order is looked for on the wire.
        let whole = wanted.concat();
        assert!(seen.der.windows(whole.len()).any(|octets| octets == whole));
        assert!(seen.data.crls.is_none());
    }
}
