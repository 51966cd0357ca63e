//! What the vendor does: organizations, users, roles, tokens, parts, and looking into the journal.
//!
//! One set of use cases, one file each, for the command line, for gRPC (through a [`Desk`], which lets the vendor's
//! principals alone at them), and for whoever embeds them. Each that changes something takes the
//! [`Provisioner`](ovgs_authz::Provisioner) who acts; the journal keeps who it was. What is so already is
//! [`Effect::Unchanged`], not an error.
//!
//! ```
//! use std::sync::Arc;
//!
//! use ovgs_authz::Provisioner;
//! use ovgs_domain::{Description, OrgId, Username};
//! use ovgs_server::provisioning::{Effect, Provisioning, Settings};
//! use ovgs_store::MemoryStore;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let provisioning = Provisioning::new(Arc::new(MemoryStore::new()), Settings::default());
//! let vendor = Provisioner::cli(Username::parse("root")?);
//!
//! let (acme, name) = (OrgId::parse("org-acmeco")?, Description::parse("Acme")?);
//! assert_eq!(provisioning.create_org(&vendor, &acme, Some(&name)).await?, Effect::Done);
//! assert_eq!(provisioning.create_org(&vendor, &acme, None).await?, Effect::Unchanged);
//! # Ok(())
//! # }
//! ```

mod add_user;
mod bootstrap_org;
mod change_record;
mod correct_component;
mod create_org;
mod delete_org;
mod delete_org_and_all;
mod desk;
mod error;
mod findings;
#[cfg(test)]
mod fixtures;
mod grant_role;
mod import;
mod issue_token;
mod journal;
mod lists;
mod remove_user;
mod retire_component;
mod revoke_role;
mod revoke_token;
mod show_component;
mod show_org;
mod shown;
mod transfer_component;
mod turns;

use std::sync::Arc;

use ovgs_authz::Policy;
use ovgs_domain::OrgId;
use ovgs_store::Store;

pub use self::{
    bootstrap_org::NewOrg,
    change_record::{About, ChangeRecord},
    delete_org_and_all::Deletion,
    desk::{Desk, Vendor},
    error::{ProvisioningError, Remains},
    import::{
        BatchReport, Column, ColumnName, Corrected, FactTexts, ImportError, ImportListener, ImportOptions,
        Notice, Outcome, PartImport, PartRow, Tally,
    },
    lists::Rows,
    shown::{OrgDetails, PartDetails},
};
use crate::{
    clock::{Clock, IdSource, System},
    guarded::Guarded,
    issuers::Issuers,
    service::NotFound,
};

/// What came of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It was done.
    Done,
    /// It was so already.
    Unchanged,
}

impl Effect {
    /// Whether it was so already.
    #[must_use]
    pub fn is_unchanged(self) -> bool {
        self == Effect::Unchanged
    }

    fn done_if(done: bool) -> Effect {
        if done { Effect::Done } else { Effect::Unchanged }
    }
}

/// What provisioning is told at its making.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Who gives support (`security.support_orgs`).
    pub policy: Policy,
    /// Whether roles are given to registered users only (`users.strict`).
    pub strict_users: bool,
    /// Who signs for which manufacturer, active or retired; they need no keys here.
    pub issuers: Issuers,
}

/// The vendor's use cases over any store. A clone shares the store.
#[derive(Clone, Debug)]
pub struct Provisioning {
    guarded: Guarded,
    settings: Settings,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl Provisioning {
    /// Use cases over a store, with the system's clock.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, settings: Settings) -> Provisioning {
        Provisioning::with_clock(store, settings, Arc::new(System), Arc::new(System))
    }

    /// Use cases with a clock and a source of ids of your own.
    #[must_use]
    pub fn with_clock(
        store: Arc<dyn Store>,
        settings: Settings,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Provisioning {
        Provisioning { guarded: Guarded::new(store, clock.clone()), settings, clock, ids }
    }

    async fn org_exists(&self, org: &OrgId) -> Result<(), ProvisioningError> {
        match self.guarded.revision(org).await? {
            Some(_) => Ok(()),
            None => Err(NotFound::Org(org.clone()).into()),
        }
    }
}
