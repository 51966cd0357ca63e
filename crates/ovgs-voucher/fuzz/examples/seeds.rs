//! Writes what the corpora begin with; and before that, unless they are there, the parties' certificates and keys.

use std::{fs, path::Path};

use der::Tag;
use ovgs_voucher::{
    BootstrappingData, Certificate, Profile, Template, VerifyOptions, VoucherSigner as _, bootstrap, verify,
};
use ovgs_voucher_fuzz::{Artifacts, Body, Element, INFORMATION, Scene, now, resign, vouchers};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType, IsCa,
    KeyIdMethod, KeyPair, KeyUsagePurpose, date_time_ymd,
};

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    if std::env::args().any(|argument| argument == "--new-keys") {
        make_pki(&folder.join("pki"));
        println!("new keys: build again to write seeds with them");
        return;
    }
    let corpus = folder.join("corpus");
    write_all(&corpus.join("voucher_json"), &json());
    let vouchers = signed();
    vouchers.iter().for_each(|voucher| assert_accepted(voucher));
    write_all(&corpus.join("verify"), &vouchers);
    write_all(&corpus.join("resigned"), &vouchers);
    let mut files = vouchers.clone();
    files.extend([owner_certificate(true), owner_certificate(false)]);
    files.extend([conveyed(CONVEYED_JSON), conveyed(CONVEYED_XML)]);
    files.extend(Scene::get().owner.iter().map(|certificate| certificate.der().to_vec()));
    files.extend(Scene::get().crls.iter().map(|list| list.der().to_vec()));
    files.push(include_bytes!("../pki/root.pem").to_vec());
    files.push(include_bytes!("../pki/owner-crls.pem").to_vec());
    write_all(&corpus.join("cms"), &files);
    write_all(&corpus.join("bootstrap"), &artifacts(&vouchers));
    println!("seeds are in {}", corpus.display());
}

/// A seed that is refused would lead nowhere.
fn assert_accepted(voucher: &[u8]) {
    let scene = Scene::get();
    verify(voucher, &scene.anchors, &VerifyOptions::at(now())).unwrap();
    for (owner, conveyed) in [
        (owner_certificate(true), conveyed(CONVEYED_JSON)),
        (owner_certificate(true), conveyed(CONVEYED_XML)),
    ] {
        let data = BootstrappingData { voucher, owner_certificate: &owner, conveyed_information: &conveyed };
        assert_eq!(bootstrap(&data, &scene.device(true)).unwrap().notes, []);
    }
}

fn write_all(folder: &Path, seeds: &[Vec<u8>]) {
    fs::create_dir_all(folder).unwrap();
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(folder.join(format!("seed-{number:02}")), seed).unwrap();
    }
}

/// Our own way to write, and those of others.
fn json() -> Vec<Vec<u8>> {
    let ours: Vec<String> =
        vouchers().iter().map(|voucher| String::from_utf8(voucher.to_json()).unwrap()).collect();
    let first = &ours[0];
    let others = [
        first.replace(":true", ":\"true\""),
        first.replace("\"verified\"", "\"\""),
        first.replace(".123456Z", "+02:00"),
        first.replace('=', ""),
        first.replace('+', "-").replace('/', "_"),
        first.replace("}}", ",\"further\":[null,1,{}]}}"),
    ];
    ours.iter().chain(&others).map(|json| json.clone().into_bytes()).collect()
}

fn signed() -> Vec<Vec<u8>> {
    let scene = Scene::get();
    let profiles = [Profile::Rfc8366, Profile::Pkcs7];
    let template = |profile| Template::new(&scene.chain, profile, scene.signer.algorithm()).unwrap();
    let issue = |profile| {
        vouchers().into_iter().map(move |v| template(profile).issue_now(&v, &scene.signer).unwrap())
    };
    profiles.into_iter().flat_map(issue).collect()
}

const DATA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
const VOUCHER: [u8; 11] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 40];
const CONVEYED_XML: [u8; 11] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 42];
const CONVEYED_JSON: [u8; 11] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 43];

/// A voucher made into conveyed information of the owner.
fn conveyed(content_type: [u8; 11]) -> Vec<u8> {
    let scene = Scene::get();
    let chain = ovgs_voucher::SigningChain::new(scene.owner.clone()).unwrap();
    let template = Template::new(&chain, Profile::Rfc8366, scene.owner_key.algorithm()).unwrap();
    let voucher = template.issue_now(&vouchers()[0], &scene.owner_key).unwrap();
    let mut tree = Element::read(&voucher).unwrap();
    for index in 0..tree.count() {
        let element = tree.nth(index).unwrap();
        if matches!(&element.body, Body::Octets(octets) if *octets == VOUCHER) {
            element.body = Body::Octets(content_type.to_vec());
        }
    }
    tree.at_mut(&[1, 0, 2, 1, 0]).unwrap().body = Body::Octets(INFORMATION.to_vec());
    resign(&tree.write(), &scene.owner_key).unwrap().der
}

/// A SignedData without signers (RFC 8572 §3.2).
fn owner_certificate(with_lists: bool) -> Vec<u8> {
    let scene = Scene::get();
    let raw =
        |octets: &[Vec<u8>]| octets.iter().filter_map(|octets| Element::read(octets)).collect::<Vec<_>>();
    let mut certificates: Vec<_> = scene.owner.iter().map(|c: &Certificate| c.der().to_vec()).collect();
    certificates.sort();
    let mut lists: Vec<_> = scene.crls.iter().map(|list| list.der().to_vec()).collect();
    lists.sort();
    let mut tree = Element::read(&conveyed(CONVEYED_JSON)).unwrap();
    let parts = tree.at_mut(&[1, 0]).unwrap().elements_mut().unwrap();
    parts[0].body = Body::Octets(vec![1]);
    parts[1].body = Body::Elements(vec![]);
    let data = Element { tag: Tag::ObjectIdentifier, body: Body::Octets(DATA.to_vec()) };
    parts[2].body = Body::Elements(vec![data]);
    parts[3].body = Body::Elements(raw(&certificates));
    parts.last_mut().unwrap().body = Body::Elements(vec![]);
    if with_lists {
        let tag = Tag::ContextSpecific { constructed: true, number: der::TagNumber::N1 };
        parts.insert(4, Element { tag, body: Body::Elements(raw(&lists)) });
    }
    tree.write()
}

fn artifacts(vouchers: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let (conveyed, xml) = (conveyed(CONVEYED_JSON), conveyed(CONVEYED_XML));
    let (owner, bare) = (owner_certificate(true), owner_certificate(false));
    let resigned = Artifacts::CLOCK | Artifacts::RESIGN_CONVEYED | Artifacts::RESIGN_VOUCHER;
    let flags = [Artifacts::CLOCK, resigned, 0];
    let input = |(number, voucher): (usize, &Vec<u8>)| {
        let (owner, conveyed) = if number % 2 == 0 { (&owner, &conveyed) } else { (&bare, &xml) };
        let flags = flags[number % flags.len()];
        Artifacts { flags, voucher, owner_certificate: owner, conveyed_information: conveyed }.write()
    };
    vouchers.iter().enumerate().map(input).collect()
}

type Authority = CertifiedIssuer<'static, KeyPair>;

fn make_pki(folder: &Path) {
    let write = |name: &str, text: String| fs::write(folder.join(name), text).unwrap();
    let (signer, key, issuers) = party("Voucher");
    write("signer.pem", signer.clone() + &issuers[0].pem() + &issuers[1].pem());
    write("root.pem", issuers[1].pem());
    write("signer.key", key.serialize_pem());
    let (owner, key, issuers) = party("Domain");
    write("owner.pem", owner + &issuers[0].pem() + &issuers[1].pem());
    write("owner.key", key.serialize_pem());
    write(
        "owner-crls.pem",
        issuers.iter().map(|issuer| list().signed_by(issuer).unwrap().pem().unwrap()).collect(),
    );
}

/// A leaf under an intermediate under a root; the issuers from below.
fn party(name: &str) -> (String, KeyPair, [Authority; 2]) {
    let root =
        Authority::self_signed(params(&format!("{name} Root"), true), KeyPair::generate().unwrap()).unwrap();
    let issuer = params(&format!("{name} Issuing CA"), true);
    let issuer = Authority::signed_by(issuer, KeyPair::generate().unwrap(), &root).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = params(&format!("{name} Signer"), false).signed_by(&key, &issuer).unwrap();
    (leaf.pem(), key, [issuer, root])
}

fn params(name: &str, is_ca: bool) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = if is_ca { IsCa::Ca(BasicConstraints::Unconstrained) } else { IsCa::ExplicitNoCa };
    params.key_usages = if is_ca {
        vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign]
    } else {
        vec![KeyUsagePurpose::DigitalSignature]
    };
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2040, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params
}

fn list() -> CertificateRevocationListParams {
    CertificateRevocationListParams {
        this_update: date_time_ymd(2026, 11, 1),
        next_update: date_time_ymd(2027, 1, 1),
        crl_number: 1.into(),
        issuing_distribution_point: None,
        revoked_certs: vec![],
        key_identifier_method: KeyIdMethod::Sha256,
    }
}
