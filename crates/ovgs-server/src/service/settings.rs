//! What a service is told at its making.

use ovgs_authz::{Policy, Principals};

use super::{AccountTerms, Compat, Limits};

/// What a [`Service`](super::Service) is told at its making; the defaults are those of the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Who gives support (`security.support_orgs`).
    pub policy: Policy,
    /// Bounds of calls (`limits.*`).
    pub limits: Limits,
    /// Switches for other clients (`compat.*`).
    pub compat: Compat,
    /// Whether, for a caller that has nothing to do with an organization, nothing of it exists
    /// (`security.conceal_foreign`).
    pub conceal_foreign: bool,
    /// Whether roles are given to registered users only (`users.strict`).
    pub strict_users: bool,
    /// Bounds of what organizations do with their own accounts (`accounts.*`).
    pub accounts: AccountTerms,
    /// Who may provision over gRPC (`provisioning.principals`): no ADMIN removes these accounts or speaks for them.
    pub principals: Principals,
}
