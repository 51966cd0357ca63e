//! The contract of a store, as tests: for everybody who writes one.
//!
//! [`store_contract!`](crate::store_contract) makes one `#[test]` of each case. It is given a [`Fixture`], which is most
//! easily a function that opens the store; opened twice, it must be the same store, at first empty.
//!
//! ```
//! use std::sync::Arc;
//! use ovgs_store::{MemoryStore, Store, contract::Opened};
//!
//! ovgs_store::store_contract!({
//!     let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
//!     move || {
//!         let store = store.clone();
//!         async move { Opened::Ok(store) }
//!     }
//! });
//! ```
//!
//! Every case runs on a runtime of its own with several threads, so that races are races. Those who need more than tests
//! go through [`cases`].

mod accounts;
mod deletion;
mod inventory;
mod journal;
mod listing;
mod organizations;
mod portions;
mod races;
mod sample;
mod whole;

use std::{error::Error, fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use async_trait::async_trait;

use crate::{Store, StoreError};

/// After this long a case counts as hanging.
const PATIENCE: Duration = Duration::from_secs(120);

/// What opening a store gives.
pub type Opened = Result<Arc<dyn Store>, Box<dyn Error + Send + Sync>>;

/// A way to open one store, at first empty, any number of times. Dropping it cleans up.
#[async_trait]
pub trait Fixture: Send + Sync + 'static {
    /// Opens the store. A second call sees what was written through the first one.
    async fn open(&self) -> Opened;
}

#[async_trait]
impl<F, R> Fixture for F
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Future<Output = Opened> + Send,
{
    async fn open(&self) -> Opened {
        self().await
    }
}

/// Why a case failed.
#[derive(Clone, PartialEq, Eq)]
pub struct Failure(String);

impl Failure {
    /// A failure for this reason.
    pub fn new(reason: impl Into<String>) -> Failure {
        Failure(reason.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// A test that fails shows its error this way.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Failure {
    fn from(error: E) -> Failure {
        let error = error.into();
        let mut reason = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            reason = format!("{reason}: {inner}");
            cause = inner.source();
        }
        Failure(reason)
    }
}

/// What a case comes to.
pub type Outcome = Result<(), Failure>;

type Run = for<'a> fn(&'a dyn Fixture) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// One case of the contract.
#[derive(Clone, Copy)]
pub struct Case {
    name: &'static str,
    run: Run,
}

impl Case {
    /// Its name: a sentence about stores.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Tries it on a store.
    ///
    /// # Errors
    /// Why the store does not keep the contract.
    pub fn run(&self, fixture: &dyn Fixture) -> Outcome {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build()?;
        let case = async { tokio::time::timeout(PATIENCE, (self.run)(fixture)).await };
        runtime.block_on(case).unwrap_or_else(|_| Err(Failure::new("the case hung")))
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Opens the store of a case.
async fn open(fixture: &dyn Fixture) -> Result<Arc<dyn Store>, Failure> {
    fixture.open().await.map_err(Failure::from)
}

/// Both must be equal.
fn same<T: PartialEq + fmt::Debug>(what: &str, found: T, expected: T) -> Outcome {
    if found == expected {
        return Ok(());
    }
    Err(Failure(format!("{what}\n   found {found:?}\nexpected {expected:?}")))
}

/// It must be so.
fn holds(what: &str, so: bool) -> Outcome {
    if so { Ok(()) } else { Err(Failure(format!("not so: {what}"))) }
}

/// The store must have answered [`StoreError::Conflict`].
fn refused<T: fmt::Debug>(what: &str, answer: Result<T, StoreError>) -> Outcome {
    match answer {
        Err(StoreError::Conflict) => Ok(()),
        other => Err(Failure(format!("{what}: expected a conflict, found {other:?}"))),
    }
}

/// The one list of cases: what stands here and is not written does not compile, what is written and does not stand here
/// is dead code.
macro_rules! cases {
    ($d:tt $($module:ident { $($case:ident),* $(,)? })*) => {
        /// Every case of the contract.
        #[must_use]
        pub fn cases() -> Vec<Case> {
            vec![$($(
                Case { name: stringify!($case), run: |fixture| Box::pin($module::$case(fixture)) },
            )*)*]
        }

        /// Makes one `#[test]` of each case of the [contract](crate::contract), for the [`Fixture`](crate::contract::Fixture)
        /// that is given.
        #[macro_export]
        macro_rules! store_contract {
            ($d fixture:expr) => {
                $($(
                    #[test]
                    fn $case() -> $crate::contract::Outcome {
                        $crate::contract::__run(stringify!($case), &$d fixture)
                    }
                )*)*
            };
        }
    };
}

cases! { $
    organizations {
        an_unknown_organization_is_none,
        a_new_organization_has_its_root_alone,
        an_organization_is_created_once,
        a_tree_moves_as_its_changes_say,
        a_commit_is_all_or_nothing,
        a_change_that_does_not_fit_is_refused,
        a_stale_revision_is_refused,
        a_revision_to_come_is_refused,
        changes_since_lead_to_the_present,
        changes_since_an_unknown_revision_are_none,
        ids_are_compared_byte_for_byte,
        descriptions_are_compared_byte_for_byte,
        a_group_belongs_to_one_organization,
        a_certificate_belongs_to_one_organization,
        certificates_come_back_byte_for_byte,
        a_role_needs_the_organization_of_its_user,
        a_delegation_needs_its_organization,
    }
    deletion {
        a_group_is_deleted_when_it_is_empty,
        a_group_that_holds_something_stays,
        a_root_group_stays,
        an_empty_organization_is_deleted,
        an_organization_that_moved_stays,
        an_organization_that_holds_something_stays,
        an_organization_that_is_referred_to_stays,
        a_name_used_again_inherits_nothing,
    }
    listing {
        organizations_are_listed_in_pages,
        members_are_found_in_every_organization,
        delegators_are_those_that_list_exactly,
        employers_are_those_that_give_roles,
    }
    inventory {
        components_are_answered_in_the_order_asked,
        facts_come_back_as_they_were,
        serial_numbers_are_compared_byte_for_byte,
        namesakes_are_found_whatever_their_owner,
        pages_are_in_order_of_ids,
        pages_neither_skip_nor_repeat,
        pages_may_be_empty_or_huge,
        a_tally_counts_components_and_octets,
        a_placement_compares_and_sets,
        a_placement_needs_a_group_of_its_organization,
        new_components_are_in_their_root_alone,
        an_ingest_is_all_or_nothing,
        a_correction_changes_facts_alone,
        a_retired_component_is_gone,
        a_transferred_component_is_in_the_other_root,
        manufacturers_are_listed_in_order,
    }
    portions {
        listings_bring_what_pages_do,
        listings_leave_room_for_others,
    }
    journal {
        vouchers_come_back_in_order,
        vouchers_are_filtered,
        vouchers_are_paged,
        every_write_leaves_its_event,
        a_refused_write_leaves_no_event,
        events_are_filtered,
        events_are_paged,
        the_journal_outlives_what_it_speaks_of,
        times_are_kept_to_the_microsecond,
    }
    accounts {
        a_user_is_registered_once,
        a_user_needs_its_organization,
        users_are_listed_in_pages,
        a_removed_user_leaves_no_tokens,
        a_token_needs_its_user,
        a_token_is_revoked_once,
        the_last_use_of_a_token_only_moves_forward,
        tokens_are_listed_in_pages,
    }
    races {
        one_of_many_commits_wins,
        contending_writers_lose_nothing,
        a_reader_sees_whole_trees,
        one_of_many_placements_wins,
        a_group_is_deleted_or_filled_never_both,
        a_component_is_placed_or_transferred_never_both,
        concurrent_appends_are_all_kept,
        an_abandoned_append_harms_no_other,
        an_abandoned_commit_is_all_or_nothing,
        an_organization_is_created_by_one_of_many,
    }
    whole {
        a_reading_of_everything_agrees_with_its_parts,
        everything_is_there_after_reopening,
    }
}

/// Tries one case; what [`store_contract!`](crate::store_contract) expands to.
#[doc(hidden)]
pub fn __run(name: &str, fixture: &dyn Fixture) -> Outcome {
    let case = cases().into_iter().find(|case| case.name == name);
    case.ok_or_else(|| Failure(format!("there is no case `{name}`")))?.run(fixture)
}
