//! Who may do what: a permission table and a total function over it.
//!
//! The table is [`rule`], one row per call. [`Policy::decide`] asks it about a caller and a [`Request`] and answers
//! with a [`Grant`] or with [`Denied`]. A grant can be made here only, so code that demands one for a write cannot
//! forget to ask. What a caller may *see* of a tree is a [`View`].
//!
//! Pure: trees come in as values, nothing is read or written. *Whether the rules of the tree allow it* is not asked
//! here but in `ovgs_domain::commands`.
//!
//! ```
//! use ovgs_authz::{Policy, Request, Spot};
//! use ovgs_domain::{Description, Org, OrgId, Role, User, UserType, Username, commands::{Membership, add_user_role}};
//!
//! let mut org = Org::new(OrgId::parse("org-acmeco")?, Description::parse("Acme")?);
//! let ann = User {
//!     org: org.id().clone(),
//!     username: Username::parse("ann")?,
//!     user_type: UserType::User,
//! };
//! let root = org.root().clone();
//! let policy = Policy::default();
//!
//! let request = Request::CreateGroup { parent: Spot { org: &org, group: &root } };
//! assert!(policy.decide(&ann, &request).is_err());
//!
//! let admin = Membership { group: root.clone(), user: ann.clone(), role: Role::Admin };
//! let change = add_user_role(&org, admin, false)?;
//! org.apply(&change)?;
//! let request = Request::CreateGroup { parent: Spot { org: &org, group: &root } };
//! assert!(policy.decide(&ann, &request).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Start reading at [`rule`].

mod decide;
mod error;
mod grant;
mod operation;
mod policy;
mod provisioning;
mod request;
mod view;

pub use self::{
    decide::Policy,
    error::Denied,
    grant::{Action, Grant},
    operation::Operation,
    policy::{Place, Rule, rule},
    provisioning::{Mandate, Principals, Provisioner, Task},
    request::{Power, Request, Spot},
    view::View,
};
