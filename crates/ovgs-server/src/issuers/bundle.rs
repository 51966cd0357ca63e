//! The trust bundle: every root that vouchers of ours may lead to.

use std::fmt::Write as _;

use ovgs_voucher::Certificate;

use super::{Issuer, IssuerSet, IssuerState};

/// A root, and whose it is.
#[derive(Clone, Debug)]
pub struct TrustedRoot<'a> {
    /// The root.
    pub certificate: &'a Certificate,
    /// The issuers whose vouchers lead to it, at least one.
    pub issuers: Vec<&'a Issuer>,
}

impl IssuerSet {
    /// Every root once, of active and retired issuers, in their order.
    #[must_use]
    pub fn roots(&self) -> Vec<TrustedRoot<'_>> {
        let mut roots: Vec<TrustedRoot<'_>> = Vec::new();
        for issuer in self.iter() {
            let certificate = issuer.chain().root();
            match roots.iter_mut().find(|root| root.certificate == certificate) {
                Some(root) => root.issuers.push(issuer),
                None => roots.push(TrustedRoot { certificate, issuers: vec![issuer] }),
            }
        }
        roots
    }

    /// The roots as PEM, each after a line that says whose it is: what verifiers of vouchers need to know.
    #[must_use]
    pub fn trust_bundle(&self) -> String {
        let mut bundle = String::new();
        for root in self.roots() {
            let owners: Vec<String> = root.issuers.iter().map(|issuer| owner(issuer)).collect();
            let line = format!("{}: {}", owners.join(", "), root.certificate.subject());
            // Writing into a string cannot fail.
            let _ = writeln!(bundle, "# {}\n{}", harmless(&line), root.certificate.pem().trim_end());
        }
        bundle
    }
}

fn owner(issuer: &Issuer) -> String {
    match issuer.state() {
        IssuerState::Active => issuer.name().to_owned(),
        IssuerState::Retired => format!("{} (retired)", issuer.name()),
    }
}

/// A text that stays on its line and begins no PEM section, whatever somebody named an issuer.
fn harmless(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.replace("-----", "- - -")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_one_line_without_a_boundary() {
        assert_eq!(harmless("a\n-----BEGIN CERTIFICATE-----"), "a - - -BEGIN CERTIFICATE- - -");
    }
}
