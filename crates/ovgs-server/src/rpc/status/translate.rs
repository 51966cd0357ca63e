//! What tonic says on its own account, said as the contract has it.

use std::error::Error;

use http::HeaderMap;
use tonic::{Code, Status};

use super::{Detail, Ours, answer};

/// What tonic would answer for a request that it could not read, in the words of the contract; `None` if the status
/// stays as it is.
pub(in crate::rpc) fn translate(status: &Status, max_request_bytes: usize) -> Option<Status> {
    let ours = status.source().is_some_and(<dyn Error>::is::<Ours>);
    match status.code() {
        _ if ours => None,
        Code::OutOfRange => {
            let message = format!("the request is larger than {max_request_bytes} bytes");
            Some(answer(Code::ResourceExhausted, message, Detail::None))
        }
        // What prost has to say names message and field, and holds nothing of the values.
        Code::Internal => Some(answer(Code::InvalidArgument, status.message().to_owned(), Detail::None)),
        _ => None,
    }
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
