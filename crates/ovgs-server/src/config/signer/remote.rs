//! A key on another machine.

use std::{path::PathBuf, sync::Arc};

use chrono::TimeDelta;
use http::Uri;
use ovgs_domain::Excerpt;
use ovgs_voucher::{Certificate, VoucherSigner};
use serde::Deserialize;

use super::lacking;
use crate::{
    config::{
        fields,
        files::{read, read_key},
        problem::Problem,
        section::Section,
    },
    rpc::{
        TlsError,
        signer::{RemoteSigner, RemoteSignerError, SignerAccess},
    },
};

/// A private key on another machine, which signs over mutually authenticated TLS.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RemoteKey {
    /// Where that machine listens: `https://HOST:PORT`.
    pub endpoint: String,
    /// The authority of its certificate, PEM.
    pub ca: PathBuf,
    /// Our certificate there, with its chain, PEM.
    pub certificate: PathBuf,
    /// The key of our certificate, PEM.
    pub key: PathBuf,
    /// The name of the signing key there.
    pub key_name: String,
    /// The name in its certificate, where that is not the host of the endpoint.
    pub server_name: Option<String>,
    /// How long a signature may take before the signer counts as out of reach.
    #[serde(deserialize_with = "fields::duration")]
    pub timeout: TimeDelta,
}

impl Default for RemoteKey {
    fn default() -> RemoteKey {
        RemoteKey {
            endpoint: String::new(),
            ca: PathBuf::new(),
            certificate: PathBuf::new(),
            key: PathBuf::new(),
            key_name: String::new(),
            server_name: None,
            timeout: TimeDelta::seconds(5),
        }
    }
}

impl RemoteKey {
    pub(in crate::config) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        [&mut self.ca, &mut self.certificate, &mut self.key].into_iter()
    }

    /// Names what is to blame where it was configured, and its file.
    fn unusable(&self, section: &Section, error: RemoteSignerError) -> Problem {
        let (at, file) = match &error {
            RemoteSignerError::Tls(
                TlsError::NoServerCa | TlsError::BadServerCa(_) | TlsError::UnusableServerCa(_),
            ) => ("ca", Some(&self.ca)),
            RemoteSignerError::Tls(TlsError::NoKey(_) | TlsError::KeyMismatch) => ("key", Some(&self.key)),
            RemoteSignerError::Tls(_) => ("certificate", Some(&self.certificate)),
            RemoteSignerError::ServerName { .. } => ("server_name", None),
            RemoteSignerError::Timeout => ("timeout", None),
            _ => ("endpoint", None),
        };
        let place = section.place_of(at);
        match file {
            Some(file) => place.problem(format!("`{}`: {error}", file.display())).because(error),
            None => place.told_by(error),
        }
    }

    pub(super) fn broken(&self, section: &Section) -> Vec<Problem> {
        let empty = |path: &PathBuf| path.as_os_str().is_empty();
        let values = [
            (
                "endpoint",
                self.endpoint.is_empty(),
                "write `https://`, host and port of the machine that signs",
            ),
            (
                "ca",
                empty(&self.ca),
                "name the PEM file of the authority that made the certificate of that machine",
            ),
            ("certificate", empty(&self.certificate), "name the PEM file of the certificate to show there"),
            ("key", empty(&self.key), "name the PEM file of the certificate's key"),
            ("key_name", self.key_name.is_empty(), "give the name that the signing key has there"),
        ];
        let mut problems: Vec<Problem> = lacking(section, values).collect();
        if !self.endpoint.is_empty() && !is_address(&self.endpoint) {
            let (name, shown) = (&section.name, Excerpt::of(&self.endpoint));
            let text = format!("`{name}.endpoint` must be `https://`, host and port alone, not `{shown}`");
            problems.push(section.place_of("endpoint").problem(text));
        }
        if self.timeout > TimeDelta::from_std(SignerAccess::LONGEST).unwrap_or_default() {
            let (name, most) = (&section.name, SignerAccess::LONGEST.as_secs());
            let text = format!(
                "`{name}.timeout` is more than {most} s, which no caller waits; write at most `{most}s`"
            );
            problems.push(section.place_of("timeout").problem(text));
        }
        problems
    }
}

fn is_address(endpoint: &str) -> bool {
    let Ok(uri) = endpoint.parse::<Uri>() else { return false };
    let bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
    let host = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    uri.scheme_str() == Some("https") && host && bare
}

/// Connects to the machine and asks it for the key, which must be the one in `certificate`.
pub(super) async fn open(
    key: &RemoteKey,
    section: &Section,
    certificate: &Certificate,
) -> Result<Arc<dyn VoucherSigner>, Problem> {
    let section = section.table("remote").unwrap_or(section);
    let place = |key: &str| section.place_of(key);
    let named = |key: &str| format!("{}.{key}", section.name);
    let access = SignerAccess {
        endpoint: &key.endpoint,
        server_name: key.server_name.as_deref(),
        ca: &read(&key.ca, &named("ca"), &place("ca"))?,
        certificate: &read(&key.certificate, &named("certificate"), &place("certificate"))?,
        key: &read_key(&key.key, &named("key"), &place("key"))?,
        timeout: key.timeout.to_std().unwrap_or_default(),
    };
    let signer = RemoteSigner::new(access, &key.key_name, certificate);
    let signer = signer.map_err(|error| key.unusable(section, error))?;
    signer.confirm().await.map_err(|error| place("endpoint").told_by(error))?;
    Ok(Arc::new(signer))
}
