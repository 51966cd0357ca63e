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
use tower::{Service, service_fn};

use crate::{
    clock::IdSource,
    rpc::{
        GrpcService, Mount, ServeError,
        gate::{self, Until},
        status::Refusal,
    },
};

/// What the health service says of this server.
#[derive(Debug)]
pub(super) struct Health(HealthReporter);

impl Health {
    /// From now on, for the service and for the server as a whole: not serving.
    pub(super) async fn stop(&self) {
        self.0.set_not_serving::<GrpcService>().await;
        self.0.set_service_status("", ServingStatus::NotServing).await;
    }
}

/// All services. Streams of health and reflection, which may never end on their own, end when `stopping` says so.
pub(super) async fn routes(
    mount: Mount,
    stopping: &CancellationToken,
) -> Result<(Routes, Health), ServeError> {
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_serving::<GrpcService>().await;
    let descriptors = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(ovgs_proto::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let v1 = descriptors().build_v1().map_err(|error| ServeError::Reflection(error.into()))?;
    let v1alpha = descriptors().build_v1alpha().map_err(|error| ServeError::Reflection(error.into()))?;
    let ids = mount.ids();
    let routes = Routes::new(mount.into_service())
        .add_service(UntilStop::new(health, stopping))
        .add_service(UntilStop::new(v1, stopping))
        .add_service(UntilStop::new(v1alpha, stopping));
    Ok((or_nowhere(routes, ids).prepare(), Health(reporter)))
}

/// The same, with an answer of ours for what goes nowhere.
fn or_nowhere(mut routes: Routes, ids: Arc<dyn IdSource>) -> Routes {
    let nowhere =
        service_fn(move |request| ready(Ok::<_, Infallible>(gate::no_such_service(&request, ids.as_ref()))));
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
