//! From refusals to gRPC statuses: the only place that names [`tonic::Code`].
//!
//! Messages and details are bounded, so that trailers fit into what stock clients accept (8 KiB): a longer answer would
//! reach them as a broken connection instead of as a reason.

mod provisioning;
mod signer;
#[cfg(test)]
mod tests;
mod translate;

use std::{borrow::Cow, collections::HashMap, error::Error, sync::Arc, time::Duration};

use ovgs_authz::Denied;
use ovgs_domain::{Excerpt, Violation};
use thiserror::Error;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

pub(super) use self::{
    provisioning::provisioning_status,
    signer::{fault, is_broken_connection},
    translate::{name, translate},
};
use super::from_proto::FieldViolations;
use crate::{authn::AuthnError, service::ServiceError};

/// The longest message, in bytes.
const MAX_MESSAGE: usize = 512;

/// How much of the details violations of fields may take, in bytes. The details hold the message a second time, and
/// some framing; all of it together stays within 4 KiB.
const MAX_VIOLATIONS: usize = 3 * 1024;

/// What encoding takes for one violation besides its texts, in bytes, at most.
const FRAMING: usize = 16;

/// How long to wait before trying again where nothing better is known.
const SOON: Duration = Duration::from_secs(1);

/// How long to wait where others merely wrote first.
const AT_ONCE: Duration = Duration::from_millis(100);

/// What stops a call on its way to a use case.
#[derive(Debug, Error)]
pub(super) enum Refusal {
    /// Nobody known is calling, or whoever could tell is out of reach.
    #[error(transparent)]
    Authn(#[from] AuthnError),
    /// `max_concurrent_calls` are in progress.
    #[error("too many calls are in progress; try again")]
    Busy,
    /// Calls at work wait too long for a core.
    #[error("there is more to do than can be done now; try again")]
    Overloaded,
    /// The caller has made `max_calls_per_caller` calls within a second.
    #[error("more than {per_second} calls a second; try again later")]
    TooOften {
        /// The limit.
        per_second: u32,
        /// How long to wait for the next one.
        wait: Duration,
    },
    /// Too many calls from there had credentials that are not valid.
    #[error("too many calls from your address had no valid credential; try again later")]
    FailsTooOften {
        /// How long to wait for the next one.
        wait: Duration,
    },
    /// There is no such method, or its whole service is not here.
    #[error("there is no method `{}`", Excerpt::of(.name))]
    NoSuchMethod {
        /// As it was asked for, with its service unless that is ours.
        name: String,
    },
    /// The caller waits no longer.
    #[error("the deadline has passed")]
    DeadlineExceeded,
    /// The answer was not read for longer than `reader_patience`.
    #[error("the answer was not read in time; try again")]
    NotRead,
    /// The next message of a stream did not come in time.
    #[error("the next message did not come in time; try again")]
    NotSent,
    /// The server is going down.
    #[error("the server is stopping; try again")]
    Stopping,
    /// The handlers were mounted without what authenticates.
    #[error("the call did not come through the gate")]
    NoGate,
}

/// What a status says besides its code and message.
enum Detail<'a> {
    /// Nothing.
    None,
    /// Waiting helps (`google.rpc.RetryInfo`).
    Retry(Duration),
    /// A field is wrong against the state (`google.rpc.BadRequest`).
    Field(Cow<'static, str>),
    /// What exists already (`google.rpc.ErrorInfo`): metadata key and id.
    Existing(&'static str, &'a str),
    /// What keeps an organization from being deleted (`google.rpc.ErrorInfo`), counted.
    Counted(Vec<(&'static str, u64)>),
}

/// The answer to a caller whose use case did not succeed. The log gets what the caller must not see.
pub(super) fn status(error: ServiceError) -> Status {
    log(&error);
    let (code, detail) = verdict(&error);
    answer(code, error.to_string(), detail)
}

/// The answer to a caller who may not come in at all.
pub(super) fn denied(denied: Denied) -> Status {
    answer(Code::PermissionDenied, denied.to_string(), Detail::None)
}

fn verdict(error: &ServiceError) -> (Code, Detail<'_>) {
    match error {
        ServiceError::NotFound(_) => (Code::NotFound, Detail::None),
        ServiceError::NothingToVouchFor(_) | ServiceError::NoIssuer(_) => {
            (Code::FailedPrecondition, Detail::None)
        }
        ServiceError::Denied(_) => (Code::PermissionDenied, Detail::None),
        ServiceError::Violation(violation) => verdict_on(violation),
        ServiceError::At { error, .. } => verdict(error),
        ServiceError::Registered(_) => (Code::AlreadyExists, Detail::None),
        ServiceError::NoTokens => (Code::FailedPrecondition, Detail::None),
        ServiceError::TooLarge { .. } => (Code::ResourceExhausted, Detail::None),
        ServiceError::Contended => (Code::Aborted, Detail::Retry(AT_ONCE)),
        ServiceError::SignerUnavailable(_) | ServiceError::StoreUnavailable(_) => {
            (Code::Unavailable, Detail::Retry(SOON))
        }
        ServiceError::Internal(_) => (Code::Internal, Detail::None),
    }
}

fn verdict_on(violation: &Violation) -> (Code, Detail<'_>) {
    match violation {
        Violation::GroupExists { existing } => {
            (Code::AlreadyExists, Detail::Existing("group_id", existing.as_str()))
        }
        Violation::CertExists { existing } => {
            (Code::AlreadyExists, Detail::Existing("cert_id", existing.as_str()))
        }
        Violation::AlreadyDelegated { .. }
        | Violation::RoleExists { .. }
        | Violation::AlreadyPlaced { .. }
        | Violation::AlwaysInRoot { .. } => (Code::AlreadyExists, Detail::None),

        Violation::NotDelegated { .. } | Violation::NoSuchRole { .. } | Violation::NotPlaced { .. } => {
            (Code::NotFound, Detail::None)
        }

        Violation::RootGroup { .. }
        | Violation::ForeignComponent { .. }
        | Violation::NeverOutOfRoot { .. } => {
            (Code::InvalidArgument, Detail::Field(Cow::Borrowed("group_id")))
        }
        Violation::OwnOrganization { .. } => (Code::InvalidArgument, Detail::Field(Cow::Borrowed("org_id"))),
        Violation::SupportOutsideRoot { .. } | Violation::NotSupportOrg { .. } => {
            (Code::InvalidArgument, Detail::Field(Cow::Borrowed("user_role")))
        }
        Violation::ForeignCert { .. } => (Code::InvalidArgument, Detail::Field(Cow::Borrowed("cert_id"))),
        Violation::LifetimeOver { .. } | Violation::LifetimeTooLong { .. } => {
            (Code::InvalidArgument, Detail::Field(Cow::Borrowed("lifetime")))
        }

        Violation::TooDeep { .. }
        | Violation::NotEmpty { .. }
        | Violation::DelegationInUse { .. }
        | Violation::NoDelegation { .. }
        | Violation::AmbiguousSerial { .. } => (Code::FailedPrecondition, Detail::None),
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Status {
        let (code, detail) = match &refusal {
            // One text for all reasons: which of them it was helps only those who guess.
            Refusal::Authn(AuthnError::Unauthenticated { .. }) => {
                let message = "no valid credential; send `authorization: Bearer TOKEN`";
                return answer(Code::Unauthenticated, message.to_owned(), Detail::None);
            }
            Refusal::Authn(AuthnError::Unavailable(_))
            | Refusal::NotRead
            | Refusal::NotSent
            | Refusal::Stopping => (Code::Unavailable, Detail::Retry(SOON)),
            Refusal::Busy | Refusal::Overloaded => (Code::ResourceExhausted, Detail::Retry(SOON)),
            Refusal::TooOften { wait, .. } | Refusal::FailsTooOften { wait } => {
                (Code::ResourceExhausted, Detail::Retry(*wait))
            }
            Refusal::NoSuchMethod { .. } => (Code::Unimplemented, Detail::None),
            Refusal::DeadlineExceeded => (Code::DeadlineExceeded, Detail::None),
            Refusal::NoGate => (Code::Internal, Detail::None),
        };
        answer(code, refusal.to_string(), detail)
    }
}

impl From<FieldViolations> for Status {
    fn from(violations: FieldViolations) -> Status {
        let first = violations.first();
        let message = format!("`{}`: {}", first.field, first.error);
        let mut details = ErrorDetails::new();
        let mut left = MAX_VIOLATIONS;
        for violation in violations.iter() {
            let description = violation.error.to_string();
            let size = violation.field.len() + description.len() + FRAMING;
            let Some(rest) = left.checked_sub(size) else { break };
            left = rest;
            details.add_bad_request_violation(violation.field.as_str(), description);
        }
        ours(Status::with_error_details(Code::InvalidArgument, bounded(message), details))
    }
}

fn answer(code: Code, message: String, detail: Detail<'_>) -> Status {
    let details = match detail {
        Detail::None => return ours(Status::new(code, bounded(message))),
        Detail::Retry(wait) => ErrorDetails::with_retry_info(Some(wait)),
        Detail::Field(field) => {
            let details = ErrorDetails::with_bad_request_violation(field.as_ref(), bounded(message.clone()));
            let message = bounded(format!("`{field}`: {message}"));
            return ours(Status::with_error_details(code, message, details));
        }
        Detail::Existing(key, id) => {
            let metadata = [(key.to_owned(), id.to_owned())];
            ErrorDetails::with_error_info("ALREADY_EXISTS", "ovgs.v1", metadata)
        }
        Detail::Counted(counts) => {
            let metadata = counts.into_iter().map(|(what, count)| (what.to_owned(), count.to_string()));
            let metadata = metadata.collect::<HashMap<_, _>>();
            ErrorDetails::with_error_info("ORG_IN_USE", "ovgs.provisioning.v1", metadata)
        }
    };
    ours(Status::with_error_details(code, bounded(message), details))
}

/// Marks a status as ours, so that [`translate`] leaves it alone.
fn ours(mut status: Status) -> Status {
    status.set_source(Arc::new(Ours));
    status
}

#[derive(Clone, Copy, Debug, Error)]
#[error("a status of our own")]
struct Ours;

fn bounded(mut message: String) -> String {
    const ELLIPSIS: char = '…';
    if message.len() > MAX_MESSAGE {
        message.truncate(message.floor_char_boundary(MAX_MESSAGE - ELLIPSIS.len_utf8()));
        message.push(ELLIPSIS);
    }
    message
}

fn log(error: &ServiceError) {
    match error {
        ServiceError::At { error, .. } => log(error),
        ServiceError::Internal(source) => tracing::error!(cause = chain(source.as_ref()), "internal error"),
        ServiceError::SignerUnavailable(source) => {
            tracing::warn!(cause = chain(source.as_ref()), "the signer is out of reach");
        }
        ServiceError::StoreUnavailable(source) => {
            tracing::warn!(cause = chain(source), "the store is out of reach");
        }
        ServiceError::NotFound(_)
        | ServiceError::NothingToVouchFor(_)
        | ServiceError::Denied(_)
        | ServiceError::Violation(_)
        | ServiceError::NoIssuer(_)
        | ServiceError::Registered(_)
        | ServiceError::NoTokens
        | ServiceError::TooLarge { .. }
        | ServiceError::Contended => {}
    }
}

/// An error and everything under it, from the outside in.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let errors = std::iter::successors(Some(error), |&error| error.source());
    errors.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
