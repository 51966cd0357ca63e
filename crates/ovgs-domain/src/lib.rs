//! What an OVGS organization is, and what may happen to it.
//!
//! Three things live here: **values** that are good once they exist, the **tree** of one organization as a single
//! value ([`Org`]), and one function per **command** of the service, from an [`Org`] and an input to a [`Change`] or
//! a [`Violation`]. [`Org::apply`] is the only way a tree moves, so whoever keeps the changes keeps the history.
//!
//! The crate is pure: no I/O, no async, no clock (time is an argument), no serialization. *Who* may do something is
//! not asked here but in `ovgs-authz`; how a tree is kept is the matter of `ovgs-store`.
//!
//! ```
//! use ovgs_domain::{Description, GroupId, Org, OrgId, Violation, commands};
//!
//! let mut org = Org::new(OrgId::parse("org-acmeco")?, Description::parse("Acme")?);
//! let (root, id) = (org.root().clone(), GroupId::parse("group-1")?);
//! let change = commands::create_group(&org, &root, id.clone(), Description::parse("Berlin")?)?;
//! org.apply(&change)?;
//!
//! let again = commands::create_group(&org, &root, GroupId::parse("group-2")?, Description::parse("Berlin")?);
//! assert_eq!(again, Err(Violation::GroupExists { existing: id }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Start reading at [`Org`], then any file in `commands/`.

mod change;
pub mod commands;
mod component;
mod error;
#[cfg(test)]
mod fixtures;
mod journal;
mod org;
mod values;

pub use self::{
    change::{Change, DomainCert},
    component::Component,
    error::{Invalid, Violation},
    journal::{Author, Event, IssuedVoucher, RequestId},
    org::{Group, GroupRecord, Misfit, Org, OrgRecords, Revision},
    values::{
        CertId, ComponentId, Delegate, Description, DomainCertificate, EkCertificate, EkPurpose, Endorsement,
        Excerpt, Facts, Fingerprint, GroupId, IdevidIssuer, Ien, KeyForm, MacAddress, Model, NEVER, OrgId,
        PublicKey, Role, SerialNumber, User, UserType, Username, floor_to_micros, floor_to_seconds, legible,
    },
};
