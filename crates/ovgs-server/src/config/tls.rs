//! TLS of the server, from the files that the configuration names.

use std::{path::Path, sync::Arc};

use rustls::ServerConfig;

use super::{
    Config, Place, Problem,
    files::{read, read_key},
};
use crate::rpc::{TlsError, TlsPem};

/// TLS with one certificate, for the service and for the port beside it.
#[derive(Clone, Debug)]
pub struct ServerTls {
    /// For gRPC; with the authority of client certificates, if there is one.
    pub rpc: Arc<ServerConfig>,
    /// For HTTP/1.1, where nobody is asked for a certificate.
    pub http: Arc<ServerConfig>,
}

impl Config {
    /// How connections come in: with TLS, or in the clear.
    ///
    /// # Errors
    /// [`Problem`] if it is neither, a file cannot be read, or the key does not fit the certificate.
    pub fn server_tls(&self) -> Result<Option<ServerTls>, Problem> {
        let server = &self.server;
        let (certificate, key) = match (&server.tls_certificate, &server.tls_key) {
            (Some(certificate), Some(key)) => (certificate, key),
            _ if server.plaintext => return Ok(None),
            _ => return Err(self.places.of("server", "tls_certificate").problem(
                "there is no TLS certificate; set `server.tls_certificate` and `server.tls_key`, or write `plaintext = true` under `[server]`",
            )),
        };
        let files = TlsFiles {
            certificate,
            key,
            client_ca: server.client_ca.as_deref(),
            place: &|key| self.places.of("server", key),
        };
        let tls = files.with(|pem| Ok(ServerTls { rpc: pem.server_config()?, http: pem.http_config()? }))?;
        Ok(Some(tls))
    }
}

/// The files of TLS that a `[server]` section names.
pub(super) struct TlsFiles<'a> {
    pub(super) certificate: &'a Path,
    pub(super) key: &'a Path,
    pub(super) client_ca: Option<&'a Path>,
    /// Where a key of the section stands.
    pub(super) place: &'a dyn Fn(&str) -> Place,
}

impl TlsFiles<'_> {
    /// Reads them, and makes something of them.
    pub(super) fn with<T>(
        &self,
        make: impl FnOnce(&TlsPem<'_>) -> Result<T, TlsError>,
    ) -> Result<T, Problem> {
        let place = self.place;
        let chain = read(self.certificate, "server.tls_certificate", &place("tls_certificate"))?;
        let private = read_key(self.key, "server.tls_key", &place("tls_key"))?;
        let client_ca = self.client_ca.map(|path| read(path, "server.client_ca", &place("client_ca")));
        let client_ca = client_ca.transpose()?;
        let pem = TlsPem { chain: &chain, key: &private, client_ca: client_ca.as_deref() };
        make(&pem).map_err(|error| self.unusable(error))
    }

    /// Names the file that is to blame where it was configured.
    fn unusable(&self, error: TlsError) -> Problem {
        let (at, path) = match &error {
            TlsError::NoClientCa | TlsError::BadClientCa(_) | TlsError::UnusableClientCa(_) => {
                ("client_ca", self.client_ca.unwrap_or(self.certificate))
            }
            TlsError::NoKey(_) | TlsError::KeyMismatch => ("tls_key", self.key),
            _ => ("tls_certificate", self.certificate),
        };
        let place = (self.place)(at);
        match error {
            TlsError::KeyMismatch => place.problem(format!(
                "the private key `{}` does not fit the certificate `{}`; configure the two that belong together",
                self.key.display(),
                self.certificate.display()
            )),
            error => place.problem(format!("`{}`: {error}", path.display())).because(error),
        }
    }
}
