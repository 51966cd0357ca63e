//! What a value is judged against beside its own form: the clock, the limits, the manufacturers served.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use ovgs_domain::{ComponentId, DomainCertificate, Ien, Invalid, floor_to_seconds};
use ovgs_voucher::PinnedCert;

use super::{AccountTerms, Service};
use crate::issuers::IssuerSet;

/// Bounds of calls (`limits.*`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest answer, in bytes; at least 64 KiB.
    pub max_response_bytes: usize,
    /// The most components of one batch.
    pub max_batch: usize,
    /// The longest voucher, from now; `None`: no bound but the certificate's.
    pub max_voucher_lifetime: Option<TimeDelta>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { max_response_bytes: 4 * 1024 * 1024, max_batch: 500, max_voucher_lifetime: None }
    }
}

/// Switches for clients that expect what the published interface leaves open (`compat.*`); all off by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compat {
    /// The manufacturer an empty `ien` means.
    pub default_ien: Option<Ien>,
    /// Whether an empty `group_id` in GetGroup means the caller's own organization's root.
    pub empty_group_is_root: bool,
    /// Whether GetGroup leaves the components out where they would not fit.
    pub truncate_group_components: bool,
}

/// The requested end of a voucher: in the future when it was read, floored to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime(DateTime<Utc>);

impl Lifetime {
    /// The second it ends.
    #[must_use]
    pub fn end(self) -> DateTime<Utc> {
        self.0
    }
}

/// At least one and at most `limits.max_batch` things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch<T>(Vec<T>);

impl<T> Batch<T> {
    /// The things.
    #[must_use]
    pub fn into_inner(self) -> Vec<T> {
        self.0
    }
}

/// The terms of one moment, from [`Service::terms`].
#[derive(Clone, Debug)]
pub struct Terms<'a> {
    service: &'a Service,
    issuers: Arc<IssuerSet>,
    now: DateTime<Utc>,
}

impl Service {
    /// The terms that values are read against now.
    #[must_use]
    pub fn terms(&self) -> Terms<'_> {
        Terms { service: self, issuers: self.issuers.current(), now: self.clock.now() }
    }
}

impl<'a> Terms<'a> {
    /// The moment.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The limits in force.
    #[must_use]
    pub fn limits(&self) -> &'a Limits {
        &self.service.limits
    }

    /// The bounds of account calls in force.
    #[must_use]
    pub fn accounts(&self) -> &'a AccountTerms {
        &self.service.accounts
    }

    /// The switches in force.
    #[must_use]
    pub fn compat(&self) -> &'a Compat {
        &self.service.compat
    }

    /// A manufacturer that some issuer serves, active or retired. An empty text means `compat.default_ien`, if set.
    ///
    /// # Errors
    /// [`Invalid`] if it is no enterprise number or not served.
    pub fn ien(&self, value: &str) -> Result<Ien, Invalid> {
        let ien = match (value, self.compat().default_ien) {
            ("", Some(default)) => default,
            _ => Ien::parse(value)?,
        };
        if self.issuers.serves(ien) { Ok(ien) } else { Err(Invalid::NotServed { ien }) }
    }

    /// The requested end of a voucher, floored to the second.
    ///
    /// # Errors
    /// [`Invalid`] if it is not after now, or beyond `limits.max_voucher_lifetime`.
    pub fn lifetime(&self, time: DateTime<Utc>) -> Result<Lifetime, Invalid> {
        let end = floor_to_seconds(self.future(floor_to_seconds(time))?);
        let latest = self.limits().max_voucher_lifetime.and_then(|max| self.now.checked_add_signed(max));
        match latest.map(floor_to_seconds) {
            Some(latest) if end > latest => Err(Invalid::TooFar { time: end, latest }),
            _ => Ok(Lifetime(end)),
        }
    }

    /// A time in the future.
    ///
    /// # Errors
    /// [`Invalid::Past`] if it is not.
    pub fn future(&self, time: DateTime<Utc>) -> Result<DateTime<Utc>, Invalid> {
        if time > self.now { Ok(time) } else { Err(Invalid::Past { time }) }
    }

    /// A certificate that has not expired, and that vouchers can pin.
    ///
    /// # Errors
    /// [`Invalid::Expired`] if it has, [`Invalid::Unpinnable`] if devices could not read it.
    pub fn unexpired(&self, certificate: DomainCertificate) -> Result<DomainCertificate, Invalid> {
        let not_after = certificate.not_after();
        if not_after <= self.now {
            return Err(Invalid::Expired { not_after });
        }
        // Whatever is taken here can be pinned later: a certificate must not fail only when its voucher is needed.
        match PinnedCert::from_der(&**certificate.der()) {
            Ok(_) => Ok(certificate),
            Err(reason) => Err(Invalid::Unpinnable { reason: reason.to_string() }),
        }
    }

    /// A batch of components.
    ///
    /// # Errors
    /// [`Invalid`] if it is empty or too large.
    pub fn batch(&self, components: Vec<ComponentId>) -> Result<Batch<ComponentId>, Invalid> {
        self.batch_size(components.len())?;
        Ok(Batch(components))
    }

    /// The size of a batch.
    ///
    /// # Errors
    /// [`Invalid`] if it is 0 or too large.
    pub fn batch_size(&self, count: usize) -> Result<(), Invalid> {
        let max = self.limits().max_batch;
        match count {
            0 => Err(Invalid::Empty),
            count if count > max => Err(Invalid::TooMany { count, max }),
            _ => Ok(()),
        }
    }
}
