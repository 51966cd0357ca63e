//! TPM identities in files (`standards.md`, TP02 to TP10): what is converted, and what is refused.

use base64::{Engine, engine::general_purpose::STANDARD};
use ovgs_domain::Endorsement;

use super::*;

/// The policy of the EK templates (TCG EK Credential Profile, appendix B): 32 octets, whatever they are.
const POLICY: [u8; 32] = [0x83; 32];

fn octets(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn sized(octets: &[u8]) -> Vec<u8> {
    [&u16::try_from(octets.len()).expect("short").to_be_bytes()[..], octets].concat()
}

/// A modulus of 2048 bits.
fn modulus() -> Vec<u8> {
    (0..=255_u8).map(|n| n.wrapping_mul(37) | 0x81).collect()
}

/// The SubjectPublicKeyInfo of that modulus with the exponent 65537, written out here once more.
fn rsa_spki() -> Vec<u8> {
    let head =
        b"\x30\x82\x01\x22\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x03\x82\x01\x0f\x00";
    octets(&[head, &pkcs1()])
}

fn pkcs1() -> Vec<u8> {
    octets(&[b"\x30\x82\x01\x0a\x02\x82\x01\x01\x00", &modulus(), b"\x02\x03\x01\x00\x01"])
}

/// The public area of an RSA endorsement key: template L-1, exponent 0.
fn rsa_area(exponent: u32) -> Vec<u8> {
    octets(&[
        b"\x00\x01\x00\x0b\x00\x03\x00\xb2",
        &sized(&POLICY),
        b"\x00\x06\x00\x80\x00\x43\x00\x10\x08\x00",
        &exponent.to_be_bytes(),
        &sized(&modulus()),
    ])
}

/// The public area of an endorsement key on P-256: template L-2; its point is that of [`KEY`].
fn ec_area(curve: u8) -> Vec<u8> {
    let key = STANDARD.decode(KEY).expect("base64");
    let (x, y) = key[key.len() - 64..].split_at(32);
    octets(&[
        b"\x00\x23\x00\x0b\x00\x03\x00\xb2",
        &sized(&POLICY),
        b"\x00\x06\x00\x80\x00\x43\x00\x10\x00",
        &[curve],
        b"\x00\x10",
        &sized(x),
        &sized(y),
    ])
}

/// A key of TPM 1.2: RSA, OAEP, no signatures.
fn tpm_pubkey(exponent: &[u8]) -> Vec<u8> {
    let length = u32::try_from(exponent.len()).expect("short").to_be_bytes();
    let parameters = octets(&[&2048_u32.to_be_bytes(), &2_u32.to_be_bytes(), &length, exponent]);
    let size = u32::try_from(parameters.len()).expect("short").to_be_bytes();
    octets(&[b"\0\0\0\x01\0\x03\0\x01", &size, &parameters, &256_u32.to_be_bytes(), &modulus()])
}

fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ascii")).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// What is said of an import of one cell, and what is known afterwards.
async fn import_cell(column: &str, cell: &str) -> (String, Option<String>) {
    let vendor = Vendor::new().await;
    let said = vendor.import(format!("ien,serial_number,{column}\n30065,A1,\"{cell}\"\n")).await;
    let known = vendor.provisioning.show_component(&part("30065", "A1")).await.ok();
    let texts = known.map(|known| FactTexts::of(&known.component.facts));
    let cell = texts
        .and_then(|texts| Column::find(column).and_then(|column| texts.of_column(column).map(str::to_owned)));
    (said, cell)
}

async fn is_converted(column: &str, cell: &str, how: &str, kept: &[u8]) {
    let (said, known) = import_cell(column, cell).await;
    let expected = Tally { added: 1, converted: 1, ..Tally::default() };
    assert_eq!(said, format!("line 2, {column}: {how}\n{expected:?}"), "{cell}");
    assert_eq!(known, Some(STANDARD.encode(kept)), "{cell}");
}

async fn is_refused(column: &str, cell: &str, why: &str) {
    let (said, known) = import_cell(column, cell).await;
    assert_eq!(said, format!("line 2, {column}: {why}\n{}", tally(0, 0, 0, 1)), "{cell}");
    assert_eq!(known, None);
}

#[tokio::test]
async fn tp01_a_key_in_the_form_that_is_kept_is_taken_without_a_word() {
    let (said, known) = import_cell("endorsement_key", &STANDARD.encode(rsa_spki())).await;
    assert_eq!((said, known), (tally(1, 0, 0, 0), Some(STANDARD.encode(rsa_spki()))));
}

#[tokio::test]
async fn tp02_other_forms_of_keys_are_converted_from_files() {
    for column in ["endorsement_key", "platform_primary_key"] {
        let made = "made a SubjectPublicKeyInfo of a PKCS #1 RSAPublicKey";
        is_converted(column, &STANDARD.encode(pkcs1()), made, &rsa_spki()).await;
        is_converted(column, &pem("PUBLIC KEY", &rsa_spki()), "taken out of PEM", &rsa_spki()).await;
        let both = format!("taken out of PEM, {made}");
        is_converted(column, &pem("RSA PUBLIC KEY", &pkcs1()), &both, &rsa_spki()).await;
        let in_base64 = STANDARD.encode(pem("PUBLIC KEY", &rsa_spki()));
        is_converted(column, &in_base64, "taken out of PEM", &rsa_spki()).await;
    }
}

#[tokio::test]
async fn tp02_private_keys_are_refused_loudly_and_get_nowhere() {
    let why = "is a private key, which nobody but its device may have; take it out of this data, treat it as disclosed, \
               and give the public key";
    let key = rcgen::KeyPair::generate().expect("a key");
    for column in ["endorsement_key", "ek_certificate", "platform_primary_key", "idevid_issuer"] {
        for cell in
            [STANDARD.encode(key.serialize_der()), key.serialize_pem(), STANDARD.encode(key.serialize_pem())]
        {
            is_refused(column, &cell, why).await;
        }
    }
    is_refused("endorsement_key", "MHcCAQEEIA==...", "is not base64 with padding on one line").await;
}

#[tokio::test]
async fn tp03_the_public_area_of_a_tpm_is_converted() {
    let made = "made a SubjectPublicKeyInfo of a TPM2B_PUBLIC";
    for exponent in [0, 65537] {
        let area = STANDARD.encode(sized(&rsa_area(exponent)));
        is_converted("endorsement_key", &area, made, &rsa_spki()).await;
    }
    let key = STANDARD.decode(KEY).expect("base64");
    is_converted("platform_primary_key", &STANDARD.encode(sized(&ec_area(3))), made, &key).await;
    let made = "made a SubjectPublicKeyInfo of a TPMT_PUBLIC";
    is_converted("endorsement_key", &STANDARD.encode(rsa_area(0)), made, &rsa_spki()).await;
    is_converted("endorsement_key", &STANDARD.encode(ec_area(3)), made, &key).await;
    let made = "made a SubjectPublicKeyInfo of a TPM_PUBKEY of TPM 1.2";
    for exponent in [&b""[..], b"\x01\0\x01"] {
        is_converted("endorsement_key", &STANDARD.encode(tpm_pubkey(exponent)), made, &rsa_spki()).await;
    }
}

#[tokio::test]
async fn tp03_public_areas_that_are_not_whole_or_of_no_known_kind_are_refused() {
    let unreadable = "is a TPM2B_PUBLIC that cannot be read";
    let area = rsa_area(0);
    is_refused("endorsement_key", &STANDARD.encode(sized(&area[..area.len() - 1])), unreadable).await;
    is_refused("endorsement_key", &STANDARD.encode(sized(&octets(&[&area, &[0]]))), unreadable).await;
    let unknown =
        "is a TPM2B_PUBLIC of a kind that is no RSA key and of none of the curves P-256, P-384 and P-521";
    is_refused("endorsement_key", &STANDARD.encode(sized(&ec_area(0x20))), unknown).await;
    let off = "is a public key that cannot be used: it is not a point of its curve";
    is_refused("endorsement_key", &STANDARD.encode(sized(&ec_area(4))), off).await;
    let mut pubkey = tpm_pubkey(b"");
    pubkey.pop();
    is_refused("endorsement_key", &STANDARD.encode(pubkey), "is a TPM_PUBKEY of TPM 1.2 that cannot be read")
        .await;
}

#[tokio::test]
async fn tp05_a_compressed_point_is_written_out() {
    let key = STANDARD.decode(KEY).expect("base64");
    let (x, y) = key[key.len() - 64..].split_at(32);
    let head = b"\x30\x39\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x22\x00";
    let compressed = octets(&[head, &[2 + y[31] % 2], x]);
    let how = "respelled as keys are kept, points uncompressed and RSA as rsaEncryption";
    is_converted("platform_primary_key", &STANDARD.encode(compressed), how, &key).await;
}

#[tokio::test]
async fn tp06_dumps_of_nv_memory_are_converted() {
    let der = STANDARD.decode(fixtures::certificate()).expect("base64");
    let cut = "header of a TPM's NV index cut off";
    let padding = "padding cut off";
    let header = |inside: &[u8]| octets(&[b"\x10\x01\x00", &sized(inside)]);
    let pem = pem("CERTIFICATE", &der);
    let dumps = [
        (octets(&[&der, &[0xff; 700]]), padding.to_owned()),
        (octets(&[&der, &[0]]), padding.to_owned()),
        (header(&der), cut.to_owned()),
        (octets(&[&header(&der), &[0xff; 700]]), cut.to_owned()),
        (header(&octets(&[b"\x10\x02", &der])), cut.to_owned()),
        (header(&octets(&[&der, &[0xff; 9]])), format!("{cut}, {padding}")),
        (octets(&[&der, &vec![0xff; 20_000]]), padding.to_owned()),
    ];
    for (dump, how) in dumps {
        is_converted("ek_certificate", &STANDARD.encode(dump), &how, &der).await;
    }
    is_converted("ek_certificate", &pem, "taken out of PEM", &der).await;
    let bad = [octets(&[&der, &[0xff, 0]]), octets(&[&der, &der]), header(&der[1..]), vec![0xff; 1600]];
    for bad in bad {
        let why = "is not exactly one X.509 certificate in DER";
        is_refused("ek_certificate", &STANDARD.encode(bad), why).await;
    }
}

fn certificate(special: impl FnOnce(&mut rcgen::CertificateParams)) -> String {
    let mut params = rcgen::CertificateParams::new(Vec::<String>::new()).expect("parameters");
    special(&mut params);
    let key = rcgen::KeyPair::generate().expect("a key");
    STANDARD.encode(params.self_signed(&key).expect("signed").der())
}

#[tokio::test]
async fn tp08_ca_certificates_are_refused_and_odd_ones_taken_with_a_warning() {
    let ca = certificate(|params| params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained));
    let why = "is the certificate of a CA; give the one that the CA issued for the TPM's endorsement key";
    is_refused("ek_certificate", &ca, why).await;
    let attestation = vec![2, 23, 133, 8, 3];
    let odd = certificate(|params| {
        params.not_after = rcgen::date_time_ymd(2001, 1, 1);
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::Other(attestation)];
    });
    let (said, known) = import_cell("ek_certificate", &odd).await;
    expect![[r#"
        line 2, ek_certificate: is for an attestation key (EKU 2.23.133.8.3), not for an endorsement key
        line 2, ek_certificate: expired at 2001-01-01T00:00:00Z
        Tally { added: 1, updated: 0, unchanged: 0, refused: 0, converted: 0 }"#]]
    .assert_eq(&said);
    assert_eq!(known, Some(odd));
}

#[tokio::test]
async fn tp09_a_key_and_a_certificate_in_one_row_are_refused() {
    let vendor = Vendor::new().await;
    let file = format!(
        "ien,serial_number,endorsement_key,ek_certificate\n30065,A1,{KEY},{}\n",
        fixtures::certificate()
    );
    expect![[r#"
        line 2, ek_certificate: stands beside an `endorsement_key`; leave one of the two empty
        Tally { added: 0, updated: 0, unchanged: 0, refused: 1, converted: 0 }"#]]
    .assert_eq(&vendor.import(&file).await);
}

#[tokio::test]
async fn tp10_a_part_without_a_tpm_has_no_endorsement() {
    let vendor = Vendor::new().await;
    vendor.import("ien,serial_number,endorsement_key,ek_certificate\n30065,A1,,\n").await;
    let part = vendor.provisioning.show_component(&part("30065", "A1")).await.expect("a part");
    assert_eq!(part.component.facts.endorsement, None::<Endorsement>);
}

#[tokio::test]
async fn what_was_converted_is_unchanged_the_second_time_and_nothing_more_is_said() {
    let vendor = Vendor::new().await;
    let file =
        format!("ien,serial_number,endorsement_key\n30065,A1,{}\n", STANDARD.encode(sized(&rsa_area(0))));
    assert!(vendor.import(&file).await.contains("TPM2B_PUBLIC"));
    assert_eq!(vendor.import(&file).await, tally(0, 0, 1, 0));
}
