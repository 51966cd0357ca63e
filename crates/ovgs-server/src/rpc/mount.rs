//! The gRPC services, to run or to mount.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::future::BoxFuture;
use http::{Request, Response};
use ovgs_proto::{
    accounts::v1::account_service_server::AccountServiceServer,
    provisioning::v1::provisioning_service_server::ProvisioningServiceServer,
    v1::ownership_voucher_service_server::OwnershipVoucherServiceServer,
};
use tonic::{body::Body, server::NamedService, service::Routes};

use super::{
    gate::{CallLimits, Gate},
    handlers::{Handlers, accounts::AccountHandlers, provisioning::ProvisioningHandlers},
    server::Services,
};
use crate::{
    authn::{Authenticator, TokenAuthority},
    clock::{Clock, IdSource, System},
    provisioning::Desk,
    service::Service,
    telemetry::Metrics,
};

/// What the gRPC services are made of: use cases, authenticators, limits.
///
/// [`serve`](super::serve) runs them on a listener; [`Mount::into_routes`] makes them services of a `tonic` router of
/// your own:
///
/// ```
/// use std::sync::Arc;
/// use ovgs_server::{authn::Authenticator, rpc::Mount, service::Service};
///
/// fn routes(service: Arc<Service>, chain: Vec<Arc<dyn Authenticator>>) -> tonic::service::Routes {
///     Mount::new(service, chain).into_routes()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Mount {
    service: Option<Arc<Service>>,
    authority: Option<Arc<TokenAuthority>>,
    desk: Option<Desk>,
    chain: Vec<Arc<dyn Authenticator>>,
    limits: CallLimits,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    metrics: Arc<Metrics>,
}

impl Mount {
    /// What operators call, `OwnershipVoucherService` and `AccountService`, for whom the authenticators of `chain`, asked
    /// in order, vouch for; with the default limits and the system's clock.
    #[must_use]
    pub fn new(service: Arc<Service>, chain: Vec<Arc<dyn Authenticator>>) -> Mount {
        Mount { service: Some(service), ..Mount::of_nothing(chain) }
    }

    /// What the vendor calls, `ProvisioningService`, alone.
    #[must_use]
    pub fn provisioning(desk: Desk, chain: Vec<Arc<dyn Authenticator>>) -> Mount {
        Mount { desk: Some(desk), ..Mount::of_nothing(chain) }
    }

    fn of_nothing(chain: Vec<Arc<dyn Authenticator>>) -> Mount {
        Mount {
            service: None,
            authority: None,
            desk: None,
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

    /// The same with what the vendor calls beside it.
    #[must_use]
    pub fn with_provisioning(self, desk: Desk) -> Mount {
        Mount { desk: Some(desk), ..self }
    }

    /// The same with somebody who issues the tokens that `AccountService` is asked for.
    #[must_use]
    pub fn with_token_authority(self, authority: Arc<TokenAuthority>) -> Mount {
        Mount { authority: Some(authority), ..self }
    }

    /// The same within other limits, which all of its services share.
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

    /// The services, as routes to which others can be added.
    ///
    /// They take the addresses and client certificates of connections from where `tonic` puts them
    /// (`TlsConnectInfo<TcpConnectInfo>` or `TcpConnectInfo` among a request's extensions).
    #[must_use]
    pub fn into_routes(self) -> Routes {
        self.into_services().routes
    }

    /// The services with their names. One gate stands before all of them.
    pub(super) fn into_services(self) -> Services {
        let Mount { service, authority, desk, chain, limits, clock, ids, metrics } = self;
        let max_request_bytes = limits.max_request_bytes;
        let gate = Arc::new(Gate::new(chain, &limits, clock, ids).with_metrics(metrics));
        let mut services = Services::default();
        if let Some(service) = service {
            let calls = OwnershipVoucherServiceServer::new(Handlers::new(service.clone()))
                .max_decoding_message_size(max_request_bytes)
                .max_encoding_message_size(usize::MAX);
            let accounts = AccountServiceServer::new(AccountHandlers::new(service, authority))
                .max_decoding_message_size(max_request_bytes);
            services = services.with(Gated::new(&gate, calls)).with(Gated::new(&gate, accounts));
        }
        if let Some(desk) = desk {
            let handlers = ProvisioningHandlers::new(desk, max_request_bytes);
            let calls = ProvisioningServiceServer::new(handlers).max_decoding_message_size(max_request_bytes);
            services = services.with(Gated::new(&gate, calls));
        }
        services
    }
}

/// A service behind the gate: every call is authenticated before its message is decoded.
#[derive(Clone, Debug)]
pub(super) struct Gated<S> {
    gate: Arc<Gate>,
    calls: S,
}

impl<S> Gated<S> {
    pub(super) fn new(gate: &Arc<Gate>, calls: S) -> Gated<S> {
        Gated { gate: gate.clone(), calls }
    }
}

impl<S: NamedService> NamedService for Gated<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> tower::Service<Request<Body>> for Gated<S>
where
    S: tower::Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    /// Always ready: what is too much is refused, not queued.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (gate, mut calls) = (self.gate.clone(), self.calls.clone());
        Box::pin(async move { Ok(gate.pass(request, |request| calls.call(request)).await) })
    }
}
