//! Certification paths, RFC 5280 §6 as far as voucher signers need it.

use chrono::{DateTime, SecondsFormat, Utc};
use x509_cert::ext::pkix::KeyUsages;

use crate::{Certificate, ChainFault, algorithm::KeyKind, echo::echo, oid, signed::Misfit};

/// The longest path followed, signer and anchor included.
const LONGEST: usize = 8;

/// The most signatures checked for one path, so that crossed certificates cannot keep us busy.
const MOST_CHECKS: usize = 64;

/// The way from the signer to a trust anchor, both included.
///
/// At each step anchors are tried before `others`. Every certificate must be valid `at`, every issuer a CA
/// that may sign certificates and that did sign. Without a moment, dates are not looked at.
pub(crate) fn find(
    signer: &Certificate,
    others: &[Certificate],
    anchors: &[Certificate],
    at: Option<DateTime<Utc>>,
) -> Result<Vec<Certificate>, ChainFault> {
    usable(signer, at)?;
    let mut search = Search { others, anchors, at, path: vec![signer.clone()], checks: 0, fault: None };
    if anchors.contains(signer) || search.extend() {
        return Ok(search.path);
    }
    let end = search.path.last().unwrap_or(signer);
    Err(search.fault.unwrap_or_else(|| ChainFault::NoAnchor { issuer: echo(end.issuer()) }))
}

struct Search<'a> {
    others: &'a [Certificate],
    anchors: &'a [Certificate],
    at: Option<DateTime<Utc>>,
    path: Vec<Certificate>,
    checks: usize,
    /// The first thing that stopped a way from being gone.
    fault: Option<ChainFault>,
}

impl Search<'_> {
    /// Adds issuers until an anchor is reached; leaves the path as it was if none is.
    fn extend(&mut self) -> bool {
        let candidates = self.anchors.iter().map(|c| (c, true)).chain(self.others.iter().map(|c| (c, false)));
        for (issuer, is_anchor) in candidates {
            let Some(subject) = self.path.last() else { return false };
            if !subject.names_as_issuer(issuer) || self.path.contains(issuer) {
                continue;
            }
            if self.path.len() >= LONGEST || self.checks >= MOST_CHECKS {
                self.fault.get_or_insert(ChainFault::TooLong);
                return false;
            }
            self.checks += 1;
            if let Err(fault) = link(subject, issuer, intermediates(&self.path), self.at) {
                self.fault.get_or_insert(fault);
                continue;
            }
            self.path.push(issuer.clone());
            if is_anchor || self.extend() {
                return true;
            }
            self.path.pop();
        }
        if self.fault.is_none() {
            self.fault = self.path.last().map(|end| ChainFault::NoAnchor { issuer: echo(end.issuer()) });
        }
        false
    }
}

/// How many of these certificates a `pathLenConstraint` above them counts: all but the signer and self-issued
/// ones.
pub(crate) fn intermediates(below: &[Certificate]) -> usize {
    below.iter().skip(1).filter(|certificate| !certificate.is_self_issued()).count()
}

/// Whether `issuer` may issue, did issue `subject`, and is itself usable `at`; `below` counts intermediates
/// under it.
pub(crate) fn link(
    subject: &Certificate,
    issuer: &Certificate,
    below: usize,
    at: Option<DateTime<Utc>>,
) -> Result<(), ChainFault> {
    let name = || echo(issuer.subject());
    usable(issuer, at)?;
    match &issuer.extensions().basic_constraints {
        Some(constraints) if constraints.ca => {
            if constraints.path_len_constraint.is_some_and(|most| below > usize::from(most)) {
                return Err(ChainFault::PathLength { subject: name() });
            }
        }
        _ => return Err(ChainFault::NotACa { subject: name() }),
    }
    if issuer.extensions().key_usage.is_some_and(|usage| !usage.0.contains(KeyUsages::KeyCertSign)) {
        return Err(ChainFault::NotForCertificates { subject: name() });
    }
    signed_by(subject, issuer)
}

/// Whether the signature on `subject` is by `issuer`'s key, and by an algorithm we trust.
pub(crate) fn signed_by(subject: &Certificate, issuer: &Certificate) -> Result<(), ChainFault> {
    let name = || echo(subject.subject());
    strong(issuer)?;
    subject.signed().is_by(issuer).map_err(|misfit| match misfit {
        Misfit::Sha1 => ChainFault::Sha1 { subject: name() },
        Misfit::Algorithm => ChainFault::Algorithm { subject: name() },
        Misfit::Signature => ChainFault::Signature { subject: name(), issuer: echo(issuer.subject()) },
    })
}

/// What any certificate of a path must be: within its dates, with a strong key, and without demands we do not
/// understand.
pub(crate) fn usable(certificate: &Certificate, at: Option<DateTime<Utc>>) -> Result<(), ChainFault> {
    let subject = || echo(certificate.subject());
    if let Some(at) = at {
        in_time(certificate, at)?;
    }
    if let Some(extension) = &certificate.extensions().unprocessed {
        return Err(ChainFault::CriticalExtension { subject: subject(), extension: oid::name(extension) });
    }
    strong(certificate)
}

fn in_time(certificate: &Certificate, at: DateTime<Utc>) -> Result<(), ChainFault> {
    let subject = || echo(certificate.subject());
    let written = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    if at < certificate.not_before() {
        return Err(ChainFault::NotYetValid { subject: subject(), from: written(certificate.not_before()) });
    }
    // notAfter is the last second it is valid, all of it (RFC 5280 §4.1.2.5).
    if at.timestamp() > certificate.not_after().timestamp() {
        return Err(ChainFault::Expired { subject: subject(), on: written(certificate.not_after()) });
    }
    Ok(())
}

/// Whether the key is long enough to mean anything.
pub(crate) fn strong(certificate: &Certificate) -> Result<(), ChainFault> {
    match certificate.key_kind() {
        KeyKind::Rsa { bits } if bits < 2048 => {
            Err(ChainFault::WeakKey { subject: echo(certificate.subject()), bits })
        }
        _ => Ok(()),
    }
}
