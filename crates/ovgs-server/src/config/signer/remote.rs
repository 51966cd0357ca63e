//! A key on another machine.

use std::{path::PathBuf, sync::Arc};

use chrono::TimeDelta;
use http::Uri;
use ovgs_domain::Excerpt;
use ovgs_voucher::VoucherSigner;
use serde::Deserialize;

use super::lacking;
use crate::config::{fields, problem::Problem, section::Section};

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
        problems
    }
}

fn is_address(endpoint: &str) -> bool {
    let Ok(uri) = endpoint.parse::<Uri>() else { return false };
    let bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
    let host = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    uri.scheme_str() == Some("https") && host && bare
}

/// Connects to the machine and asks it for the key.
#[expect(clippy::unused_async, reason = "asking for a key waits for the machine")]
pub(super) async fn open(_: &RemoteKey, section: &Section) -> Result<Arc<dyn VoucherSigner>, Problem> {
    Err(section.place.problem("keys on other machines are not built into this program; use a key file"))
}
