//! TLS configurations from PEM.

use std::{fmt, sync::Arc};

use rustls::{
    ClientConfig, InconsistentKeys, RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    server::{ClientCertVerifierBuilder, WebPkiClientVerifier, danger::ClientCertVerifier},
};
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{self, PemObject as _},
};

use super::TlsError;

/// What a TLS configuration is made of, as PEM. Where it comes from is up to the caller.
///
/// ```
/// use ovgs_server::rpc::TlsPem;
/// let made = rcgen::generate_simple_self_signed(vec!["localhost".into()])?;
/// let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
///
/// let tls = TlsPem { chain: chain.as_bytes(), key: key.as_bytes(), client_ca: None };
/// let config = tls.server_config()?;
/// assert_eq!(config.alpn_protocols, [b"h2"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct TlsPem<'a> {
    /// The server's certificate, then its intermediates.
    pub chain: &'a [u8],
    /// The private key of the certificate: PKCS#8, SEC1 or PKCS#1.
    pub key: &'a [u8],
    /// The CA of client certificates. With it, clients may present one, and one of another CA ends the handshake;
    /// without it, none is asked for.
    pub client_ca: Option<&'a [u8]>,
}

impl TlsPem<'_> {
    /// The configuration: TLS 1.2 and 1.3 through aws-lc-rs, HTTP/2 alone. No process-wide default is needed or set.
    ///
    /// # Errors
    /// [`TlsError`] if a part is missing or of no use, or the key does not fit the certificate.
    pub fn server_config(&self) -> Result<Arc<ServerConfig>, TlsError> {
        self.config(b"h2", |verifier| verifier.allow_unauthenticated())
    }

    /// The same, but a client without a certificate does not get through the handshake.
    ///
    /// # Errors
    /// Those of [`server_config`](Self::server_config), and [`TlsError::NoClientCa`] without a CA of clients.
    pub fn mutual_server_config(&self) -> Result<Arc<ServerConfig>, TlsError> {
        if self.client_ca.is_none() {
            return Err(TlsError::NoClientCa);
        }
        self.config(b"h2", |verifier| verifier)
    }

    /// The same for HTTP/1.1, where no certificate of a client is asked for.
    ///
    /// # Errors
    /// As [`server_config`](Self::server_config).
    pub fn http_config(&self) -> Result<Arc<ServerConfig>, TlsError> {
        TlsPem { client_ca: None, ..*self }.config(b"http/1.1", |verifier| verifier)
    }

    fn config(
        &self,
        protocol: &[u8],
        clients: impl FnOnce(ClientCertVerifierBuilder) -> ClientCertVerifierBuilder,
    ) -> Result<Arc<ServerConfig>, TlsError> {
        let (chain, key) = identity(self.chain, self.key)?;
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Unusable)?;
        let mut config = match self.client_ca {
            Some(pem) => builder.with_client_cert_verifier(client_verifier(pem, clients)?),
            None => builder.with_no_client_auth(),
        }
        .with_single_cert(chain, key)
        .map_err(refused)?;
        config.alpn_protocols = vec![protocol.to_vec()];
        Ok(Arc::new(config))
    }
}

/// The key is not shown.
impl fmt::Debug for TlsPem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsPem").field("client_ca", &self.client_ca.is_some()).finish_non_exhaustive()
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, pem::Error> {
    CertificateDer::pem_slice_iter(pem).collect()
}

/// A certificate with its intermediates, and its key.
fn identity(
    chain: &[u8],
    key: &[u8],
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsError> {
    let chain = certificates(chain).map_err(TlsError::BadChain)?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate);
    }
    Ok((chain, PrivateKeyDer::from_pem_slice(key).map_err(TlsError::NoKey)?))
}

/// What `told` says to the verifier is whether who presents no certificate is let in here, and needs a token later.
fn client_verifier(
    pem: &[u8],
    told: impl FnOnce(ClientCertVerifierBuilder) -> ClientCertVerifierBuilder,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem).map_err(TlsError::BadClientCa)? {
        roots.add(certificate).map_err(|error| TlsError::UnusableClientCa(error.into()))?;
    }
    if roots.is_empty() {
        return Err(TlsError::NoClientCa);
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    told(WebPkiClientVerifier::builder_with_provider(roots.into(), provider))
        .build()
        .map_err(|error| TlsError::UnusableClientCa(error.into()))
}

/// Whether a client can use these: the CA of the server it will meet, its own certificate, and the key of that. tonic
/// makes the configuration, but leaves out silently what it cannot read.
pub(super) fn check_client(ca: &[u8], chain: &[u8], key: &[u8]) -> Result<(), TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(ca).map_err(TlsError::BadServerCa)? {
        roots.add(certificate).map_err(TlsError::UnusableServerCa)?;
    }
    if roots.is_empty() {
        return Err(TlsError::NoServerCa);
    }
    let (chain, key) = identity(chain, key)?;
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Unusable)?;
    builder.with_root_certificates(roots).with_client_auth_cert(chain, key).map_err(refused)?;
    Ok(())
}

fn refused(error: rustls::Error) -> TlsError {
    match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => TlsError::KeyMismatch,
        error => TlsError::Unusable(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Made {
        chain: String,
        key: String,
    }

    fn made() -> Made {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).expect("a certificate");
        Made { chain: made.cert.pem(), key: made.signing_key.serialize_pem() }
    }

    fn refusal(chain: &str, key: &str, client_ca: Option<&str>) -> String {
        let pem =
            TlsPem { chain: chain.as_bytes(), key: key.as_bytes(), client_ca: client_ca.map(str::as_bytes) };
        pem.server_config().expect_err("refused").to_string()
    }

    #[test]
    fn each_part_that_is_missing_or_wrong_is_named() {
        let (one, two) = (made(), made());
        assert!(refusal("", &one.key, None).starts_with("there is no certificate;"));
        assert!(refusal(&one.chain, "", None).starts_with("there is no private key;"));
        assert_eq!(refusal(&one.chain, &two.key, None), "the private key does not fit the certificate");
        assert!(
            refusal(&one.chain, &one.key, Some("")).starts_with("there is no certificate of a client CA")
        );
        let torn = one.chain.replace("END", "FINISH");
        assert_eq!(refusal(&torn, &one.key, None), "the certificate chain is not valid PEM");
    }

    #[test]
    fn a_client_ca_is_taken() {
        let made = made();
        let (chain, key) = (made.chain.as_bytes(), made.key.as_bytes());
        let pem = TlsPem { chain, key, client_ca: Some(chain) };
        pem.server_config().expect("a configuration");
        assert!(!format!("{pem:?}").contains("PRIVATE"));
    }
}
