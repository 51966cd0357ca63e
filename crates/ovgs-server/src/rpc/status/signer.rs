//! Statuses between a server and the signer of its vouchers, in both directions.

use std::error::Error as _;

use ovgs_voucher::SignerError;
use tonic::{Code, Status};

use super::{Detail, SOON, answer, bounded};
use crate::rpc::signer::{Fault, SigningRefusal};

impl From<SigningRefusal> for Status {
    fn from(refusal: SigningRefusal) -> Status {
        let (code, detail) = match &refusal {
            SigningRefusal::NoCertificate => (Code::Unauthenticated, Detail::None),
            SigningRefusal::NotAllowed => (Code::PermissionDenied, Detail::None),
            SigningRefusal::Field { .. } | SigningRefusal::Message { .. } => {
                (Code::InvalidArgument, Detail::None)
            }
            SigningRefusal::NoKey { .. } => (Code::NotFound, Detail::None),
            SigningRefusal::OtherKey { .. } | SigningRefusal::OtherAlgorithm { .. } => {
                (Code::FailedPrecondition, Detail::None)
            }
            SigningRefusal::Busy => (Code::ResourceExhausted, Detail::Retry(SOON)),
            SigningRefusal::Signer(SignerError::OutOfReach { .. }) => {
                (Code::Unavailable, Detail::Retry(SOON))
            }
            SigningRefusal::Signer(_) | SigningRefusal::NoMount => (Code::Internal, Detail::None),
        };
        answer(code, refusal.to_string(), detail)
    }
}

/// What the status of a call to a signer, which errors name like this, means for those who wait for a signature.
pub(in crate::rpc) fn fault(status: &Status, signer: &str) -> Fault {
    if is_broken_connection(status) {
        let why = status.source().map_or_else(|| status.message().to_owned(), innermost);
        return Fault::Away(bounded(format!("{signer} cannot be reached: {why}")));
    }
    let said = status.message();
    match status.code() {
        Code::Unavailable
        | Code::DeadlineExceeded
        | Code::ResourceExhausted
        | Code::Cancelled
        | Code::Aborted
        // What is broken there, or between us: the answer of something else that has the signer's address, say.
        | Code::Internal
        | Code::Unknown
        | Code::DataLoss
        | Code::Unimplemented => Fault::Away(bounded(format!("{signer} cannot sign now: {said}"))),
        code => Fault::Refused(bounded(format!("{signer} did not sign ({code:?}): {said}"))),
    }
}

/// Whether this is no answer of the other end, but what became of the connection to it. What it says itself has no cause.
pub(in crate::rpc) fn is_broken_connection(status: &Status) -> bool {
    status.source().is_some()
}

/// What is at the bottom of an error.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let errors = std::iter::successors(Some(error), |&error| error.source());
    errors.last().map(ToString::to_string).unwrap_or_default()
}
