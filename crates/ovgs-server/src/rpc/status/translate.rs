//! What tonic says on its own account, said as the contract has it.

use std::error::Error;

use http::HeaderMap;
use tonic::{Code, Status};

use super::{Detail, Ours, Refusal, answer};

/// What tonic would answer to a call of this path that did not reach its handler, in the words of the contract; `None`
/// if the status stays as it is.
pub(in crate::rpc) fn translate(status: &Status, path: &str, max_request_bytes: usize) -> Option<Status> {
    let ours = status.source().is_some_and(<dyn Error>::is::<Ours>);
    match status.code() {
        _ if ours => None,
        Code::OutOfRange => {
            let message = format!("the request is larger than {max_request_bytes} bytes");
            Some(answer(Code::ResourceExhausted, message, Detail::None))
        }
        // What prost has to say names message and field, and holds nothing of the values.
        Code::Internal => Some(answer(Code::InvalidArgument, styled(status.message()), Detail::None)),
        Code::Unimplemented if status.message().is_empty() => {
            let (_, method) = path.rsplit_once('/').unwrap_or(("", path));
            Some(Refusal::NoSuchMethod { name: method.to_owned() }.into())
        }
        Code::Unimplemented => {
            let message = "the request is compressed; send it as it is".to_owned();
            let mut answer = answer(Code::Unimplemented, message, Detail::None);
            // Which encodings are accepted (gRPC compression, "Compression Method Asymmetry").
            *answer.metadata_mut() = status.metadata().clone();
            Some(answer)
        }
        _ => None,
    }
}

/// A sentence as our messages are: it begins in lower case and has no full stop.
fn styled(message: &str) -> String {
    let message = message.trim_end_matches('.');
    let mut characters = message.chars();
    characters.next().map_or(String::new(), |first| first.to_lowercase().chain(characters).collect())
}

/// The canonical name of the status in headers or trailers, if there is one.
pub(in crate::rpc) fn name(headers: &HeaderMap) -> Option<&'static str> {
    let code = Code::from_bytes(headers.get("grpc-status")?.as_bytes());
    Some(match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    })
}
