//! From a voucher to what the owner wants the device to do.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

use super::{Conveyed, Device, conveyed, owner};
use crate::{
    Certificate, DeviceError, Note, RevocationChecks, Verified, VerifyError, Voucher,
    cms::decode::SignedData,
    echo::echo,
    oid,
    verify::judge::{self, Demands},
};

/// The three artifacts of signed bootstrapping data in DER (RFC 8572 §3), none of them encrypted.
#[derive(Clone, Copy, Debug)]
pub struct BootstrappingData<'a> {
    /// Of the manufacturer: whose certificate the device shall trust.
    pub voucher: &'a [u8],
    /// Of the owner: the certificates from the one that signs up to the pinned one, as a SignedData without
    /// signers (RFC 8572 §3.2).
    pub owner_certificate: &'a [u8],
    /// Of the owner: what the device shall do, signed (RFC 8572 §3.1).
    pub conveyed_information: &'a [u8],
}

/// Bootstrapping data that a device may act on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Bootstrapped {
    /// The voucher, and who signed it.
    pub voucher: Verified,
    /// The way from the owner certificate to the pinned certificate, both included; one certificate where
    /// they are the same.
    pub owner: Vec<Certificate>,
    /// What the owner conveys.
    pub conveyed: Conveyed,
    /// What is odd about the owner's artifacts. What is odd about the voucher stands there.
    pub notes: Vec<DeviceNote>,
}

/// Something odd about an owner's artifacts that does not make them wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceNote {
    /// The owner certificate artifact is signed, as the one of OpenConfig Bootz is. RFC 8572 §3.2 has no signer
    /// there, and the signature means nothing.
    SignedOwnerCertificate,
    /// The owner certificate artifact has a content. RFC 8572 §3.2 has none there, and it means nothing.
    OwnerCertificateContent,
    /// The certificates of the owner certificate artifact are not in DER order, as those of
    /// `openssl crl2pkcs7` are not.
    UnsortedOwnerCertificates,
    /// The conveyed information is of an old style.
    Conveyed(Note),
}

impl fmt::Display for DeviceNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignedOwnerCertificate => f.write_str("the owner certificate artifact is signed"),
            Self::OwnerCertificateContent => f.write_str("the owner certificate artifact has a content"),
            Self::UnsortedOwnerCertificates => f.write_str("the owner certificates are not in DER order"),
            Self::Conveyed(note) => write!(f, "conveyed information: {note}"),
        }
    }
}

/// Judges signed bootstrapping data as a device has to, in the order of RFC 8572 §5.4.
///
/// The voucher is by somebody the device trusts, of this time, with an acceptable assertion, for this device,
/// and fits its IDevID and nonce; the owner certificate leads to the certificate pinned there, nothing on the
/// way being revoked as far as the voucher wants that checked; the conveyed information is signed with the
/// owner certificate. The first thing wrong is the end of it.
///
/// `domain-cert-revocation-checks` decides about the owner certificate and its issuers below the pinned one:
/// with `true` each needs a fresh list in the artifact or among the device's, with `false` lists are not looked
/// at, and without the leaf what a list names is refused and nothing else.
///
/// ```
/// use ovgs_voucher::{BootstrappingData, Device, DeviceError, TrustAnchors, bootstrap};
///
/// # fn device(anchors: TrustAnchors, now: chrono::DateTime<chrono::Utc>, voucher: &[u8], owner: &[u8], info: &[u8]) {
/// let device = Device::new("ABC101", anchors).clock(now);
/// let data = BootstrappingData { voucher, owner_certificate: owner, conveyed_information: info };
/// match bootstrap(&data, &device) {
///     Ok(accepted) => println!("{} octets from {:?}", accepted.conveyed.content.len(), accepted.owner.first()),
///     Err(DeviceError::Voucher(why)) => println!("not our manufacturer's word: {why}"),
///     Err(why) => println!("not our owner's word: {why}"),
/// }
/// # }
/// # let anchors = TrustAnchors::default();
/// # device(anchors, chrono::DateTime::UNIX_EPOCH, b"", b"", b"");
/// ```
///
/// # Errors
/// A [`DeviceError`] of its own for each way to be wrong.
pub fn bootstrap(data: &BootstrappingData<'_>, device: &Device) -> Result<Bootstrapped, DeviceError> {
    let verified = voucher(data.voucher, device)?;
    let mut notes = Vec::new();
    let (owners, lists) = owner::read(data.owner_certificate, &mut notes)?;
    let signed = conveyed::Signed::read(data.conveyed_information, &mut notes)?;
    let pinned = owner::pinned(&verified.voucher)?;
    let signer = signed.signer(&owners, &pinned)?.clone();
    let checks = checks(&verified.voucher);
    let lists = [lists, device.crls.clone()].concat();
    let owner = owner::path(&signer, &owners, &pinned, &lists, checks, device.clock)?;
    let conveyed = signed.accept(&signer)?;
    Ok(Bootstrapped { voucher: verified, owner, conveyed, notes })
}

/// Judges the voucher.
fn voucher(der: &[u8], device: &Device) -> Result<Verified, DeviceError> {
    refuse_encrypted(der, "voucher")?;
    let demands = Demands {
        at: device.clock,
        serial: Some(&device.serial),
        profile: None,
        crls: &device.crls,
        revocation: RevocationChecks::Known,
    };
    let verified = judge::judge(der, &device.anchors, &demands).map_err(DeviceError::Voucher)?;
    created_before(&verified.voucher, device.clock)?;
    acceptable(&verified.voucher, device)?;
    same_idevid_issuer(&verified.voucher, device)?;
    same_nonce(&verified.voucher, device)?;
    Ok(verified)
}

/// RFC 8572 §5.4 has created-on in the past, so not even now.
fn created_before(voucher: &Voucher, clock: Option<DateTime<Utc>>) -> Result<(), DeviceError> {
    if clock != Some(voucher.created_on()) {
        return Ok(());
    }
    let created_on = voucher.created_on().to_rfc3339_opts(SecondsFormat::Micros, true);
    Err(DeviceError::Voucher(VerifyError::NotYetValid { created_on }))
}

fn acceptable(voucher: &Voucher, device: &Device) -> Result<(), DeviceError> {
    let Some(acceptable) = &device.assertions else { return Ok(()) };
    if voucher.assertion().is_some_and(|assertion| acceptable.contains(&assertion)) {
        Ok(())
    } else {
        Err(DeviceError::Assertion { found: voucher.assertion().map_or("", |assertion| assertion.as_str()) })
    }
}

fn same_idevid_issuer(voucher: &Voucher, device: &Device) -> Result<(), DeviceError> {
    match (voucher.idevid_issuer(), &device.idevid_issuer) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(DeviceError::NoIdevid),
        (Some(wanted), Some(own)) if wanted.fits(own) => Ok(()),
        (Some(_), Some(_)) => Err(DeviceError::IdevidIssuer),
    }
}

fn same_nonce(voucher: &Voucher, device: &Device) -> Result<(), DeviceError> {
    match (voucher.nonce(), device.nonce.as_deref()) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(DeviceError::NoNonce),
        (Some(found), Some(made)) if found == made => Ok(()),
        (Some(_), Some(_)) => Err(DeviceError::Nonce),
    }
}

fn checks(voucher: &Voucher) -> RevocationChecks {
    match voucher.revocation_checks() {
        Some(true) => RevocationChecks::Required,
        Some(false) => RevocationChecks::Skipped,
        None => RevocationChecks::Known,
    }
}

/// RFC 8572 §3.4 lets each artifact be encrypted to the device; who calls us has decrypted them.
pub(super) fn refuse_encrypted(der: &[u8], artifact: &'static str) -> Result<(), DeviceError> {
    match SignedData::content_type_of(der) {
        Some(oid::ENVELOPED_DATA) => Err(DeviceError::Encrypted { artifact }),
        _ => Ok(()),
    }
}

/// A certificate's subject as an error repeats it.
pub(super) fn subject(certificate: &Certificate) -> String {
    echo(certificate.subject())
}
