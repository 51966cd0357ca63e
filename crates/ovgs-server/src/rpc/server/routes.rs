//! What is served: the service itself, and health and reflection, which need no credentials.

use std::{
    convert::Infallible,
    future::ready,
    mem,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::future::BoxFuture;
use http::{Request, Response};
use tokio_util::sync::CancellationToken;
use tonic::{body::Body, server::NamedService, service::Routes};
use tonic_health::{ServingStatus, server::HealthReporter};
use tonic_reflection::pb;
use tower::{Service, service_fn};

use crate::{
    clock::IdSource,
    rpc::{
        ServeError,
        gate::{self, Until},
        status::Refusal,
    },
};

/// Services and their names.
#[derive(Clone, Debug, Default)]
pub(in crate::rpc) struct Services {
    pub(in crate::rpc) routes: Routes,
    names: Vec<&'static str>,
}

impl Services {
    /// The same with one more.
    pub(in crate::rpc) fn with<S>(mut self, service: S) -> Services
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.names.push(S::NAME);
        Services { routes: self.routes.add_service(service), ..self }
    }
}

/// What the health service says of this server.
#[derive(Debug)]
pub(super) struct Health {
    reporter: HealthReporter,
    names: Vec<&'static str>,
}

impl Health {
    /// From now on, for each service and for the server as a whole: not serving.
    pub(super) async fn stop(&self) {
        for name in self.names.iter().copied().chain([""]) {
            self.reporter.set_service_status(name, ServingStatus::NotServing).await;
        }
    }
}

/// Services with health and reflection beside them, whose streams, which may never end on their own, end when `stopping`
/// says so.
pub(super) async fn routes(
    services: Services,
    ids: Arc<dyn IdSource>,
    stopping: &CancellationToken,
) -> Result<(Routes, Health), ServeError> {
    let Services { routes, names } = services;
    let (reporter, health) = tonic_health::server::health_reporter();
    for name in &names {
        reporter.set_service_status(*name, ServingStatus::Serving).await;
    }
    // The descriptor set has services in it that are served elsewhere.
    let descriptors = |reflection| {
        let builder = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(ovgs_proto::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET);
        let served = names.iter().copied().chain([name_of(&health), reflection]);
        served.fold(builder, |builder, name| builder.with_service_name(name))
    };
    let v1 = descriptors(pb::v1::server_reflection_server::SERVICE_NAME).build_v1();
    let v1 = v1.map_err(|error| ServeError::Reflection(error.into()))?;
    let v1alpha = descriptors(pb::v1alpha::server_reflection_server::SERVICE_NAME).build_v1alpha();
    let v1alpha = v1alpha.map_err(|error| ServeError::Reflection(error.into()))?;
    let routes = routes
        .add_service(UntilStop::new(health, stopping))
        .add_service(UntilStop::new(v1, stopping))
        .add_service(UntilStop::new(v1alpha, stopping));
    Ok((or_nowhere(routes, ids).prepare(), Health { reporter, names }))
}

fn name_of<S: NamedService>(_: &S) -> &'static str {
    S::NAME
}

/// The same, with an answer of ours for what goes nowhere.
fn or_nowhere(mut routes: Routes, ids: Arc<dyn IdSource>) -> Routes {
    let nowhere = service_fn(move |request| {
        let request = gate::read_out(request);
        ready(Ok::<_, Infallible>(gate::no_such_service(&request, ids.as_ref())))
    });
    mem::take(routes.axum_router_mut()).fallback_service(nowhere).into()
}

/// A service whose answers end when the server stops.
#[derive(Clone, Debug)]
struct UntilStop<S> {
    inner: S,
    stopping: CancellationToken,
}

impl<S> UntilStop<S> {
    fn new(inner: S, stopping: &CancellationToken) -> UntilStop<S> {
        UntilStop { inner, stopping: stopping.clone() }
    }
}

impl<S: NamedService> NamedService for UntilStop<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<Request<Body>> for UntilStop<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let stopping = self.stopping.clone().cancelled_owned();
        let answer = self.inner.call(request);
        Box::pin(async move {
            let stopped = async {
                stopping.await;
                Refusal::Stopping
            };
            Ok(answer.await?.map(|body| Body::new(Until::new(body, stopped))))
        })
    }
}
