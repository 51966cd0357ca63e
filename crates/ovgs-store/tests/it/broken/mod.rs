//! Stores with one fault each. Every one must fail the case that is about its fault, and no other.

mod accounts;
mod inventory;
mod journal;
mod organizations;

use std::{
    collections::HashMap,
    fmt::Write,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ovgs_domain::{CertId, ComponentId, Revision};
use ovgs_store::{
    Located, MemoryStore, Store, StoreError,
    contract::{Case, Fixture, Opened, cases},
};

/// How often a store with a fault lets others go first, where its fault is to be too late.
const LATE: usize = 64;

/// Declares the faults, each with what is wrong and with the one case that catches it.
macro_rules! faults {
    ($($(#[$doc:meta])+ $fault:ident => $case:ident,)*) => {
        /// What is wrong with a store.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        enum Fault {
            $($(#[$doc])+ $fault,)*
        }

        const FAULTS: &[(Fault, &str)] = &[$((Fault::$fault, stringify!($case)),)*];
    };
}

faults! {
    /// Takes revision 0 for no expectation at all.
    TakesZeroForAny => a_stale_revision_is_refused,
    /// Takes a revision that is to come for the present one.
    TakesLaterForPresent => a_revision_to_come_is_refused,
    /// Compares revisions first and commits later.
    CommitsTooLate => one_of_many_commits_wins,
    /// Reads a tree first and its revision later.
    ReadsInTwoSteps => a_reader_sees_whole_trees,
    /// Forgets, among changes, that roles were removed.
    ForgetsRemovedRoles => changes_since_lead_to_the_present,
    /// Knows of no changes since a revision that never was.
    KnowsEveryRevision => changes_since_an_unknown_revision_are_none,
    /// Takes letters of either case in groups' ids for the same.
    FoldsGroups => ids_are_compared_byte_for_byte,
    /// Answers with the bytes of a certificate cut at 1 KiB.
    CutsCertificates => certificates_come_back_byte_for_byte,
    /// Has the bytes of certificates that were deleted.
    KeepsCertificates => a_certificate_belongs_to_one_organization,
    /// Deletes organizations at any revision.
    DeletesBlindly => an_organization_that_moved_stays,
    /// Lists organizations from the last one again, not after it.
    RepeatsOrganizations => organizations_are_listed_in_pages,
    /// Names an organization once for each role that is held there.
    CountsRoles => members_are_found_in_every_organization,
    /// Counts a delegation to any as one to each.
    TakesAnyForEach => delegators_are_those_that_list_exactly,
    /// Does not count an organization as giving roles to its own users.
    ForgetsItself => employers_are_those_that_give_roles,

    /// Takes letters of either case in serial numbers for the same.
    FoldsSerials => serial_numbers_are_compared_byte_for_byte,
    /// Answers for components sorted, not in the order asked.
    SortsAnswers => components_are_answered_in_the_order_asked,
    /// Has lower case before upper case.
    SortsLowerFirst => pages_are_in_order_of_ids,
    /// Skips a component after one that is gone.
    LosesItsPlace => pages_neither_skip_nor_repeat,
    /// Gives pages of a thousand at most.
    BoundsPages => pages_may_be_empty_or_huge,
    /// Lists from the first component, wherever it shall go on.
    ListsFromTheStart => listings_bring_what_pages_do,
    /// Says nothing of its organizations while it lists.
    ListsAlone => listings_leave_room_for_others,
    /// Counts components whatever the limit.
    CountsBeyond => a_tally_counts_components_and_octets,
    /// Finds the namesakes of the first serial number alone.
    ForgetsNamesakes => namesakes_are_found_whatever_their_owner,
    /// Takes a component out of whatever group it is in.
    TakesOutBlindly => a_placement_compares_and_sets,
    /// Compares where a component is first and places it later.
    PlacesTooLate => one_of_many_placements_wins,
    /// Takes the root for no group.
    PlacesInRoots => a_placement_needs_a_group_of_its_organization,
    /// Leaves an event of its own for a placement that it refuses.
    RecordsRefusals => a_refused_write_leaves_no_event,
    /// Enters new components in the group they name.
    KeepsGivenGroups => new_components_are_in_their_root_alone,
    /// Enters components one by one.
    IngestsPiecemeal => an_ingest_is_all_or_nothing,
    /// Takes a component out of its group when it is corrected.
    CorrectsGroups => a_correction_changes_facts_alone,
    /// Sorts manufacturers as numbers.
    SortsNumbers => manufacturers_are_listed_in_order,

    /// Keeps of equal vouchers one.
    DropsDuplicates => vouchers_come_back_in_order,
    /// Answers vouchers whether or not they are valid still.
    IgnoresValidity => vouchers_are_filtered,
    /// Skips vouchers between two pages.
    SkipsVouchers => vouchers_are_paged,
    /// Keeps times to the millisecond.
    CutsTimes => times_are_kept_to_the_microsecond,
    /// Leaves no event when a component is retired.
    ForgetsRetirements => every_write_leaves_its_event,
    /// Answers events whoever is asked for.
    IgnoresUsers => events_are_filtered,
    /// Skips an event between two pages.
    SkipsEvents => events_are_paged,

    /// Takes a program for the person of that name.
    MixesUpKinds => a_user_is_registered_once,
    /// Skips a user between two pages.
    SkipsUsers => users_are_listed_in_pages,
    /// Takes letters of either case in tokens' ids for the same.
    FoldsTokens => a_token_needs_its_user,
    /// Believes the last who told of a token's use.
    BelievesTheLast => the_last_use_of_a_token_only_moves_forward,
    /// Skips a token between two pages.
    SkipsTokens => tokens_are_listed_in_pages,

    /// Answers the revision before the present one with a component.
    LocatesLate => a_reading_of_everything_agrees_with_its_parts,
    /// Has lost its users when it is opened again.
    LosesUsers => everything_is_there_after_reopening,
}

/// A good store behind a fault.
#[derive(Clone, Debug)]
struct Broken {
    inner: Arc<MemoryStore>,
    fault: Fault,
    /// Whether it was opened before.
    reopened: bool,
    notes: Arc<Notes>,
}

/// What a store remembers for its fault alone.
#[derive(Debug, Default)]
struct Notes {
    certificates: Mutex<HashMap<CertId, Arc<[u8]>>>,
    uses: Mutex<HashMap<String, DateTime<Utc>>>,
    /// Whether anything was listed.
    listed: AtomicBool,
}

impl Notes {
    fn certificates(&self) -> MutexGuard<'_, HashMap<CertId, Arc<[u8]>>> {
        self.certificates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn uses(&self) -> MutexGuard<'_, HashMap<String, DateTime<Utc>>> {
        self.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Broken {
    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// Lets others go first.
    async fn dawdle(&self) {
        for _ in 0..LATE {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait]
impl Store for Broken {
    async fn locate(&self, ids: &[ComponentId]) -> Result<Vec<Option<Located>>, StoreError> {
        let mut located = self.inner.locate(ids).await?;
        if self.has(Fault::LocatesLate) {
            for found in located.iter_mut().flatten() {
                found.revision = Revision(found.revision.0.saturating_sub(1));
            }
        }
        Ok(located)
    }
}

/// Opens a broken store.
struct Opening {
    broken: Broken,
    opened: AtomicBool,
}

impl Opening {
    fn new(fault: Fault) -> Opening {
        let broken = Broken { inner: Arc::default(), fault, reopened: false, notes: Arc::default() };
        Opening { broken, opened: AtomicBool::new(false) }
    }
}

#[async_trait]
impl Fixture for Opening {
    async fn open(&self) -> Opened {
        let reopened = self.opened.swap(true, Ordering::SeqCst);
        Ok(Arc::new(Broken { reopened, ..self.broken.clone() }))
    }
}

#[test]
fn each_fault_fails_exactly_its_case() {
    let mut wrong = String::new();
    for (fault, case) in FAULTS {
        let fails = |case: &Case| case.run(&Opening::new(*fault)).is_err();
        let failed: Vec<&str> = cases().into_iter().filter(fails).map(|case| case.name()).collect();
        if failed != [*case] {
            let _ = writeln!(wrong, "{fault:?}, which is for {case}, fails {failed:?}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
