//! Values: each has a private field and a `parse`, so whoever holds one holds a good one.
//!
//! Each type states its rule; together they are the value table of the service.

mod certificate;
mod component_id;
mod facts;
mod ids;
mod org_id;
mod role;
#[cfg(test)]
mod tests;
mod text;
mod times;
mod tpm;
mod user;

pub use self::{
    certificate::{DomainCertificate, Fingerprint},
    component_id::{ComponentId, Ien, SerialNumber},
    facts::{Facts, IdevidIssuer, MacAddress, Model},
    ids::{CertId, Description, GroupId},
    org_id::{Delegate, OrgId},
    role::Role,
    text::{Excerpt, legible},
    times::{NEVER, floor_to_micros, floor_to_seconds},
    tpm::{EkCertificate, EkPurpose, Endorsement, KeyForm, PublicKey},
    user::{User, UserType, Username},
};
