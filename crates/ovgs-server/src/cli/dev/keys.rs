//! Keys and certificates: made where they are missing, renewed where they no longer do.

use std::{net::IpAddr, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use ovgs_voucher::{Certificate, SigningChain};
use rustls::{
    RootCertStore,
    client::{verify_server_cert_signed_by_trust_anchor, verify_server_name},
    crypto::aws_lc_rs,
    server::ParsedCertificate,
    sign::CertifiedKey,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject};

use super::{
    authority::{self, Pair},
    folder::{Folder, Reader},
};
use crate::cli::CliError;

/// How long before its end a server certificate is renewed.
const NEAR: TimeDelta = TimeDelta::days(30);

/// The keys of a folder, at one moment.
#[derive(Debug)]
pub(super) struct Keys<'a> {
    folder: &'a Folder,
    now: DateTime<Utc>,
}

/// The files of a certificate and its key.
#[derive(Clone, Copy, Debug)]
struct Files {
    certificate: &'static str,
    key: &'static str,
}

/// A root, and the one pair it signs.
#[derive(Clone, Copy, Debug)]
struct Authority {
    name: &'static str,
    root: Files,
    signed: Files,
}

const TLS: Authority = Authority {
    name: "OVGS development TLS CA",
    root: Files { certificate: "tls-ca.pem", key: "tls-ca.key" },
    signed: Files { certificate: "server.pem", key: "server.key" },
};
const VOUCHERS: Authority = Authority {
    name: "OVGS development voucher root",
    root: Files { certificate: "voucher-root.pem", key: "voucher-root.key" },
    signed: Files { certificate: "voucher-signer.pem", key: "voucher-signer.key" },
};
const TOKEN_KEY: &str = "token.key";

impl<'a> Keys<'a> {
    pub(super) fn new(folder: &'a Folder, now: DateTime<Utc>) -> Keys<'a> {
        Keys { folder, now }
    }

    /// Makes what is missing, for a server at this address.
    pub(super) fn complete(&self, address: IpAddr) -> Result<(), CliError> {
        let serves = |chain: &[Certificate], root: &Certificate| self.serves(address, chain, root);
        self.see_to(TLS, serves, |root| authority::server(root, TLS.name, address, self.now))?;
        self.see_to(VOUCHERS, signs, |root| authority::voucher_signer(root, VOUCHERS.name, self.now))?;
        if !self.folder.has(TOKEN_KEY) {
            let key = authority::new_key().map_err(unmade)?;
            self.folder.write(TOKEN_KEY, &key.serialize_pem(), Reader::Owner)?;
        }
        Ok(())
    }

    /// Makes a root that is missing, and what it signs where that is missing or does not do. Others trust the root, so its
    /// certificate stays whatever becomes of its key, which only signing takes.
    fn see_to(
        &self,
        authority: Authority,
        does: impl Fn(&[Certificate], &Certificate) -> bool,
        sign: impl Fn(&Pair) -> Result<Pair, rcgen::Error>,
    ) -> Result<(), CliError> {
        let Authority { name, root, signed } = authority;
        if !self.folder.has(root.certificate) {
            self.remove(signed.certificate)?;
            self.put(root, authority::root(name, self.now))?;
        }
        let anchor = self.anchor(root)?;
        let chain = self.pair(signed)?;
        match chain.is_some_and(|chain| does(&chain, &anchor)) {
            true => Ok(()),
            false => self.put(signed, sign(&self.signing(authority, &anchor)?)),
        }
    }

    /// The certificate of a root.
    fn anchor(&self, root: Files) -> Result<Certificate, CliError> {
        let pem = self.folder.read(root.certificate)?;
        let found = Certificate::all_from_pem(pem.as_bytes()).unwrap_or_default().into_iter().next();
        found.ok_or_else(|| {
            let shown = self.folder.path(root.certificate);
            let shown = shown.display();
            CliError::said(format!(
                "`{shown}` holds no certificate in PEM; put the right one back, or remove it to begin with a new root"
            ))
        })
    }

    /// A root that can sign.
    fn signing(&self, authority: Authority, anchor: &Certificate) -> Result<Pair, CliError> {
        let Authority { root, signed, .. } = authority;
        let shown = |name: &str| self.folder.path(name).display().to_string();
        let (key, certificate) = (shown(root.key), shown(root.certificate));
        if !self.folder.has(root.key) {
            return Err(CliError::said(format!(
                "`{key}` is gone, and `{}` has to be signed with it; put it back, or remove `{certificate}` to begin with a new root",
                shown(signed.certificate)
            )));
        }
        let pair =
            Pair { certificate: self.folder.read(root.certificate)?, key: self.folder.read(root.key)? };
        match are_a_pair(anchor, &pair.key) {
            true => Ok(pair),
            false => Err(CliError::said(format!(
                "`{key}` is not the key of `{certificate}`; put the right one back, or remove both to begin with a new root"
            ))),
        }
    }

    /// The chain of a pair that is one.
    fn pair(&self, files: Files) -> Result<Option<Vec<Certificate>>, CliError> {
        if !(self.folder.has(files.certificate) && self.folder.has(files.key)) {
            return Ok(None);
        }
        let (pem, key) = (self.folder.read(files.certificate)?, self.folder.read(files.key)?);
        let chain = Certificate::all_from_pem(pem.as_bytes()).unwrap_or_default();
        Ok(Some(chain).filter(|chain| chain.first().is_some_and(|first| are_a_pair(first, &key))))
    }

    /// Whether a server certificate is one of this root, covers the address, and is not near its end.
    fn serves(&self, address: IpAddr, chain: &[Certificate], root: &Certificate) -> bool {
        let [certificate, others @ ..] = chain else { return false };
        let names = [ServerName::try_from("localhost").ok(), Some(ServerName::from(address))];
        names.iter().flatten().all(|name| covers(certificate, name))
            && is_signed_by(certificate, others, root, self.now)
            && certificate.not_after() > self.now + NEAR
    }

    /// Writes the key first, and the certificate last: one that is there has its key.
    fn put(&self, files: Files, pair: Result<Pair, rcgen::Error>) -> Result<(), CliError> {
        let pair = pair.map_err(unmade)?;
        self.remove(files.certificate)?;
        self.folder.write(files.key, &pair.key, Reader::Owner)?;
        self.folder.write(files.certificate, &pair.certificate, Reader::Anybody)
    }

    fn remove(&self, name: &str) -> Result<(), CliError> {
        if self.folder.has(name) { self.folder.remove(name) } else { Ok(()) }
    }
}

/// Whether a chain for voucher signing leads to this root.
fn signs(chain: &[Certificate], root: &Certificate) -> bool {
    SigningChain::new(chain.iter().cloned()).is_ok_and(|chain| chain.root().der() == root.der())
}

fn are_a_pair(certificate: &Certificate, key: &str) -> bool {
    let Ok(key) = PrivateKeyDer::from_pem_slice(key.as_bytes()) else { return false };
    CertifiedKey::from_der(vec![certificate.der().to_vec().into()], key, &aws_lc_rs::default_provider())
        .is_ok()
}

fn covers(certificate: &Certificate, name: &ServerName<'_>) -> bool {
    let der = CertificateDer::from(certificate.der());
    ParsedCertificate::try_from(&der).is_ok_and(|parsed| verify_server_name(&parsed, name).is_ok())
}

fn is_signed_by(
    certificate: &Certificate,
    others: &[Certificate],
    root: &Certificate,
    now: DateTime<Utc>,
) -> bool {
    let der = CertificateDer::from(certificate.der());
    let others: Vec<_> = others.iter().map(|other| CertificateDer::from(other.der())).collect();
    let mut roots = RootCertStore::empty();
    if roots.add(root.der().to_vec().into()).is_err() {
        return false;
    }
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms.all;
    let verify = |parsed: ParsedCertificate<'_>| {
        verify_server_cert_signed_by_trust_anchor(&parsed, &roots, &others, at, algorithms)
    };
    ParsedCertificate::try_from(&der).and_then(verify).is_ok()
}

fn unmade(error: rcgen::Error) -> CliError {
    CliError::said("a key or certificate cannot be made").because(error)
}

#[cfg(all(test, unix))]
mod tests {
    use std::{collections::BTreeMap, fs, io, net::Ipv4Addr, os::unix::fs::PermissionsExt};

    use expect_test::expect;
    use tempfile::TempDir;

    use super::*;
    use crate::clock::{Clock, System};

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn files(folder: &Folder) -> io::Result<BTreeMap<String, Vec<u8>>> {
        let named = |entry: io::Result<fs::DirEntry>| {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().display().to_string();
            Ok((name, fs::read(path)?))
        };
        fs::read_dir(folder.path(""))?.map(named).collect()
    }

    #[test]
    fn a_root_outlives_its_key_until_something_must_be_signed() {
        let place = TempDir::new().expect("a folder");
        let folder = Folder::lock(&place.path().join("data")).expect("a lock");
        let complete = || Keys::new(&folder, System.now()).complete(HERE);
        let refused = || {
            let mut said = Vec::new();
            complete().expect_err("refused").tell(&mut said);
            let said = String::from_utf8(said).expect("text");
            said.replace(&format!("{}/", folder.path("").display().to_string().trim_end_matches('/')), "")
        };
        complete().expect("keys");
        let keys = ["tls-ca.key", "voucher-root.key"];
        keys.iter().for_each(|key| folder.remove(key).expect("removed"));
        let before = files(&folder).expect("files");
        complete().expect("keys");
        assert_eq!(files(&folder).expect("files"), before, "nothing has to be signed");

        folder.remove("voucher-signer.key").expect("removed");
        expect![[r#"
            error: `voucher-root.key` is gone, and `voucher-signer.pem` has to be signed with it; put it back, or remove `voucher-root.pem` to begin with a new root
        "#]].assert_eq(&refused());
        let other = authority::new_key().expect("a key").serialize_pem();
        folder.write("voucher-root.key", &other, Reader::Owner).expect("written");
        expect![[r#"
            error: `voucher-root.key` is not the key of `voucher-root.pem`; put the right one back, or remove both to begin with a new root
        "#]].assert_eq(&refused());
        folder.write("tls-ca.pem", "garbage", Reader::Anybody).expect("written");
        expect![[r#"
            error: `tls-ca.pem` holds no certificate in PEM; put the right one back, or remove it to begin with a new root
        "#]].assert_eq(&refused());
        for name in ["tls-ca.pem", "voucher-root.pem"] {
            folder.remove(name).expect("removed");
        }
        complete().expect("new roots");
        let after = files(&folder).expect("files");
        for name in ["server.pem", "voucher-signer.pem", "tls-ca.pem", "voucher-root.pem"] {
            assert_ne!(after[name], before[name], "{name}");
        }
    }

    #[test]
    fn what_another_root_signed_is_signed_anew() {
        let place = TempDir::new().expect("a folder");
        let [one, two] = ["one", "two"].map(|name| Folder::lock(&place.path().join(name)).expect("a lock"));
        for folder in [&one, &two] {
            Keys::new(folder, System.now()).complete(HERE).expect("keys");
        }
        let foreign = files(&two).expect("files");
        for name in ["server.pem", "server.key", "voucher-signer.pem", "voucher-signer.key"] {
            let text = String::from_utf8(foreign[name].clone()).expect("text");
            one.write(name, &text, Reader::Owner).expect("written");
        }
        Keys::new(&one, System.now()).complete(HERE).expect("keys");
        for name in ["server.pem", "voucher-signer.pem"] {
            assert_ne!(files(&one).expect("files")[name], foreign[name], "{name}");
        }
    }

    #[test]
    fn a_server_certificate_near_its_end_is_renewed_and_nothing_else() {
        let place = TempDir::new().expect("a folder");
        let folder = Folder::lock(&place.path().join("data")).expect("a lock");
        let read = || files(&folder).expect("files");
        let now = System.now();
        Keys::new(&folder, now).complete(HERE).expect("keys");
        let first = read();
        Keys::new(&folder, now + TimeDelta::days(300)).complete(HERE).expect("keys");
        assert_eq!(read(), first);
        Keys::new(&folder, now + TimeDelta::days(340)).complete(HERE).expect("keys");
        let (first, renewed) = (first.into_iter(), read());
        let changed: Vec<_> =
            first.filter(|(name, text)| renewed[name] != *text).map(|(name, _)| name).collect();
        assert_eq!(changed, ["server.key", "server.pem"]);
    }

    #[test]
    fn keys_are_private_from_their_first_moment_and_the_folder_too() {
        let place = TempDir::new().expect("a folder");
        let folder = Folder::lock(&place.path().join("data")).expect("a lock");
        // As a start that was killed may leave it, with an old umask.
        fs::write(folder.path("token.key.new"), "half").expect("a file");
        Keys::new(&folder, System.now()).complete(HERE).expect("keys");
        let mode = |name: &str| fs::metadata(folder.path(name)).expect("a file").permissions().mode() & 0o777;
        for name in ["tls-ca.key", "server.key", "voucher-root.key", "voucher-signer.key", TOKEN_KEY] {
            assert_eq!(mode(name), 0o600, "{name}");
        }
        assert_eq!(mode(""), 0o700);
    }
}
