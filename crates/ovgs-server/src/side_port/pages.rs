//! What there is to be looked at.

use std::{convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::{issuers::Issuers, service::Service, telemetry::Metrics};

/// Where the trust bundle is.
pub const TRUST_BUNDLE: &str = "/.well-known/ovgs/trust-bundle.pem";

/// How long the store may take to answer a server that counts as ready.
const PATIENCE: Duration = Duration::from_secs(2);

const TEXT: &str = "text/plain; charset=utf-8";

/// The pages of one server.
#[derive(Clone, Debug)]
pub struct Pages {
    service: Arc<Service>,
    issuers: Issuers,
    metrics: Arc<Metrics>,
    stopping: CancellationToken,
}

impl Pages {
    /// The pages of a service and its issuers. Once `stopping` is cancelled, it is not ready.
    #[must_use]
    pub fn new(
        service: Arc<Service>,
        issuers: Issuers,
        metrics: Arc<Metrics>,
        stopping: CancellationToken,
    ) -> Pages {
        Pages { service, issuers, metrics, stopping }
    }

    pub(super) async fn answer<B>(&self, request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
        let page = match request.uri().path() {
            TRUST_BUNDLE => Page::new("application/x-pem-file", self.issuers.current().trust_bundle()),
            "/metrics" => self.measurements(),
            "/healthz" => Page::new(TEXT, "alive\n"),
            "/readyz" => self.ready().await,
            _ => Page::new(TEXT, "there is nothing here\n").status(StatusCode::NOT_FOUND),
        };
        Ok(match *request.method() {
            // hyper leaves the body out of an answer to HEAD.
            Method::GET | Method::HEAD => page.response(),
            _ => not_allowed(),
        })
    }

    fn measurements(&self) -> Page {
        const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        match self.metrics.text() {
            Ok(text) => Page::new(OPEN_METRICS, text),
            Err(_) => Page::new(TEXT, "cannot be written\n").status(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    async fn ready(&self) -> Page {
        let not_ready = |text: &'static str| Page::new(TEXT, text).status(StatusCode::SERVICE_UNAVAILABLE);
        if self.stopping.is_cancelled() {
            return not_ready("stopping\n");
        }
        match timeout(PATIENCE, self.service.ready()).await {
            Ok(Ok(())) => Page::new(TEXT, "ready\n"),
            Ok(Err(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the store does not answer");
                not_ready("the store does not answer\n")
            }
            Err(_) => not_ready("the store does not answer in time\n"),
        }
    }
}

struct Page {
    status: StatusCode,
    kind: &'static str,
    text: Bytes,
}

impl Page {
    fn new(kind: &'static str, text: impl Into<Bytes>) -> Page {
        Page { status: StatusCode::OK, kind, text: text.into() }
    }

    fn status(self, status: StatusCode) -> Page {
        Page { status, ..self }
    }

    fn response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.text));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(self.kind));
        // What is told is of this moment.
        headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-cache"));
        response
    }
}

fn not_allowed() -> Response<Full<Bytes>> {
    let page = Page::new(TEXT, "this can only be looked at\n").status(StatusCode::METHOD_NOT_ALLOWED);
    let mut response = page.response();
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("GET, HEAD"));
    response
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;
    use ovgs_store::MemoryStore;

    use super::*;
    use crate::service::Settings;

    #[tokio::test]
    async fn who_stops_is_alive_and_not_ready() {
        let issuers = Issuers::default();
        let service = Service::new(Arc::new(MemoryStore::new()), issuers.clone(), Settings::default());
        let stopping = CancellationToken::new();
        let pages = Pages::new(Arc::new(service), issuers, Arc::default(), stopping.clone());
        let ask = async |path| {
            let Ok(answer) = pages.answer(Request::get(path).body(()).expect("a request")).await;
            let (head, body) = answer.into_parts();
            let Ok(body) = body.collect().await;
            (head.status.as_u16(), String::from_utf8(body.to_bytes().to_vec()).expect("text"))
        };
        assert_eq!(ask("/readyz").await, (200, "ready\n".into()));
        stopping.cancel();
        assert_eq!(ask("/readyz").await, (503, "stopping\n".into()));
        assert_eq!(ask("/healthz").await, (200, "alive\n".into()));
        assert_eq!(ask(TRUST_BUNDLE).await, (200, String::new()), "no issuer, no root");
    }
}
