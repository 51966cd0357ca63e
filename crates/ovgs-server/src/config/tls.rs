//! TLS of the server, from the files that the configuration names.

use std::{path::Path, sync::Arc};

use rustls::ServerConfig;

use super::{
    Config, Problem,
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
        let place = |key: &str| self.places.of("server", key);
        let chain = read(certificate, "server.tls_certificate", &place("tls_certificate"))?;
        let private = read_key(key, "server.tls_key", &place("tls_key"))?;
        let client_ca = server.client_ca.as_deref();
        let client_ca =
            client_ca.map(|path| read(path, "server.client_ca", &place("client_ca"))).transpose()?;
        let pem = TlsPem { chain: &chain, key: &private, client_ca: client_ca.as_deref() };
        let wrong = |error| self.no_tls(certificate, key, error);
        Ok(Some(ServerTls {
            rpc: pem.server_config().map_err(wrong)?,
            http: pem.http_config().map_err(wrong)?,
        }))
    }

    /// Names the file that is to blame where it was configured.
    fn no_tls(&self, certificate: &Path, key: &Path, error: TlsError) -> Problem {
        let (at, path) = match &error {
            TlsError::NoClientCa | TlsError::BadClientCa(_) | TlsError::UnusableClientCa(_) => {
                ("client_ca", self.server.client_ca.as_deref().unwrap_or(certificate))
            }
            TlsError::NoKey(_) | TlsError::KeyMismatch => ("tls_key", key),
            _ => ("tls_certificate", certificate),
        };
        let place = self.places.of("server", at);
        match error {
            TlsError::KeyMismatch => place.problem(format!(
                "the private key `{}` does not fit the certificate `{}`; configure the two that belong together",
                key.display(),
                certificate.display()
            )),
            error => place.problem(format!("`{}`: {error}", path.display())).because(error),
        }
    }
}
