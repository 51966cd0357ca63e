//! Who signed a voucher, and whether that means anything.

use x509_cert::ext::pkix::KeyUsages;

use super::{Note, TrustAnchors, judge::Demands, rules};
use crate::{
    Certificate, Crl, VerifyError, cms::decode::SignedData, crypto, echo::echo, oid, path, revocation,
};

/// Checks the signature, finds the signer's way to an anchor, and asks whether it was taken back.
pub(super) fn chain(
    data: &SignedData<'_>,
    anchors: &TrustAnchors,
    demands: &Demands<'_>,
    notes: &mut Vec<Note>,
) -> Result<Vec<Certificate>, VerifyError> {
    let signer_info = rules::only_signer(data)?;
    let embedded = rules::embedded(data)?;
    let signer = rules::certificate_of(signer_info, &embedded)
        .or_else(|| rules::certificate_of(signer_info, anchors.certificates()))
        .ok_or(VerifyError::NoSignerCertificate)?;
    is_by(data, signer)?;
    may_sign(signer, notes)?;
    let chain = path::find(signer, &embedded, anchors.certificates(), demands.at)?;
    let missing = chain.iter().filter(|certificate| !embedded.contains(certificate));
    notes.extend(missing.map(|certificate| Note::NotEmbedded { subject: echo(certificate.subject()) }));
    let above = above(&embedded, &chain);
    let of_chain = |certificate: &&Certificate| chain.contains(certificate) || above.contains(certificate);
    if let Some(stray) = embedded.iter().find(|certificate| !of_chain(certificate)) {
        return Err(VerifyError::StrayCertificate { subject: echo(stray.subject()) });
    }
    let issuers: Vec<&Certificate> = chain.iter().skip(1).chain(above).collect();
    let mut lists = embedded_lists(data, &issuers, demands, notes)?;
    lists.extend(demands.crls.iter().cloned());
    revocation::check(&chain, &lists, demands.revocation, demands.at)?;
    Ok(chain)
}

/// Whether the one signature is by the key of `signer`.
pub(crate) fn is_by(data: &SignedData<'_>, signer: &Certificate) -> Result<(), VerifyError> {
    let signer_info = rules::only_signer(data)?;
    let signed = rules::signed_attributes(data)?.to_verify();
    let scheme = rules::scheme(signer_info)?;
    path::strong(signer)?; // says more than that no signature fits a weak key
    if crypto::is_signed(scheme, signer.key_kind(), signer.key(), &signed, signer_info.signature) {
        Ok(())
    } else {
        Err(VerifyError::Signature)
    }
}

fn may_sign(signer: &Certificate, notes: &mut Vec<Note>) -> Result<(), VerifyError> {
    let extensions = signer.extensions();
    let signs = KeyUsages::DigitalSignature | KeyUsages::NonRepudiation;
    if extensions.key_usage.is_some_and(|usage| (usage.0 & signs).is_empty()) {
        return Err(VerifyError::SignerKeyUsage { subject: echo(signer.subject()) });
    }
    if let Some(usages) = &extensions.extended_key_usage {
        notes.push(Note::SignerExtendedKeyUsage { usages: usages.iter().map(oid::name).collect() });
    }
    Ok(())
}

/// Embedded issuers above an anchor that is itself an intermediate, up to a root that signed itself; none if
/// the root is missing.
///
/// RFC 8366 §5.4 has vouchers carry the whole chain, however little of it a verifier needs. An octet changed
/// in any of these still shows, since each is vouched for by the next one and the last by itself.
fn above<'c>(embedded: &'c [Certificate], chain: &[Certificate]) -> Vec<&'c Certificate> {
    let mut above: Vec<&Certificate> = Vec::new();
    while let Some(top) = above.last().copied().or(chain.last()).filter(|top| !top.is_self_issued()) {
        let issued = |issuer: &&Certificate| !above.contains(issuer) && path::signed_by(top, issuer).is_ok();
        match embedded.iter().filter(|issuer| top.names_as_issuer(issuer)).find(issued) {
            Some(issuer) => above.push(issuer),
            None => break,
        }
    }
    let complete =
        above.last().is_some_and(|root| root.is_self_issued() && path::signed_by(root, root).is_ok());
    if complete { above } else { Vec::new() }
}

/// The embedded revocation lists, each of which must be by one of these issuers: then no octet of a voucher
/// can be changed that would not be noticed.
fn embedded_lists(
    data: &SignedData<'_>,
    issuers: &[&Certificate],
    demands: &Demands<'_>,
    notes: &mut Vec<Note>,
) -> Result<Vec<Crl>, VerifyError> {
    let lists = rules::lists(data)?;
    for list in &lists {
        by_one_of(issuers, list)?;
        if demands.at.is_some_and(|at| !revocation::is_fresh(list, at)) {
            notes.push(Note::StaleCrl { issuer: echo(list.issuer()) });
        }
    }
    Ok(lists)
}

fn by_one_of(issuers: &[&Certificate], list: &Crl) -> Result<(), VerifyError> {
    let mut verdict = Err(VerifyError::StrayCrl { issuer: echo(list.issuer()) });
    for issuer in issuers.iter().filter(|issuer| list.names_as_issuer(issuer)) {
        match revocation::usable(list, issuer) {
            Ok(()) => return Ok(()),
            Err(fault) => verdict = Err(fault.into()),
        }
    }
    verdict
}
