//! The half that asks.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use backon::{ExponentialBuilder, Retryable as _};
use ovgs_domain::{Excerpt, Fingerprint};
use ovgs_proto::signer::v1::{self as pb, signer_service_client::SignerServiceClient};
use ovgs_voucher::{Certificate, SignatureAlgorithm, SignerError, VoucherSigner};
use tokio::time::timeout;
use tonic::{Request, Status, transport::Channel};

use super::{Fault, RemoteSignerError, SignerAccess, convert, orders::Orders};
use crate::rpc::status::{fault, is_broken_connection};

/// A private key on another machine, which signs over mutually authenticated TLS.
///
/// It connects when it is first used, and again by itself when the connection was lost. A signature takes no longer than
/// [`SignerAccess::timeout`]; a signer that does not answer in time, cannot be connected to or has too much to do is
/// [`SignerError::OutOfReach`], one that will not sign [`SignerError::Failed`]. Every call says which key it means, so
/// that a signer whose key of this name is not the one in the certificate refuses.
///
/// ```no_run
/// use std::time::Duration;
/// use ovgs_server::rpc::signer::{RemoteSigner, SignerAccess};
/// use ovgs_voucher::SigningChain;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let chain = SigningChain::from_pem(&std::fs::read("voucher-signer.pem")?)?;
/// let access = SignerAccess {
///     endpoint: "https://signer.example.com:9444",
///     server_name: None,
///     ca: &std::fs::read("signer-ca.pem")?,
///     certificate: &std::fs::read("client.pem")?,
///     key: &std::fs::read("client.key")?,
///     timeout: Duration::from_secs(5),
/// };
/// let signer = RemoteSigner::new(access, "acme-2026", chain.signer())?;
/// signer.confirm().await?;
/// # Ok(())
/// # }
/// ```
pub struct RemoteSigner {
    line: Arc<Line>,
    orders: Orders,
}

/// The way to a key.
pub(super) struct Line {
    client: SignerServiceClient<Channel>,
    endpoint: Excerpt,
    timeout: Duration,
    key: String,
    algorithm: SignatureAlgorithm,
    public_key: Fingerprint,
}

impl RemoteSigner {
    /// The key of this name, which is the one in `certificate`. Nothing is sent yet. Needs tokio.
    ///
    /// # Errors
    /// [`RemoteSignerError`] if there is no such address, the certificates or the key of the client are of no use, or
    /// vouchers are not signed with a key of that kind.
    pub fn new(
        access: SignerAccess<'_>,
        key: impl Into<String>,
        certificate: &Certificate,
    ) -> Result<RemoteSigner, RemoteSignerError> {
        let kind = certificate.key_kind();
        let algorithm = SignatureAlgorithm::of_key(kind).ok_or(RemoteSignerError::KeyKind { kind })?;
        let line = Line {
            client: SignerServiceClient::new(access.channel()?),
            endpoint: Excerpt::of(access.endpoint),
            timeout: access.timeout,
            key: key.into(),
            algorithm,
            public_key: Fingerprint::of(certificate.public_key_info()),
        };
        let line = Arc::new(line);
        Ok(RemoteSigner { orders: Orders::of(line.clone()), line })
    }

    /// Asks whether the signer has the key of this name, and whether it is the one in the certificate.
    ///
    /// # Errors
    /// [`SignerError::OutOfReach`] if it cannot be asked, [`SignerError::Failed`] if not.
    pub async fn confirm(&self) -> Result<(), SignerError> {
        Ok(self.line.confirm().await?)
    }
}

#[async_trait]
impl VoucherSigner for RemoteSigner {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.line.algorithm
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.line.in_time(self.orders.place(message)).await?)
    }
}

impl Line {
    /// Signatures over all messages, in their order.
    pub(super) async fn sign(&self, messages: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, Fault> {
        let wanted = messages.len();
        let request = pb::SignRequest {
            name: self.key.clone(),
            algorithm: convert::to_proto(self.algorithm).into(),
            public_key_sha256: self.public_key.as_bytes().to_vec(),
            messages,
        };
        let answer = self.asked(|| {
            let (mut client, request) = (self.client.clone(), self.request(request.clone()));
            async move { client.sign(request).await }
        });
        let signatures = self.in_time(answer).await?.into_inner().signatures;
        match signatures.len() == wanted {
            true => Ok(signatures),
            false => {
                Err(Fault::Away(format!("{self} sent {} signatures for {wanted} messages", signatures.len())))
            }
        }
    }

    async fn confirm(&self) -> Result<(), Fault> {
        let request = pb::GetKeyRequest { name: self.key.clone() };
        let answer = self.asked(|| {
            let (mut client, request) = (self.client.clone(), self.request(request.clone()));
            async move { client.get_key(request).await }
        });
        let key = self.in_time(answer).await?.into_inner();
        if Fingerprint::of(&key.public_key) != self.public_key {
            return Err(Fault::Refused(format!(
                "the key of {self} is not the one in the certificate; configure the two that belong together"
            )));
        }
        if convert::from_proto(key.algorithm) != Some(self.algorithm) {
            return Err(Fault::Refused(format!("{self} does not sign with {}", self.algorithm)));
        }
        Ok(())
    }

    /// The answer to a call. A connection may turn out to be gone when it is used, and for a moment after, so the call is
    /// made again on the next one; a signature more does no harm.
    async fn asked<T, F>(&self, call: impl FnMut() -> F) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Status>>,
    {
        const PAUSES: ExponentialBuilder = ExponentialBuilder::new()
            .with_min_delay(Duration::from_millis(10))
            .with_factor(4.0)
            .with_max_times(3);
        let answer = call.retry(PAUSES).when(is_broken_connection).await;
        answer.map_err(|status| fault(&status, &self.to_string()))
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(self.timeout);
        request
    }

    async fn in_time<T>(&self, answer: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let late = || Fault::Away(format!("{self} did not answer within {:?}", self.timeout));
        timeout(self.timeout, answer).await.map_err(|_| late())?
    }
}

/// The signer as errors name it.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` (key `{}`)", self.endpoint, Excerpt::of(&self.key))
    }
}

impl fmt::Debug for RemoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteSigner")
            .field("endpoint", &self.line.endpoint)
            .field("key", &self.line.key)
            .field("algorithm", &self.line.algorithm)
            .finish_non_exhaustive()
    }
}
