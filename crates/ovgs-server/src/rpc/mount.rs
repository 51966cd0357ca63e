//! The gRPC service, to run or to mount.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::future::BoxFuture;
use http::{Request, Response};
use ovgs_proto::v1::ownership_voucher_service_server::{OwnershipVoucherServiceServer, SERVICE_NAME};
use tonic::{body::Body, server::NamedService};

use super::{
    gate::{CallLimits, Gate},
    handlers::Handlers,
};
use crate::{
    authn::Authenticator,
    clock::{Clock, IdSource, System},
    service::Service,
    telemetry::Metrics,
};

/// What the gRPC service is made of: use cases, authenticators, limits.
///
/// [`serve`](super::serve) runs it on a listener; [`Mount::into_service`] makes it a service for a `tonic` router of
/// your own:
///
/// ```
/// use std::sync::Arc;
/// use ovgs_server::{authn::Authenticator, rpc::Mount, service::Service};
///
/// fn routes(service: Arc<Service>, chain: Vec<Arc<dyn Authenticator>>) -> tonic::service::Routes {
///     tonic::service::Routes::new(Mount::new(service, chain).into_service())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Mount {
    service: Arc<Service>,
    chain: Vec<Arc<dyn Authenticator>>,
    limits: CallLimits,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    metrics: Arc<Metrics>,
}

impl Mount {
    /// The use cases of `service` for whom the authenticators of `chain`, asked in order, vouch for; with the default
    /// limits and the system's clock.
    #[must_use]
    pub fn new(service: Arc<Service>, chain: Vec<Arc<dyn Authenticator>>) -> Mount {
        Mount {
            service,
            chain,
            limits: CallLimits::default(),
            clock: Arc::new(System),
            ids: Arc::new(System),
            metrics: Arc::default(),
        }
    }

    /// The same, counting its calls in `metrics`.
    #[must_use]
    pub fn with_metrics(self, metrics: Arc<Metrics>) -> Mount {
        Mount { metrics, ..self }
    }

    /// The same within other limits.
    #[must_use]
    pub fn with_limits(self, limits: CallLimits) -> Mount {
        Mount { limits, ..self }
    }

    /// The same with a clock (by which credentials are judged) and a source of ids (for requests) of your own.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Mount {
        Mount { clock, ids, ..self }
    }

    /// Where ids of requests come from.
    pub(super) fn ids(&self) -> Arc<dyn IdSource> {
        self.ids.clone()
    }

    /// The service itself.
    ///
    /// It takes the addresses and client certificates of connections from where `tonic` puts them
    /// (`TlsConnectInfo<TcpConnectInfo>` or `TcpConnectInfo` among a request's extensions).
    #[must_use]
    pub fn into_service(self) -> GrpcService {
        let Mount { service, chain, limits, clock, ids, metrics } = self;
        let calls = OwnershipVoucherServiceServer::new(Handlers::new(service))
            .max_decoding_message_size(limits.max_request_bytes)
            .max_encoding_message_size(usize::MAX);
        let gate = Gate::new(chain, &limits, clock, ids).with_metrics(metrics);
        GrpcService { gate: Arc::new(gate), calls }
    }
}

/// `ovgs.v1.OwnershipVoucherService` as a `tower` service: every call is authenticated before its message is decoded.
#[derive(Clone, Debug)]
pub struct GrpcService {
    gate: Arc<Gate>,
    calls: OwnershipVoucherServiceServer<Handlers>,
}

impl NamedService for GrpcService {
    const NAME: &'static str = SERVICE_NAME;
}

impl tower::Service<Request<Body>> for GrpcService {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    /// Always ready: what is too much is refused, not queued.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let GrpcService { gate, mut calls } = self.clone();
        Box::pin(
            async move { Ok(gate.pass(request, |request| tower::Service::call(&mut calls, request)).await) },
        )
    }
}
