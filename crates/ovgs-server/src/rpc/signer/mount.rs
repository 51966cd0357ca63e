//! The service that signs for others, to run or to mount.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::future::BoxFuture;
use http::{Request, Response};
use ovgs_proto::signer::v1::signer_service_server::{SERVICE_NAME, SignerServiceServer};
use tonic::{Status, body::Body, server::NamedService};

use super::{Accepts, AllowedClients, SigningKeys, SigningRefusal, service::Calls};
use crate::rpc::gate::{self, Deadline};

/// The largest request, in bytes.
const MAX_REQUEST: usize = 4 * 1024 * 1024;

/// What a service that signs for others is made of: keys, and who may use them.
///
/// [`serve_signer`](crate::rpc::serve_signer) runs it on a listener; [`SignerMount::into_service`] makes it a service for
/// a `tonic` router of your own. It signs vouchers alone, unless it is told to sign
/// [anything](Accepts::Anything).
#[derive(Clone, Debug)]
pub struct SignerMount {
    keys: SigningKeys,
    clients: AllowedClients,
    accepts: Accepts,
}

impl SignerMount {
    /// Signs vouchers with these keys for these clients.
    #[must_use]
    pub fn new(keys: SigningKeys, clients: AllowedClients) -> SignerMount {
        SignerMount { keys, clients, accepts: Accepts::Vouchers }
    }

    /// The same, signing something else.
    #[must_use]
    pub fn accepting(self, accepts: Accepts) -> SignerMount {
        SignerMount { accepts, ..self }
    }

    /// The service itself.
    ///
    /// It takes client certificates from where `tonic` puts them (`TlsConnectInfo<TcpConnectInfo>` among a request's
    /// extensions). That they are by the right authority is the TLS handshake's business.
    #[must_use]
    pub fn into_service(self) -> SignerGrpcService {
        let SignerMount { keys, clients, accepts } = self;
        let calls = SignerServiceServer::new(Calls::new(keys, accepts))
            .max_decoding_message_size(MAX_REQUEST)
            .max_encoding_message_size(usize::MAX);
        SignerGrpcService { clients: Arc::new(clients), calls }
    }
}

/// `ovgs.signer.v1.SignerService` as a `tower` service: who calls is looked at before its message is decoded.
#[derive(Clone, Debug)]
pub struct SignerGrpcService {
    clients: Arc<AllowedClients>,
    calls: SignerServiceServer<Calls>,
}

impl SignerGrpcService {
    fn let_in(&self, request: &mut Request<Body>) -> Result<(), SigningRefusal> {
        let client = self.clients.identify(request.extensions()).inspect_err(|refusal| {
            let peer = gate::address(request.extensions()).map(tracing::field::display);
            tracing::warn!(peer, %refusal, "not let in");
        })?;
        request.extensions_mut().insert(client);
        Ok(())
    }
}

impl NamedService for SignerGrpcService {
    const NAME: &'static str = SERVICE_NAME;
}

impl tower::Service<Request<Body>> for SignerGrpcService {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    /// Always ready: what is too much is refused, not queued.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let mut request = gate::read_out(request);
        if let Some(refusal) = gate::form_refusal(&request) {
            return Box::pin(async { Ok(refusal) });
        }
        let deadline = Deadline::of(request.headers());
        if let Err(refusal) = self.let_in(&mut request) {
            return Box::pin(async { Ok(Status::from(refusal).into_http()) });
        }
        let answer = tower::Service::call(&mut self.calls, request);
        Box::pin(async move {
            match deadline.bound(answer).await {
                Ok(Ok(answer)) => Ok(answer),
                Err(refusal) => Ok(Status::from(refusal).into_http()),
            }
        })
    }
}
