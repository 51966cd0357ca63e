//! What a voucher costs against the bare signature of a message as long as what is signed in it.
//!
//! `cargo bench -p ovgs-voucher` prints both for each kind of key, with a pinned certificate of about 1 kB. The
//! two are measured in turn, in many short rounds, and of each the fastest rounds count: what else runs on
//! the machine slows both, and only ever down. Each line is JSON, for `cargo xtask bench`; all is on one core.

use std::{
    error::Error,
    hint::black_box,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use ovgs_voucher::{
    Assertion, FileSigner, LocalSigner as _, PinnedCert, Profile, SigningChain, Template, Voucher,
    VoucherSigner as _,
};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DnType, IsCa, KeyPair,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, SignatureAlgorithm,
};

/// How many rounds are measured.
const ROUNDS: usize = 400;

/// How long a round is meant to take.
const ROUND: Duration = Duration::from_millis(2);

/// The fastest of the rounds, in hundredths, whose mean is reported.
const FASTEST: usize = 25;

fn main() -> Result<(), Box<dyn Error>> {
    let pinned = pinned()?;
    for (name, algorithm) in [
        ("issue_p256", &PKCS_ECDSA_P256_SHA256),
        ("issue_p384", &PKCS_ECDSA_P384_SHA384),
        ("issue_rsa2048", &PKCS_RSA_SHA256),
    ] {
        measure(name, algorithm, &pinned)?;
    }
    Ok(())
}

/// Prints the line of one kind of key.
fn measure(
    name: &str,
    algorithm: &'static SignatureAlgorithm,
    pinned: &PinnedCert,
) -> Result<(), Box<dyn Error>> {
    let (signer, template) = issuer(algorithm)?;
    let now: DateTime<Utc> = "2026-11-21T20:33:03.123456Z".parse()?;
    let until: DateTime<Utc> = "2027-05-01T00:00:00Z".parse()?;
    let issue = || -> Result<Vec<u8>, Box<dyn Error>> {
        let voucher = Voucher::builder(black_box(now), Assertion::Verified, "ABC101", pinned.clone())
            .expires_on(until)
            .revocation_checks(true)
            .build()?;
        Ok(template.issue_now(&voucher, &signer)?)
    };
    let prepared = template.prepare(Vec::new(), now)?;
    let bare = || -> Result<Vec<u8>, Box<dyn Error>> { Ok(signer.sign_now(black_box(prepared.to_sign()))?) };

    let repeats = repeats(&bare)?;
    let (mut bares, mut issues) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bares.push(round(&bare, repeats)?);
        issues.push(round(&issue, repeats)?);
    }
    let (bare, voucher) = (fastest(bares), fastest(issues));
    let octets = prepared.to_sign().len();
    println!(
        r#"{{"name":"{name}","pinned_octets":{},"signed_octets":{octets},"bare_us":{bare:.3},"voucher_us":{voucher:.3}}}"#,
        pinned.der().len()
    );
    Ok(())
}

/// How often a round repeats `work`.
fn repeats(work: &dyn Fn() -> Result<Vec<u8>, Box<dyn Error>>) -> Result<u32, Box<dyn Error>> {
    let (started, mut repeats) = (Instant::now(), 0);
    while started.elapsed() < ROUND {
        black_box(work()?);
        repeats += 1;
    }
    Ok(repeats)
}

/// The microseconds that `work` takes in one round.
fn round(work: &dyn Fn() -> Result<Vec<u8>, Box<dyn Error>>, repeats: u32) -> Result<f64, Box<dyn Error>> {
    let started = Instant::now();
    for _ in 0..repeats {
        black_box(work()?);
    }
    Ok(started.elapsed().as_secs_f64() * 1e6 / f64::from(repeats))
}

/// The mean of the fastest rounds.
fn fastest(mut rounds: Vec<f64>) -> f64 {
    rounds.sort_by(f64::total_cmp);
    let count = ROUNDS * FASTEST / 100;
    rounds.iter().take(count).sum::<f64>() / count as f64
}

/// A signer under a root, with a template for its vouchers.
fn issuer(algorithm: &'static SignatureAlgorithm) -> Result<(FileSigner, Template), Box<dyn Error>> {
    let mut root = CertificateParams::default();
    root.distinguished_name.push(DnType::CommonName, "Voucher Root");
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate_for(algorithm)?)?;
    let key = KeyPair::generate_for(algorithm)?;
    let leaf = CertificateParams::default().signed_by(&key, &root)?;
    let chain = SigningChain::from_pem((leaf.pem() + &root.pem()).as_bytes())?;
    let signer = FileSigner::from_bytes(key.serialize_pem().as_bytes())?;
    let template = Template::new(&chain, Profile::Rfc8366, signer.algorithm())?;
    Ok((signer, template))
}

/// A domain certificate of about 1 kB, as one of an RSA-2048 CA is.
fn pinned() -> Result<PinnedCert, Box<dyn Error>> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Domain CA");
    let filling = [&[0x04, 0x82, 0x02, 0x80][..], &[7; 640]].concat();
    params.custom_extensions =
        vec![CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 32473, 1], filling)];
    let certificate = params.self_signed(&KeyPair::generate()?)?;
    Ok(PinnedCert::from_der(certificate.der().to_vec())?)
}
