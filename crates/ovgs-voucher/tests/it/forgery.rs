//! What our verifier refuses, much of which `openssl cms -verify` lets pass.

use ovgs_voucher::{Note, Profile, Verified, VerifyError, VerifyOptions, verify};

use crate::{
    forge::{
        self, CONTENT_TYPE, CONVEYED, DATA, Forge, MESSAGE_DIGEST, SHA1, SIGNING_TIME, VOUCHER, attribute,
        tlv,
    },
    pki::{Kind, Pki, at, now, voucher},
};

fn judge(pki: &Pki, der: &[u8]) -> Result<Verified, VerifyError> {
    verify(der, &pki.anchors(), &VerifyOptions::at(now()))
}

/// Asserts that what `change` makes of an honest voucher is refused for this reason, and shows the reason.
macro_rules! refused {
    ($change:expr, $reason:pat) => {{
        let pki = Pki::new(Kind::P256, false);
        let mut forge = Forge::new(&pki, &voucher());
        let change: fn(&mut Forge<'_>) = $change;
        change(&mut forge);
        let refused = judge(&pki, &forge.der());
        assert!(matches!(refused, Err($reason)), "{refused:?}");
    }};
}

#[test]
fn no_voucher_cut_short_verifies() {
    let pki = Pki::new(Kind::P256, false);
    let honest = pki.issue(Profile::Rfc8366, &voucher());
    for end in 0..honest.len() {
        assert!(matches!(judge(&pki, &honest[..end]), Err(VerifyError::NotDer(_))), "{end}");
    }
}

#[test]
fn cm22_a_relabelled_content_is_refused() {
    refused!(|forge| forge.label = CONVEYED.to_vec(), VerifyError::Relabelled { .. });
    refused!(|forge| forge.label = DATA.to_vec(), VerifyError::Relabelled { .. });
}

#[test]
fn another_content_type_throughout_is_refused() {
    let pki = Pki::new(Kind::P256, false);
    let forged = Forge::of(&pki, voucher().to_json(), CONVEYED).der();
    assert!(matches!(judge(&pki, &forged), Err(VerifyError::ContentType { .. })));
}

#[test]
fn cm23_without_signed_attributes_it_is_refused() {
    refused!(|forge| forge.attributes = None, VerifyError::NoSignedAttributes);
}

#[test]
fn cm24_signed_attributes_replayed_as_content_are_refused() {
    let pki = Pki::new(Kind::P256, false);
    let attributes = tlv(0x31, &[&forge::attributes(VOUCHER, &voucher().to_json()).concat()]);
    let mut forge = Forge::of(&pki, attributes, DATA);
    forge.attributes = None;
    forge.version = 1;
    assert!(matches!(judge(&pki, &forge.der()), Err(VerifyError::ReplayedAttributes)));
}

#[test]
fn cm25_attributes_signed_out_of_order_are_refused() {
    refused!(|forge| forge.attributes.as_mut().unwrap().swap(1, 2), VerifyError::UnsortedAttributes);
}

#[test]
fn cm26_doubled_attributes_and_values_are_refused() {
    refused!(
        |forge| {
            let attributes = forge.attributes.as_mut().unwrap();
            attributes.insert(0, attribute(CONTENT_TYPE, &[DATA]));
        },
        VerifyError::DoubledAttribute { .. }
    );
    refused!(
        |forge| forge.attributes.as_mut().unwrap()[0] = attribute(CONTENT_TYPE, &[DATA, VOUCHER]),
        VerifyError::AttributeValues { values: 2, .. }
    );
    refused!(
        |forge| forge.attributes.as_mut().unwrap()[0] = attribute(CONTENT_TYPE, &[]),
        VerifyError::AttributeValues { values: 0, .. }
    );
}

#[test]
fn missing_and_malformed_attributes_are_refused() {
    refused!(
        |forge| drop(forge.attributes.as_mut().unwrap().remove(0)),
        VerifyError::AttributeMissing { .. }
    );
    refused!(|forge| drop(forge.attributes.as_mut().unwrap().pop()), VerifyError::AttributeMissing { .. });
    refused!(
        |forge| forge.attributes.as_mut().unwrap()[2] = attribute(MESSAGE_DIGEST, &[&tlv(12, &[&[7; 32]])]),
        VerifyError::AttributeForm { .. }
    );
    refused!(
        |forge| forge.attributes.as_mut().unwrap()[1] =
            attribute(SIGNING_TIME, &[b"\x18\x0f20261121203303Z"]),
        VerifyError::AttributeForm { .. }
    );
}

#[test]
fn cm27_ber_is_refused() {
    let pki = Pki::new(Kind::P256, false);
    let honest = pki.issue(Profile::Rfc8366, &voucher());
    let indefinite = [&[0x30, 0x80], &honest[4..], &[0, 0]].concat();
    assert!(matches!(judge(&pki, &indefinite), Err(VerifyError::NotDer(_))));
    let long = [&[0x30, 0x83, 0x00], &honest[2..]].concat();
    assert!(matches!(judge(&pki, &long), Err(VerifyError::NotDer(_))));
    // The version as an INTEGER of two octets.
    let mut forge = Forge::new(&pki, &voucher());
    forge.unsigned_attributes = vec![attribute(SIGNING_TIME, &[&[2, 2, 0, 3]])];
    assert!(matches!(judge(&pki, &forge.der()), Err(VerifyError::NotDer(_))));
    // The content in pieces, as streaming makes it.
    let pieces = tlv(0x24, &[&tlv(4, &[b"{}"])]);
    forge.unsigned_attributes = vec![attribute(SIGNING_TIME, &[&pieces])];
    assert!(matches!(judge(&pki, &forge.der()), Err(VerifyError::NotDer(_))));
}

#[test]
fn octets_after_the_voucher_are_refused() {
    let pki = Pki::new(Kind::P256, false);
    let longer = [pki.issue(Profile::Rfc8366, &voucher()), vec![0, 0]].concat();
    assert!(matches!(judge(&pki, &longer), Err(VerifyError::TrailingOctets { octets: 2 })));
}

#[test]
fn a_version_that_does_not_fit_the_content_type_is_refused() {
    refused!(|forge| forge.version = 1, VerifyError::Version { version: 1 });
    let pki = Pki::new(Kind::P256, false);
    let forged = Forge::of(&pki, voucher().to_json(), DATA).der();
    assert!(matches!(judge(&pki, &forged), Err(VerifyError::Version { version: 3 })));
    refused!(|forge| forge.signer_version = 3, VerifyError::SignerVersion { version: 3 });
}

#[test]
fn not_exactly_one_signer_is_refused() {
    refused!(|forge| forge.signers = 0, VerifyError::Signers { signers: 0 });
    refused!(|forge| forge.signers = 2, VerifyError::Signers { signers: 2 });
}

#[test]
fn a_signer_named_by_key_id_is_refused() {
    refused!(|forge| forge.signer_id = tlv(0x80, &[&[7; 20]]), VerifyError::SignerByKeyId);
}

#[test]
fn detached_content_is_refused() {
    refused!(|forge| forge.content = None, VerifyError::Detached);
}

#[test]
fn another_content_under_the_signature_is_refused() {
    refused!(|forge| forge.content.as_mut().unwrap().push(b'\n'), VerifyError::Digest);
}

#[test]
fn sha_1_and_unfitting_algorithms_are_refused() {
    refused!(|forge| forge.digest_algorithm = SHA1.to_vec(), VerifyError::Sha1);
    // ecdsa-with-SHA1
    refused!(
        |forge| forge.signature_algorithm = b"\x30\x09\x06\x07\x2a\x86\x48\xce\x3d\x04\x01".to_vec(),
        VerifyError::Sha1
    );
    // ecdsa-with-SHA384 over a SHA-256 digest
    refused!(|forge| forge.signature_algorithm[11] = 3, VerifyError::SignatureAlgorithm { .. });
    // ecdsa-with-SHA256 with NULL parameters
    refused!(
        |forge| forge.signature_algorithm = tlv(0x30, &[&forge.signature_algorithm[2..], &[5, 0]]),
        VerifyError::SignatureAlgorithm { .. }
    );
    // rsaEncryption with an elliptic key
    refused!(
        |forge| forge.signature_algorithm =
            b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00".to_vec(),
        VerifyError::Signature
    );
    refused!(|forge| forge.digest_algorithms = vec![SHA1.to_vec()], VerifyError::DigestAlgorithms);
    refused!(|forge| forge.digest_algorithms.clear(), VerifyError::DigestAlgorithms);
    refused!(|forge| forge.digest_algorithms.push(SHA1.to_vec()), VerifyError::DigestAlgorithms);
}

#[test]
fn attributes_without_end_are_not_looked_at() {
    let further = |n: u8| attribute(&[6, 3, 0x2a, 0x03, n], &[b"\x05\x00"]);
    let with = |attributes: u8| {
        let pki = Pki::new(Kind::P256, false);
        let mut forge = Forge::new(&pki, &voucher());
        let all = forge.attributes.as_mut().unwrap();
        all.extend((3..attributes).map(further));
        all.sort();
        judge(&pki, &forge.der()).map(|verified| verified.notes.len())
    };
    assert_eq!(with(32).unwrap(), 29);
    assert!(matches!(with(33), Err(VerifyError::TooManyAttributes { attributes: 33 })));
}

#[test]
fn certificates_out_of_order_doubled_or_unreadable_are_refused() {
    refused!(|forge| forge.certificates.reverse(), VerifyError::UnsortedCertificates);
    refused!(
        |forge| forge.certificates.push(forge.certificates[1].clone()),
        VerifyError::UnsortedCertificates
    );
    refused!(|forge| forge.certificates.insert(0, vec![0x30, 0]), VerifyError::Certificate(_));
    refused!(
        |forge| forge.certificates.resize(11, vec![0x30, 0]),
        VerifyError::TooManyCertificates { certificates: 11 }
    );
}

#[test]
fn old_style_is_noted_and_refused_only_where_rfc_8366_is_demanded() {
    let pki = Pki::new(Kind::P256, true);
    let null_digest = b"\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00";
    let noted = |change: &dyn Fn(&mut Forge<'_>), note: Note| {
        let mut forge = Forge::new(&pki, &voucher());
        change(&mut forge);
        let der = forge.der();
        assert_eq!(judge(&pki, &der).unwrap().notes, std::slice::from_ref(&note));
        let demanded = VerifyOptions::at(now()).profile(Profile::Rfc8366);
        let refused = verify(&der, &pki.anchors(), &demanded);
        assert!(matches!(&refused, Err(VerifyError::OldStyle(found)) if *found == note), "{refused:?}");
    };
    noted(&|forge| drop(forge.attributes.as_mut().unwrap().remove(1)), Note::NoSigningTime);
    noted(&|forge| forge.digest_algorithm = null_digest.to_vec(), Note::NullDigestParameters);
    noted(&|forge| forge.digest_algorithms = vec![null_digest.to_vec()], Note::NullDigestParameters);
    noted(
        &|forge| forge.unsigned_attributes = vec![attribute(SIGNING_TIME, &[b"\x05\x00"])],
        Note::UnsignedAttributes,
    );
    let capabilities = attribute(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0f", &[b"\x30\x00"]);
    noted(
        &|forge| {
            let attributes = forge.attributes.as_mut().unwrap();
            attributes.push(capabilities.clone());
            attributes.sort();
        },
        Note::FurtherAttribute { attribute: "S/MIME capabilities".into() },
    );
}

#[test]
fn cm28_the_demanded_profile_decides_about_id_data() {
    let pki = Pki::new(Kind::P256, false);
    let of = |made: Profile, wanted: Option<Profile>| {
        let mut options = VerifyOptions::at(now());
        options.profile = wanted;
        verify(&pki.issue(made, &voucher()), &pki.anchors(), &options)
    };
    assert_eq!(of(Profile::Rfc8366, None).unwrap().notes, []);
    assert_eq!(of(Profile::Pkcs7, None).unwrap().notes, [Note::IdData]);
    assert_eq!(of(Profile::Pkcs7, Some(Profile::Pkcs7)).unwrap().notes, []);
    assert!(matches!(of(Profile::Pkcs7, Some(Profile::Rfc8366)), Err(VerifyError::Profile { .. })));
    assert!(matches!(of(Profile::Rfc8366, Some(Profile::Pkcs7)), Err(VerifyError::Profile { .. })));
}

#[test]
fn vr15_the_serial_number_is_compared_byte_for_byte() {
    let pki = Pki::new(Kind::P256, false);
    let der = pki.issue(Profile::Rfc8366, &voucher());
    let with = |serial: &str| verify(&der, &pki.anchors(), &VerifyOptions::at(now()).serial(serial));
    assert_eq!(with("ABC101").unwrap().voucher, voucher());
    for other in ["abc101", " ABC101", "ABC102", ""] {
        assert!(matches!(with(other), Err(VerifyError::Serial { .. })), "{other}");
    }
}

#[test]
fn vr16_vr17_a_voucher_is_good_from_created_on_until_just_before_expires_on() {
    let pki = Pki::new(Kind::P256, false);
    let der = pki.issue(Profile::Rfc8366, &voucher());
    let on = |moment: &str| verify(&der, &pki.anchors(), &VerifyOptions::at(at(moment)));
    assert!(matches!(on("2026-11-21T20:33:03.123455Z"), Err(VerifyError::NotYetValid { .. })));
    assert!(on("2026-11-21T20:33:03.123456Z").is_ok());
    assert!(on("2027-04-30T23:59:59.999999Z").is_ok());
    assert!(matches!(on("2027-05-01T00:00:00Z"), Err(VerifyError::Expired { .. })));
}

#[test]
fn a_content_that_is_no_voucher_is_refused() {
    let pki = Pki::new(Kind::P256, false);
    for content in [&b""[..], b"{}", b"not json"] {
        let forged = Forge::of(&pki, content.to_vec(), VOUCHER).der();
        assert!(matches!(judge(&pki, &forged), Err(VerifyError::Content(_))));
    }
}
