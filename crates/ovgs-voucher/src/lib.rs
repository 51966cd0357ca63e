//! RFC 8366 ownership vouchers: build, sign, assemble, verify.
//!
//! A voucher is a manufacturer's signed word that one device belongs to one owner: JSON
//! (`ietf-voucher:voucher`) in a CMS SignedData in DER. This crate writes vouchers that the devices of every
//! known vendor accept, and judges vouchers more strictly than `openssl cms -verify` does.
//!
//! # Issuing and verifying
//!
//! ```
//! use chrono::{DateTime, Utc};
//! # #[cfg(feature = "aws-lc")]
//! use ovgs_voucher::FileSigner;
//! # #[cfg(not(feature = "aws-lc"))]
//! # use ovgs_voucher::RustCryptoSigner as FileSigner;
//! use ovgs_voucher::{
//!     Assertion, PinnedCert, Profile, SigningChain, Template, TrustAnchors, VerifyOptions, Voucher,
//!     VoucherSigner, check, verify,
//! };
//!
//! # use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
//! # use std::{fs, os::unix::fs::PermissionsExt};
//! # let mut root = CertificateParams::default();
//! # root.distinguished_name.push(DnType::CommonName, "Voucher Root");
//! # root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
//! # let root = CertifiedIssuer::self_signed(root, KeyPair::generate()?)?;
//! # let mut leaf = CertificateParams::default();
//! # leaf.distinguished_name.push(DnType::CommonName, "Voucher Signer");
//! # leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
//! # let key = KeyPair::generate()?;
//! # let chain_pem = leaf.signed_by(&key, &root)?.pem() + &root.pem();
//! # let domain_certificate = root.der().to_vec();
//! # let folder = tempfile::tempdir()?;
//! # let key_file = folder.path().join("voucher.key");
//! # fs::write(&key_file, key.serialize_pem())?;
//! # fs::set_permissions(&key_file, fs::Permissions::from_mode(0o600))?;
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let now: DateTime<Utc> = "2026-11-21T20:33:03.123456Z".parse()?;
//!
//! // Once, at start: the key, its chain up to the root, and whether devices will accept what it signs.
//! let signer = FileSigner::load(&key_file)?;
//! let chain = SigningChain::from_pem(chain_pem.as_bytes())?;
//! for warning in check(&chain, &signer, now).await? {
//!     eprintln!("warning: {warning}");
//! }
//! let template = Template::new(&chain, Profile::Rfc8366, signer.algorithm())?;
//!
//! // Per domain certificate: its base64 is made once.
//! let pinned = PinnedCert::from_der(domain_certificate)?;
//!
//! // Per voucher.
//! let voucher = Voucher::builder(now, Assertion::Verified, "ABC101", pinned)
//!     .expires_on("2027-05-01T00:00:00Z".parse()?)
//!     .revocation_checks(true)
//!     .build()?;
//! let der = template.issue(&voucher, &signer).await?;
//!
//! // Anywhere, with nothing but the root.
//! let anchors = TrustAnchors::new([chain.root().clone()]);
//! let verified = verify(&der, &anchors, &VerifyOptions::at(now).serial("ABC101").profile(Profile::Rfc8366))?;
//! assert_eq!(verified.voucher, voucher);
//! assert_eq!(verified.content, voucher.to_json());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it deliberately is not
//!
//! No service, store or policy: who may have a voucher, for how long and for which device, is the caller's to
//! decide. No clock: every moment is an argument. No cryptography of its own: aws-lc-rs computes, behind the
//! feature `aws-lc` (on by default), or the crates of RustCrypto behind `rustcrypto`, for builds without a C
//! compiler; without either vouchers can still be built, prepared, assembled around the signature of a
//! [`VoucherSigner`] of one's own, and inspected. No network: revocation is judged by lists ([`Crl`]) embedded
//! in the voucher or given. No vouchers in JWS or COSE, and no voucher requests.
//!
//! # Where to start reading
//!
//! [`Voucher`] is the artifact. [`Template`] makes CMS objects in two halves, around a [`VoucherSigner`]; a
//! batch of vouchers is signed on all cores through [`VoucherSigner::local`] and [`Template::issue_now`].
//! [`verify()`] judges, with one [`VerifyError`] for each way to be wrong and a [`Note`] for each oddity;
//! [`inspect()`] only looks. [`bootstrap()`] is the device's side: voucher, owner certificate and conveyed
//! information together. A signer of one's own is shown at [`VoucherSigner`]. A key in a security module signs
//! through `Pkcs11Signer`, with feature `pkcs11`. Who writes a signer holds it against the `contract`, which the
//! feature of that name brings; who takes signatures from elsewhere asks `Certificate::has_signed` about each.

#![cfg_attr(
    not(any(feature = "aws-lc", feature = "rustcrypto")),
    expect(dead_code, reason = "what only a verifier reads waits for a backend that verifies")
)]

mod voucher;

mod algorithm;
mod certificate;
mod crl;
#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
mod device;
mod error;
mod input;
mod profile;
mod signing;
mod verify;

#[cfg(all(feature = "contract", any(feature = "aws-lc", feature = "rustcrypto")))]
pub mod contract;

mod cms;
mod crypto;
mod echo;
mod oid;
#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
mod path;
mod pem;
#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
mod revocation;
mod signed;

#[cfg(feature = "aws-lc")]
pub use self::signing::FileSigner;
#[cfg(any(feature = "aws-lc", feature = "rustcrypto", feature = "pkcs11"))]
pub use self::signing::Passphrase;
#[cfg(feature = "rustcrypto")]
pub use self::signing::RustCryptoSigner;
pub use self::{
    algorithm::{KeyKind, SignatureAlgorithm},
    certificate::Certificate,
    crl::Crl,
    error::{ChainFault, Invalid, IssueError, SetupError, SignerError, VerifyError},
    input::voucher_der,
    profile::Profile,
    signing::{LocalSigner, Prepared, SignedAttributes, SigningChain, Template, VoucherSigner},
    verify::{Inspection, Note, SignerSummary, TrustAnchors, inspect},
    voucher::{Assertion, IdevidIssuer, Leniency, PinnedCert, Voucher, VoucherBuilder},
};
#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
pub use self::{
    device::{Bootstrapped, BootstrappingData, Conveyed, ConveyedFormat, Device, DeviceNote, bootstrap},
    error::DeviceError,
    revocation::RevocationChecks,
    signing::{Warning, check},
    verify::{Verified, VerifyOptions, verify},
};
#[cfg(feature = "pkcs11")]
pub use self::{
    error::Pkcs11Error,
    signing::{Pkcs11Key, Pkcs11Module, Pkcs11Modules, Pkcs11Signer},
};
