//! How the keys of an issuer come here.

use std::{fmt, io, path::PathBuf, time::Duration};

use chrono::TimeDelta;
use http::header::CACHE_CONTROL;
use ovgs_domain::Excerpt;
use reqwest::{Certificate, Client, Response, Url, redirect};
use serde::Deserialize;
use thiserror::Error;
use tokio::io::AsyncReadExt as _;

use super::KeySource;

/// The largest document taken, in bytes.
const LARGEST: usize = 256 * 1024;

/// How long a connection may take, and then an answer altogether.
const CONNECTING: Duration = Duration::from_secs(5);
const ANSWERING: Duration = Duration::from_secs(10);

/// The most redirects that are followed, all on one host.
const REDIRECTS: usize = 3;

/// Why the keys of an issuer are not here.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No URL, or none that is safe to ask.
    #[error("`{0}` is no `https` URL; `http` is for loopback addresses alone, and has to be allowed")]
    BadUrl(Excerpt),
    /// The authorities for its TLS certificate cannot be read.
    #[error("the authorities of the issuer are no certificates in PEM")]
    BadAuthority(#[source] reqwest::Error),
    /// There is no way to ask.
    #[error("there is no TLS client to ask the issuer with")]
    NoClient(#[source] reqwest::Error),
    /// It did not answer.
    #[error("`{url}` does not answer")]
    Unanswered {
        /// What was asked.
        url: Excerpt,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// It answered otherwise.
    #[error("`{url}` answers {status}")]
    Status {
        /// What was asked.
        url: Excerpt,
        /// The status of HTTP.
        status: u16,
    },
    /// It answered at length.
    #[error("`{from}` has more than {LARGEST} bytes")]
    TooLarge {
        /// What was asked.
        from: Excerpt,
    },
    /// What came are no metadata of an issuer.
    #[error("`{url}` has no metadata of an issuer")]
    NoMetadata {
        /// What was asked.
        url: Excerpt,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The metadata are somebody else's (OIDC Discovery §4.3).
    #[error("`{url}` speaks of the issuer `{found}`, not of the one configured")]
    OtherIssuer {
        /// What was asked.
        url: Excerpt,
        /// Of whom it speaks.
        found: Excerpt,
    },
    /// What came is no JWK Set.
    #[error("the issuer's keys are no JWK set")]
    NoKeys(#[source] serde_json::Error),
    /// There are more keys than anybody needs.
    #[error("the issuer has {found} keys; at most {most} are taken")]
    TooManyKeys {
        /// So many.
        found: usize,
        /// The bound.
        most: usize,
    },
    /// The file with the keys cannot be read.
    #[error("the file `{}` cannot be read", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The last attempt failed a moment ago.
    #[error("the keys of the issuer could not be fetched a moment ago")]
    NotAgainYet,
}

/// A JWK set as it came.
pub(super) struct Fetched {
    pub(super) document: Vec<u8>,
    /// For how long it is fresh, if that was said.
    pub(super) max_age: Option<TimeDelta>,
}

/// Fetches the keys of one issuer.
pub(super) enum Source {
    Discovery { issuer: String, url: Url, web: Web },
    Url { url: Url, web: Web },
    File(PathBuf),
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

impl Source {
    pub(super) fn new(issuer: &str, keys: KeySource) -> Result<Source, FetchError> {
        match keys {
            KeySource::Discovery { ca, insecure } => {
                let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
                let web = Web { insecure, client: None };
                let url = web.url(&url)?;
                Ok(Source::Discovery { issuer: issuer.to_owned(), web: web.with_client(ca, &url)?, url })
            }
            KeySource::Url { url, ca, insecure } => {
                let web = Web { insecure, client: None };
                let url = web.url(&url)?;
                Ok(Source::Url { web: web.with_client(ca, &url)?, url })
            }
            KeySource::File(path) => Ok(Source::File(path)),
        }
    }

    pub(super) async fn fetch(&self) -> Result<Fetched, FetchError> {
        match self {
            Source::Discovery { issuer, url, web } => {
                let metadata = web.get(url).await?.document;
                let source = |source| FetchError::NoMetadata { url: shown(url), source };
                let metadata: Metadata = serde_json::from_slice(&metadata).map_err(source)?;
                if metadata.issuer != *issuer {
                    let found = Excerpt::of(&metadata.issuer);
                    return Err(FetchError::OtherIssuer { url: shown(url), found });
                }
                web.get(&web.url(&metadata.jwks_uri)?).await
            }
            Source::Url { url, web } => web.get(url).await,
            Source::File(path) => read(path).await,
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Discovery { url, .. } | Source::Url { url, .. } => write!(f, "Source({url})"),
            Source::File(path) => write!(f, "Source({})", path.display()),
        }
    }
}

/// An HTTP client that goes only where it was sent.
pub(super) struct Web {
    insecure: bool,
    client: Option<Client>,
}

impl Web {
    fn with_client(self, ca: Option<Vec<u8>>, url: &Url) -> Result<Web, FetchError> {
        let client = Client::builder()
            .connect_timeout(CONNECTING)
            .timeout(ANSWERING)
            .redirect(on_the_same_host())
            .referer(false);
        let client = match (ca, url.scheme()) {
            (Some(pem), _) => {
                client.tls_certs_only(Certificate::from_pem_bundle(&pem).map_err(FetchError::BadAuthority)?)
            }
            // Loopback: neither the system's authorities nor a proxy has anything to do with it.
            (None, "http") => client.tls_certs_only([]).no_proxy(),
            (None, _) => client,
        };
        Ok(Web { client: Some(client.build().map_err(FetchError::NoClient)?), ..self })
    }

    /// A URL that may be asked.
    fn url(&self, text: &str) -> Result<Url, FetchError> {
        let url = Url::parse(text).ok().filter(|url| self.may_ask(url));
        url.ok_or_else(|| FetchError::BadUrl(Excerpt::of(text)))
    }

    fn may_ask(&self, url: &Url) -> bool {
        match url.scheme() {
            "https" => url.has_host(),
            "http" => self.insecure && is_loopback(url),
            _ => false,
        }
    }

    async fn get(&self, url: &Url) -> Result<Fetched, FetchError> {
        let unanswered =
            |source: reqwest::Error| FetchError::Unanswered { url: shown(url), source: source.without_url() };
        let Some(client) = &self.client else { return Err(FetchError::BadUrl(shown(url))) };
        let mut response = client.get(url.clone()).send().await.map_err(unanswered)?;
        if response.status() != http::StatusCode::OK {
            return Err(FetchError::Status { url: shown(url), status: response.status().as_u16() });
        }
        let max_age = max_age(&response);
        let mut document = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unanswered)? {
            if document.len() + chunk.len() > LARGEST {
                return Err(FetchError::TooLarge { from: shown(url) });
            }
            document.extend_from_slice(&chunk);
        }
        Ok(Fetched { document, max_age })
    }
}

/// Whoever answers for one host could send us to another.
fn on_the_same_host() -> redirect::Policy {
    redirect::Policy::custom(|attempt| {
        let origin = |url: &Url| url.origin();
        let same = attempt.previous().iter().all(|url| origin(url) == origin(attempt.url()));
        match same && attempt.previous().len() <= REDIRECTS {
            true => attempt.follow(),
            false => attempt.stop(),
        }
    })
}

fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// The `max-age` of `Cache-Control` (RFC 9111 §5.2.2.1).
fn max_age(response: &Response) -> Option<TimeDelta> {
    let said = response.headers().get(CACHE_CONTROL)?.to_str().ok()?;
    let seconds = said.split(',').find_map(|directive| directive.trim().strip_prefix("max-age="))?;
    TimeDelta::try_seconds(seconds.parse().ok()?)
}

async fn read(path: &PathBuf) -> Result<Fetched, FetchError> {
    let unreadable = |source| FetchError::Unreadable { path: path.clone(), source };
    let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
    let mut document = Vec::new();
    let bound = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    file.take(bound).read_to_end(&mut document).await.map_err(unreadable)?;
    if document.len() > LARGEST {
        return Err(FetchError::TooLarge { from: Excerpt::of(&path.display().to_string()) });
    }
    Ok(Fetched { document, max_age: None })
}

fn shown(url: &Url) -> Excerpt {
    Excerpt::of(url.as_str())
}
