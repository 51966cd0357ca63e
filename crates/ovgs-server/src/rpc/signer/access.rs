//! Where a signer is, and how to get in.

use std::{fmt, time::Duration};

use ovgs_domain::Excerpt;
use ovgs_voucher::KeyKind;
use rustls_pki_types::ServerName;
use thiserror::Error;
use tonic::transport::{self, Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

use crate::rpc::{TlsError, tls};

/// Where a signer is, and how to get in.
#[derive(Clone, Copy)]
pub struct SignerAccess<'a> {
    /// `https://HOST:PORT`.
    pub endpoint: &'a str,
    /// The name in the signer's certificate, where that is not the host of the endpoint.
    pub server_name: Option<&'a str>,
    /// The authority of the signer's certificate, PEM.
    pub ca: &'a [u8],
    /// Our certificate, then its intermediates, PEM.
    pub certificate: &'a [u8],
    /// The private key of our certificate, PEM.
    pub key: &'a [u8],
    /// How long a signature may take before the signer counts as out of reach.
    pub timeout: Duration,
}

/// Why a signer elsewhere cannot even be asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RemoteSignerError {
    /// The endpoint is no address.
    #[error("`{endpoint}` is not the address of a signer; write `https://`, host and port")]
    Endpoint {
        /// What is there.
        endpoint: Excerpt,
    },
    /// Nobody waits that long, or no time at all.
    #[error("a signature may take more than nothing and at most {} s", SignerAccess::LONGEST.as_secs())]
    Timeout,
    /// The certificates or the key are of no use.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The name that the signer's certificate should have is none.
    #[error("`{name}` is no name that a certificate of a server has; write a DNS name or an IP address")]
    ServerName {
        /// What is there.
        name: Excerpt,
    },
    /// TLS does not come up for another reason.
    #[error("TLS to `{endpoint}` cannot be set up")]
    Setup {
        /// The address.
        endpoint: Excerpt,
        /// Why.
        source: transport::Error,
    },
    /// The certificate is for a key that vouchers are not signed with.
    #[error("vouchers are not signed with a key of {kind}; use P-256, P-384, or RSA of 2048 to 4096 bits")]
    KeyKind {
        /// The kind of the key.
        kind: KeyKind,
    },
}

impl SignerAccess<'_> {
    /// The longest that a signature may take.
    pub const LONGEST: Duration = Duration::from_secs(10);

    /// A connection that is made when it is first used, and again when it was lost.
    pub(super) fn channel(&self) -> Result<Channel, RemoteSignerError> {
        /// How long the signer may be silent before it is asked whether it is there, and how long it may take to say so.
        const SILENCE: Duration = Duration::from_secs(10);

        if self.timeout.is_zero() || self.timeout > Self::LONGEST {
            return Err(RemoteSignerError::Timeout);
        }
        tls::check_client(self.ca, self.certificate, self.key)?;
        let shown = || Excerpt::of(self.endpoint);
        let endpoint = Endpoint::from_shared(self.endpoint.to_owned()).ok();
        let endpoint = endpoint.filter(|endpoint| endpoint.uri().scheme_str() == Some("https"));
        let endpoint = endpoint.ok_or_else(|| RemoteSignerError::Endpoint { endpoint: shown() })?;
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(self.ca))
            .identity(Identity::from_pem(self.certificate, self.key))
            .timeout(self.timeout);
        let tls = match self.server_name {
            Some(name) if ServerName::try_from(name).is_ok() => tls.domain_name(name),
            Some(name) => return Err(RemoteSignerError::ServerName { name: Excerpt::of(name) }),
            None => tls,
        };
        let endpoint = endpoint
            .tls_config(tls)
            .map_err(|source| RemoteSignerError::Setup { endpoint: shown(), source })?
            .connect_timeout(self.timeout)
            .http2_keep_alive_interval(SILENCE)
            .keep_alive_timeout(self.timeout)
            .keep_alive_while_idle(true);
        Ok(endpoint.connect_lazy())
    }
}

/// The key is not shown.
impl fmt::Debug for SignerAccess<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignerAccess")
            .field("endpoint", &self.endpoint)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
