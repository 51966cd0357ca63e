//! Why not.

use ovgs_domain::Role;
use thiserror::Error;

use crate::Place;

/// A refusal. It names what is missing and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Denied {
    /// A role is missing.
    #[error("{}", missing(*role, *place))]
    MissingRole {
        /// The least role that would do.
        role: Role,
        /// Where it would have to be held.
        place: Place,
    },
    /// Only SUPPORT gives and takes SUPPORT.
    #[error("the role SUPPORT is needed to give or take SUPPORT")]
    SupportOnly,
    /// A delegated caller named a user of another organization.
    #[error("in a delegated group, roles can be given to and taken from users of your own organization only")]
    OwnUsersOnly,
    /// The account has power that only the vendor gives.
    #[error(
        "the account holds SUPPORT or acts for the vendor, so only the vendor removes it or issues its tokens"
    )]
    VendorOnly,
    /// The caller is none of the vendor's principals.
    #[error("only the principals that the server's configuration names may provision")]
    NotPrincipal,
}

fn missing(role: Role, place: Place) -> String {
    if place == Place::OwnerRoot {
        return format!(
            "the role {role} in {place} is needed, held by a user of the organization that owns it"
        );
    }
    format!("the role {role} or higher is needed in {place}")
}
