//! The use cases, on domain types: no tonic, no proto, one file per call.
//!
//! Each reads as the story of its call: find, authorize, ask the rules, commit.

mod error;
mod model;
mod settings;
mod terms;

// The calls, in the order of the proto file.
mod get_components;
mod create_group;
mod delete_group;
mod get_group;
mod add_group_delegated_org;
mod remove_group_delegated_org;
mod add_user_role;
mod remove_user_role;
mod get_user_role;
mod add_serial;
mod remove_serial;
mod get_serial;
mod get_serials;
mod create_domain_cert;
mod delete_domain_cert;
mod get_domain_cert;
mod get_ownership_voucher;
mod get_ownership_vouchers;

// The calls of the account service.
mod accounts;

// What they share.
mod finding;
mod issuing;
pub(crate) mod sizes;
mod trees;

use std::sync::Arc;

use ovgs_authz::{Policy, Principals};
use ovgs_domain::CertId;
use ovgs_store::Store;
use ovgs_voucher::PinnedCert;
use quick_cache::sync::Cache;

use self::trees::Trees;
pub use self::{
    accounts::{AccountTerms, TokenOrder, TokenTtl},
    error::{NoIssuer, NotFound, ServiceError},
    model::{DomainCertDetails, GroupDetails, SerialDetails, SignedVoucher, VoucherBatch, VoucherOrder},
    settings::Settings,
    terms::{Batch, Compat, Lifetime, Limits, Terms},
};
use crate::{
    clock::{Clock, IdSource, System},
    guarded::Guarded,
    issuers::Issuers,
    telemetry::Metrics,
};

/// How many certificates are kept ready to be pinned, some 5 kB each.
const PINNED_CERTS: usize = 4096;

/// All use cases of `ovgs.v1.OwnershipVoucherService` and `ovgs.accounts.v1.AccountService` over any store.
#[derive(Debug)]
pub struct Service {
    guarded: Guarded,
    trees: Trees,
    /// Certificates ready to be pinned; their bytes never change under their ids.
    pinned: Cache<CertId, PinnedCert>,
    issuers: Issuers,
    metrics: Arc<Metrics>,
    policy: Policy,
    limits: Limits,
    compat: Compat,
    conceal_foreign: bool,
    strict_users: bool,
    accounts: AccountTerms,
    principals: Principals,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl Service {
    /// A service over a store, with the system's clock.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, issuers: impl Into<Issuers>, settings: Settings) -> Service {
        Service::with_clock(store, issuers, settings, Arc::new(System), Arc::new(System))
    }

    /// A service with a clock and a source of ids of your own.
    #[must_use]
    pub fn with_clock(
        store: Arc<dyn Store>,
        issuers: impl Into<Issuers>,
        settings: Settings,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Service {
        let guarded = Guarded::new(store, clock.clone());
        let Settings { policy, limits, compat, conceal_foreign, strict_users, accounts, principals } =
            settings;
        let trees = Trees::new(guarded.clone());
        let pinned = Cache::new(PINNED_CERTS);
        Service {
            guarded,
            trees,
            pinned,
            issuers: issuers.into(),
            metrics: Arc::default(),
            policy,
            limits,
            compat,
            conceal_foreign,
            strict_users,
            accounts,
            principals,
            clock,
            ids,
        }
    }

    /// The same service, which counts its vouchers in `metrics`.
    #[must_use]
    pub fn with_metrics(self, metrics: Arc<Metrics>) -> Service {
        Service { metrics, ..self }
    }

    /// Whether calls can be served: the store answers.
    ///
    /// # Errors
    /// [`ServiceError`] if it does not.
    pub async fn ready(&self) -> Result<(), ServiceError> {
        self.guarded.orgs(None, 1).await?;
        Ok(())
    }
}
