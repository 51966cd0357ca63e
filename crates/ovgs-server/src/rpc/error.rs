//! Why the gRPC server does not come up.

use rustls_pki_types::pem;
use thiserror::Error;

/// Why PEM does not make a TLS configuration. Which file it came from is for the reader of the file to say.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The chain holds no certificate.
    #[error(
        "there is no certificate; expected PEM with the certificate itself first, then its intermediates"
    )]
    NoCertificate,
    /// The chain is not PEM.
    #[error("the certificate chain is not valid PEM")]
    BadChain(#[source] pem::Error),
    /// There is no private key.
    #[error("there is no private key; expected PEM of PKCS#8, SEC1 or PKCS#1, not encrypted")]
    NoKey(#[source] pem::Error),
    /// Key and certificate do not belong together.
    #[error("the private key does not fit the certificate")]
    KeyMismatch,
    /// TLS cannot use them.
    #[error("the certificate and its key cannot be used for TLS")]
    Unusable(#[source] rustls::Error),
    /// The client CA holds no certificate.
    #[error("there is no certificate of a client CA; expected PEM")]
    NoClientCa,
    /// The client CA is not PEM.
    #[error("the client CA is not valid PEM")]
    BadClientCa(#[source] pem::Error),
    /// Certificates cannot be verified against the client CA.
    #[error("the certificate of the client CA cannot be used as a trust anchor")]
    UnusableClientCa(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The CA of the server that a client will meet holds no certificate.
    #[error("there is no certificate of the server's CA; expected PEM")]
    NoServerCa,
    /// The CA of the server is not PEM.
    #[error("the server's CA is not valid PEM")]
    BadServerCa(#[source] pem::Error),
    /// Certificates cannot be verified against the CA of the server.
    #[error("the certificate of the server's CA cannot be used as a trust anchor")]
    UnusableServerCa(#[source] rustls::Error),
}

/// Why a server does not serve.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The descriptor set does not fit the reflection service.
    #[error("the reflection service cannot be made")]
    Reflection(#[source] Box<dyn std::error::Error + Send + Sync>),
}
