//! The voucher itself: the leaves of `ietf-voucher@2018-05-09`.

mod date;
mod idevid;
mod json;
mod pinned;
mod read;

use chrono::{DateTime, Utc};

pub use self::{idevid::IdevidIssuer, pinned::PinnedCert, read::Leniency};
use crate::Invalid;

/// How the manufacturer came to assign the device to its owner (RFC 8366 §5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Assertion {
    /// The ownership was positively verified, for instance through the sale.
    Verified,
    /// The voucher was issued without checking the ownership, and logged.
    Logged,
    /// The device was shown to be near the owner's registrar.
    Proximity,
}

impl Assertion {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Logged => "logged",
            Self::Proximity => "proximity",
        }
    }

    /// The assertion of this name on the wire.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Verified, Self::Logged, Self::Proximity]
            .into_iter()
            .find(|assertion| assertion.as_str() == name)
    }
}

/// An ownership voucher of RFC 8366 §5.3, each of its rules kept by construction.
///
/// Made by [`Voucher::builder`] or read from JSON. Times are in UTC and hold whole microseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voucher {
    created_on: DateTime<Utc>,
    expires_on: Option<DateTime<Utc>>,
    assertion: Option<Assertion>,
    serial_number: String,
    idevid_issuer: Option<IdevidIssuer>,
    pinned_domain_cert: PinnedCert,
    revocation_checks: Option<bool>,
    nonce: Option<Vec<u8>>,
    last_renewal_date: Option<DateTime<Utc>>,
}

impl Voucher {
    /// Begins a voucher with the leaves that every voucher has.
    ///
    /// `created_on` is floored to the microsecond, never rounded up: a device refuses vouchers from its
    /// future.
    pub fn builder(
        created_on: DateTime<Utc>,
        assertion: Assertion,
        serial_number: impl Into<String>,
        pinned_domain_cert: PinnedCert,
    ) -> VoucherBuilder {
        VoucherBuilder(Self {
            created_on,
            expires_on: None,
            assertion: Some(assertion),
            serial_number: serial_number.into(),
            idevid_issuer: None,
            pinned_domain_cert,
            revocation_checks: None,
            nonce: None,
            last_renewal_date: None,
        })
    }

    /// Reads the JSON of a voucher in the form that [`to_json`](Self::to_json) writes; the members may come
    /// in any order.
    ///
    /// # Errors
    /// [`Invalid`] for everything else, also for what [`from_json_lenient`](Self::from_json_lenient) puts up
    /// with.
    pub fn from_json(json: &[u8]) -> Result<Self, Invalid> {
        let (voucher, leniencies) = read::read(json)?;
        match leniencies.into_iter().next() {
            Some(leniency) => Err(Invalid::OldStyle(leniency)),
            None => Ok(voucher),
        }
    }

    /// Reads the JSON of a voucher as vendors really write it, and says what had to be overlooked.
    ///
    /// # Errors
    /// [`Invalid`] for what no [`Leniency`] covers: a missing leaf, a doubled member, a rule of RFC 8366 not
    /// kept.
    pub fn from_json_lenient(json: &[u8]) -> Result<(Self, Vec<Leniency>), Invalid> {
        read::read(json)
    }

    /// The voucher as JSON in UTF-8 on one line, exactly the octets to be signed.
    ///
    /// Members stand in the order of the YANG module, times are in UTC with `Z` and six digits, binary is
    /// padded standard base64 (RFC 7951 §6.6), and the revocation flag a JSON boolean (RFC 7951 §6.3).
    pub fn to_json(&self) -> Vec<u8> {
        json::write(self)
    }

    /// When the voucher was created.
    pub fn created_on(&self) -> DateTime<Utc> {
        self.created_on
    }

    /// When the voucher ends; none means never.
    pub fn expires_on(&self) -> Option<DateTime<Utc>> {
        self.expires_on
    }

    /// How ownership was established; none only in a voucher read leniently whose assertion was the empty
    /// text.
    pub fn assertion(&self) -> Option<Assertion> {
        self.assertion
    }

    /// The serial number of the one device this voucher is for.
    pub fn serial_number(&self) -> &str {
        &self.serial_number
    }

    /// The issuer of the device's IDevID, where serial numbers alone are not unique.
    pub fn idevid_issuer(&self) -> Option<&IdevidIssuer> {
        self.idevid_issuer.as_ref()
    }

    /// The certificate the device shall trust.
    pub fn pinned_domain_cert(&self) -> &PinnedCert {
        &self.pinned_domain_cert
    }

    /// Whether the device must (`true`) or must not (`false`) check the revocation of the owner's
    /// certificates; none leaves it to the device's ordinary behaviour.
    pub fn revocation_checks(&self) -> Option<bool> {
        self.revocation_checks
    }

    /// The nonce the device must have made, 8 to 32 octets.
    pub fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }

    /// Until when the manufacturer means to renew the voucher; informative.
    pub fn last_renewal_date(&self) -> Option<DateTime<Utc>> {
        self.last_renewal_date
    }

    fn checked(mut self) -> Result<Self, Invalid> {
        self.created_on = date::floor(self.created_on, "created-on")?;
        self.expires_on = self.expires_on.map(|at| date::floor(at, "expires-on")).transpose()?;
        self.last_renewal_date =
            self.last_renewal_date.map(|at| date::floor(at, "last-renewal-date")).transpose()?;
        if self.serial_number.is_empty() {
            return Err(Invalid::EmptySerial);
        }
        if let Some(nonce) = &self.nonce {
            if !(8..=32).contains(&nonce.len()) {
                return Err(Invalid::NonceLength { octets: nonce.len() });
            }
            if self.expires_on.is_some() {
                return Err(Invalid::NonceWithExpiry);
            }
        }
        if self.last_renewal_date.is_some() && self.expires_on.is_none() {
            return Err(Invalid::RenewalWithoutExpiry);
        }
        Ok(self)
    }
}

/// A voucher in the making; see [`Voucher::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct VoucherBuilder(Voucher);

impl VoucherBuilder {
    /// Lets the voucher end at `at`, floored to the microsecond. Not together with a nonce.
    pub fn expires_on(mut self, at: DateTime<Utc>) -> Self {
        self.0.expires_on = Some(at);
        self
    }

    /// Names the issuer of the device's IDevID; needed where serial numbers are not unique under the signer's
    /// root.
    pub fn idevid_issuer(mut self, issuer: IdevidIssuer) -> Self {
        self.0.idevid_issuer = Some(issuer);
        self
    }

    /// Says that the device must (`true`) or must not (`false`) check revocation.
    pub fn revocation_checks(mut self, checks: bool) -> Self {
        self.0.revocation_checks = Some(checks);
        self
    }

    /// Binds the voucher to a device's nonce of 8 to 32 octets. Not together with `expires_on`.
    pub fn nonce(mut self, nonce: impl Into<Vec<u8>>) -> Self {
        self.0.nonce = Some(nonce.into());
        self
    }

    /// Announces renewals until `at`. Only together with `expires_on`.
    pub fn last_renewal_date(mut self, at: DateTime<Utc>) -> Self {
        self.0.last_renewal_date = Some(at);
        self
    }

    /// The finished voucher.
    ///
    /// # Errors
    /// [`Invalid`] if a rule of RFC 8366 §5.3 is not kept: a nonce of a wrong length or beside `expires-on`,
    /// a `last-renewal-date` without `expires-on`, an empty serial number, or a year that four digits cannot
    /// write.
    pub fn build(self) -> Result<Voucher, Invalid> {
        self.0.checked()
    }
}
