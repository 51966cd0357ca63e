//! From refusals of the vendor's tasks to statuses.

use ovgs_store::StoreError;
use tonic::{Code, Status};

use super::{AT_ONCE, Detail, SOON, answer, chain, verdict_on};
use crate::provisioning::{ProvisioningError, Remains};

/// The answer to a principal whose task was not done. The log gets what the caller must not see.
pub(in crate::rpc) fn provisioning_status(error: ProvisioningError) -> Status {
    match &error {
        ProvisioningError::NotFound(_) | ProvisioningError::UnknownToken { .. } => {
            answer(Code::NotFound, error.to_string(), Detail::None)
        }
        ProvisioningError::Violation(violation) => {
            let (code, detail) = verdict_on(violation);
            answer(code, violation.to_string(), detail)
        }
        ProvisioningError::AnotherDescription { .. } => {
            answer(Code::AlreadyExists, error.to_string(), Detail::None)
        }
        ProvisioningError::OrgInUse { org: _, remains } => {
            answer(Code::FailedPrecondition, error.to_string(), Detail::Counted(counts(remains)))
        }
        ProvisioningError::NotRegistered { .. } | ProvisioningError::NoTokens => {
            answer(Code::FailedPrecondition, error.to_string(), Detail::None)
        }
        ProvisioningError::TokenTooLong => {
            answer(Code::InvalidArgument, error.to_string(), Detail::Field("ttl".into()))
        }
        ProvisioningError::BadFact { column, reason } => {
            let field = format!("row.{column}");
            answer(Code::InvalidArgument, reason.clone(), Detail::Field(field.into()))
        }
        ProvisioningError::Import(_) => answer(Code::InvalidArgument, error.to_string(), Detail::None),
        ProvisioningError::BrokenOff { .. } => broken_off(error),
        ProvisioningError::Contended => answer(Code::Aborted, error.to_string(), Detail::Retry(AT_ONCE)),
        ProvisioningError::Store(StoreError::Unavailable(_)) => {
            tracing::warn!(cause = chain(&error), "the store is out of reach");
            let message = "the store is out of reach; try again".to_owned();
            answer(Code::Unavailable, message, Detail::Retry(SOON))
        }
        ProvisioningError::Store(_) | ProvisioningError::Unsigned(_) => {
            tracing::error!(cause = chain(&error), "internal error");
            answer(Code::Internal, "internal error".to_owned(), Detail::None)
        }
    }
}

/// What broke it off.
fn broken_off(error: ProvisioningError) -> Status {
    match error {
        ProvisioningError::BrokenOff { tally: _, why } => provisioning_status(*why),
        error => provisioning_status(error),
    }
}

/// What is left, under the names of the fields of `Remains`.
fn counts(remains: &Remains) -> Vec<(&'static str, u64)> {
    let counts = [
        ("groups", remains.groups as u64),
        ("components", remains.components),
        ("certificates", remains.certificates as u64),
        ("roles", remains.roles as u64),
        ("users", remains.users as u64),
        ("employers", remains.employers.len() as u64),
        ("delegators", remains.delegators.len() as u64),
    ];
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}
