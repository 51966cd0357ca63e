//! Keys and certificates: made where they are missing, renewed where they no longer do.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use ovgs_voucher::Certificate;
use rustls::{client::verify_server_name, server::ParsedCertificate};
use rustls_pki_types::{CertificateDer, ServerName};

use super::{
    authority::{self, Pair},
    folder::{Folder, Reader},
};
use crate::cli::CliError;

/// How long before its end a server certificate is renewed.
const NEAR: TimeDelta = TimeDelta::days(30);

const TLS_CA: &str = "OVGS development TLS CA";
const VOUCHER_ROOT: &str = "OVGS development voucher root";

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

const TLS_CA_FILES: Files = Files { certificate: "tls-ca.pem", key: "tls-ca.key" };
const SERVER: Files = Files { certificate: "server.pem", key: "server.key" };
const VOUCHER_ROOT_FILES: Files = Files { certificate: "voucher-root.pem", key: "voucher-root.key" };
const VOUCHER_SIGNER: Files = Files { certificate: "voucher-signer.pem", key: "voucher-signer.key" };
const TOKEN_KEY: &str = "token.key";

impl<'a> Keys<'a> {
    pub(super) fn new(folder: &'a Folder, now: DateTime<Utc>) -> Keys<'a> {
        Keys { folder, now }
    }

    /// Makes what is missing, for a server at this address.
    pub(super) fn complete(&self, address: IpAddr) -> Result<(), CliError> {
        let tls_ca = self.root(TLS_CA_FILES, SERVER, TLS_CA)?;
        if !self.serves(address)? {
            self.put(SERVER, authority::server(&tls_ca, TLS_CA, address, self.now))?;
        }
        let voucher_root = self.root(VOUCHER_ROOT_FILES, VOUCHER_SIGNER, VOUCHER_ROOT)?;
        if !self.has(VOUCHER_SIGNER) {
            self.put(VOUCHER_SIGNER, authority::voucher_signer(&voucher_root, VOUCHER_ROOT, self.now))?;
        }
        if !self.folder.has(TOKEN_KEY) {
            let key = authority::new_key().map_err(unmade)?;
            self.folder.write(TOKEN_KEY, &key.serialize_pem(), Reader::Owner)?;
        }
        Ok(())
    }

    /// A root, made if it is missing. What an older root signed goes with it.
    fn root(&self, root: Files, signed: Files, name: &str) -> Result<Pair, CliError> {
        if !self.has(root) {
            self.remove(signed.certificate)?;
            self.put(root, authority::root(name, self.now))?;
        }
        Ok(Pair { certificate: self.folder.read(root.certificate)?, key: self.folder.read(root.key)? })
    }

    /// Whether the server certificate is there, covers the address, and is not near its end.
    fn serves(&self, address: IpAddr) -> Result<bool, CliError> {
        if !self.has(SERVER) {
            return Ok(false);
        }
        let pem = self.folder.read(SERVER.certificate)?;
        let certificates = Certificate::all_from_pem(pem.as_bytes()).unwrap_or_default();
        let Some(certificate) = certificates.first() else { return Ok(false) };
        let names = [ServerName::try_from("localhost").ok(), Some(ServerName::from(address))];
        let covers = names.iter().flatten().all(|name| covers(certificate.der(), name));
        Ok(covers && certificate.not_after() > self.now + NEAR)
    }

    fn has(&self, files: Files) -> bool {
        self.folder.has(files.certificate) && self.folder.has(files.key)
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

fn covers(certificate: &[u8], name: &ServerName<'_>) -> bool {
    let der = CertificateDer::from(certificate);
    ParsedCertificate::try_from(&der).is_ok_and(|parsed| verify_server_name(&parsed, name).is_ok())
}

fn unmade(error: rcgen::Error) -> CliError {
    CliError::said("a key or certificate cannot be made").because(error)
}

#[cfg(all(test, unix))]
mod tests {
    use std::{fs, net::Ipv4Addr, os::unix::fs::PermissionsExt};

    use tempfile::TempDir;

    use super::*;
    use crate::clock::{Clock, System};

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn a_server_certificate_near_its_end_is_renewed_and_nothing_else() {
        let place = TempDir::new().expect("a folder");
        let folder = Folder::lock(&place.path().join("data")).expect("a lock");
        let read = || {
            let entries = fs::read_dir(folder.path("")).expect("a listing").flatten();
            let files = entries.map(|entry| (entry.file_name(), fs::read(entry.path()).expect("a file")));
            files.collect::<std::collections::BTreeMap<_, _>>()
        };
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
