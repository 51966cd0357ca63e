//! Whether a request is a gRPC call at all.

use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{ALLOW, CONTENT_TYPE},
};
use tonic::body::Body;

use super::peer;

/// The answer to what is no gRPC call (gRPC over HTTP/2, "Requests" and "Responses").
///
/// A page of any site can make a browser send requests with our cookie, but none of this method and content type
/// without asking us first.
pub(in crate::rpc) fn refusal<B>(request: &Request<B>) -> Option<Response<Body>> {
    let status = if request.method() != Method::POST {
        StatusCode::METHOD_NOT_ALLOWED
    } else if !is_grpc(request.headers()) {
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    } else {
        return None;
    };
    let peer = peer::address(request.extensions()).map(tracing::field::display);
    tracing::info!(peer, %status, "no gRPC call");
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    }
    Some(response)
}

/// `application/grpc`, whatever the encoding (`+proto`) or parameters (`;…`). gRPC-Web is another protocol.
fn is_grpc(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else { return false };
    let rest = only.as_bytes().strip_prefix(b"application/grpc");
    rest.is_some_and(|rest| matches!(rest, [] | [b'+' | b';', ..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_type_is_grpc_and_nothing_that_looks_like_it() {
        for (types, good) in [
            (&["application/grpc"][..], true),
            (&["application/grpc+proto"], true),
            (&["application/grpc;charset=utf-8"], true),
            (&[], false),
            (&["text/plain"], false),
            (&["application/grpc-web+proto"], false),
            (&["text/plain;application/grpc"], false),
            (&["application/grpc", "text/plain"], false),
        ] {
            let types = types.iter().map(|value| (CONTENT_TYPE, HeaderValue::from_static(value)));
            let mut headers = HeaderMap::new();
            types.for_each(|(name, value)| {
                headers.append(name, value);
            });
            assert_eq!(is_grpc(&headers), good, "{headers:?}");
        }
    }
}
