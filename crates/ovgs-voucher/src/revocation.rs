//! What revocation lists say of a certification path, RFC 5280 §6.3 for complete lists by the issuers
//! themselves.

use chrono::{DateTime, SecondsFormat, Utc};
use x509_cert::ext::pkix::KeyUsages;

use crate::{Certificate, ChainFault, Crl, echo::echo, oid, signed::Misfit};

/// How much has to be known about the revocation of certificates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RevocationChecks {
    /// Lists are not looked at.
    Skipped,
    /// What a list says is revoked is refused; where there is no list, or no fresh one, nothing is.
    #[default]
    Known,
    /// Every certificate but the trust anchor needs a fresh list that does not name it.
    Required,
}

/// Judges `path`, which goes from a certificate up to its anchor, `at` this moment.
///
/// A list that names a certificate counts however old it is, since nothing that was revoked comes back.
pub(crate) fn check(
    path: &[Certificate],
    lists: &[Crl],
    checks: RevocationChecks,
    at: Option<DateTime<Utc>>,
) -> Result<(), ChainFault> {
    if checks == RevocationChecks::Skipped {
        return Ok(());
    }
    // All are looked at first: that one is revoked says more than that nobody knows about another.
    let doubts = path
        .array_windows()
        .map(|[subject, issuer]| status(subject, issuer, lists, at))
        .collect::<Result<Vec<_>, _>>()?;
    match doubts.into_iter().flatten().next() {
        Some(doubt) if checks == RevocationChecks::Required => Err(doubt),
        _ => Ok(()),
    }
}

/// Refuses a revoked `subject`; otherwise says what doubt remains, or none if a fresh list clears it.
fn status(
    subject: &Certificate,
    issuer: &Certificate,
    lists: &[Crl],
    at: Option<DateTime<Utc>>,
) -> Result<Option<ChainFault>, ChainFault> {
    let missing =
        ChainFault::NoRevocationList { subject: echo(subject.subject()), issuer: echo(issuer.subject()) };
    let mut doubt = Some(missing);
    let mut cleared = false;
    for list in lists.iter().filter(|list| list.names_as_issuer(issuer)) {
        if let Err(fault) = usable(list, issuer) {
            doubt = Some(fault);
            continue;
        }
        match list.revoked_on(subject).filter(|on| at.is_none_or(|at| *on <= at)) {
            Some(on) => {
                return Err(ChainFault::Revoked { subject: echo(subject.subject()), on: written(on) });
            }
            None => match fresh(list, subject, at) {
                Ok(()) => cleared = true,
                Err(fault) => doubt = Some(fault),
            },
        }
    }
    Ok(doubt.filter(|_| !cleared))
}

/// Whether `list` is one that `issuer` may make and did make, and of which we understand everything.
pub(crate) fn usable(list: &Crl, issuer: &Certificate) -> Result<(), ChainFault> {
    let unusable =
        |reason: String| Err(ChainFault::UnusableRevocationList { issuer: echo(list.issuer()), reason });
    if let Some(critical) = list.critical() {
        return unusable(format!("it has the critical extension `{}`", oid::name(&critical)));
    }
    if issuer.extensions().key_usage.is_some_and(|usage| !usage.0.contains(KeyUsages::CRLSign)) {
        return unusable("the issuer's key usage does not allow it to make lists".to_owned());
    }
    match list.signed().is_by(issuer) {
        Ok(()) => Ok(()),
        Err(Misfit::Signature) => unusable("the issuer did not sign it".to_owned()),
        Err(Misfit::Sha1 | Misfit::Algorithm) => {
            unusable("its signature algorithm is not trusted".to_owned())
        }
    }
}

/// Whether `list` is of this time. Without a clock it never is.
fn fresh(list: &Crl, subject: &Certificate, at: Option<DateTime<Utc>>) -> Result<(), ChainFault> {
    let Some(at) = at else {
        return Err(ChainFault::RevocationWithoutClock { subject: echo(subject.subject()) });
    };
    let issuer = || echo(list.issuer());
    match list.next_update() {
        _ if is_fresh(list, at) => Ok(()),
        Some(end) => Err(ChainFault::StaleRevocationList {
            issuer: issuer(),
            from: written(list.this_update()),
            until: written(end),
        }),
        None => Err(ChainFault::UnusableRevocationList {
            issuer: issuer(),
            reason: "it does not say when the next one is due".to_owned(),
        }),
    }
}

pub(crate) fn is_fresh(list: &Crl, at: DateTime<Utc>) -> bool {
    list.this_update() <= at && list.next_update().is_some_and(|end| at <= end)
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
