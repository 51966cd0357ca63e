//! The id that ties an answer to its log lines and journal records.

use http::{HeaderMap, HeaderName, HeaderValue};
use ovgs_domain::RequestId;

use crate::clock::IdSource;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The caller's, if it is 1..=64 characters of printable ASCII, else a fresh one.
pub(super) fn of(headers: &HeaderMap, ids: &dyn IdSource) -> RequestId {
    let given = headers.get(&X_REQUEST_ID).and_then(|value| value.to_str().ok());
    given.and_then(|value| RequestId::parse(value).ok()).unwrap_or_else(|| fresh(ids))
}

fn fresh(ids: &dyn IdSource) -> RequestId {
    loop {
        // A UUID is 36 printable characters, so the first one does.
        if let Ok(id) = RequestId::parse(&ids.uuid().to_string()) {
            return id;
        }
    }
}

/// Puts it into an answer's trailers, or into its headers where these are all there is.
pub(super) fn put(trailers: &mut HeaderMap, id: Option<&HeaderValue>) {
    if let Some(id) = id {
        trailers.insert(X_REQUEST_ID, id.clone());
    }
}
