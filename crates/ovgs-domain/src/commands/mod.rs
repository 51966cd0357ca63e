//! One file per command of the service, named after the call.
//!
//! Each is a pure function from a tree and an input to a [`Change`](crate::Change), or a value beside the tree, or
//! the [`Violation`](crate::Violation) that stands against it. Groups named in the input exist: finding them, and
//! asking who may, comes before.

mod create_group;
mod delete_group;
mod add_group_delegated_org;
mod remove_group_delegated_org;
mod add_user_role;
mod remove_user_role;
mod add_serial;
mod remove_serial;
mod create_domain_cert;
mod delete_domain_cert;
mod get_ownership_voucher;
#[cfg(test)]
mod tests;

pub use self::{
    add_group_delegated_org::add_group_delegated_org,
    add_serial::add_serial,
    add_user_role::{Membership, add_user_role, may_hold},
    create_domain_cert::{NewDomainCert, create_domain_cert},
    create_group::create_group,
    delete_domain_cert::delete_domain_cert,
    delete_group::delete_group,
    get_ownership_voucher::{Namesake, expires_on, tell_apart, tie},
    remove_group_delegated_org::remove_group_delegated_org,
    remove_serial::remove_serial,
    remove_user_role::remove_user_role,
};
