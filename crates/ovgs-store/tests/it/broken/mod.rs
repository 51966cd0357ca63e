//! Stores with one fault each. Every one must fail, and fail the cases that are about its fault.

mod inventory;
mod journal;
mod organizations;

use std::{collections::BTreeMap, fmt::Write, sync::Arc};

use expect_test::expect;
use ovgs_store::{
    Composed, MemoryStore, Store,
    contract::{Opened, cases},
};

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Commits whatever revision was expected.
    CommitsBlindly,
    /// Forgets the last of the changes since a revision.
    ForgetsTheLastChange,
    /// Answers with the bytes of a certificate cut at 1 KiB.
    CutsCertificates,
    /// Deletes organizations at any revision.
    DeletesBlindly,
    /// Lists organizations from the last one again, not after it.
    RepeatsAtPageEnds,
    /// Counts a delegation to any as one to each.
    TakesAnyForEach,
    /// Takes letters of either case for the same.
    FoldsCase,
    /// Answers for components sorted, not in the order asked.
    SortsAnswers,
    /// Skips the first component of each further page.
    SkipsAtPageEnds,
    /// Places whatever it was expected to come from.
    PlacesBlindly,
    /// Enters components one by one.
    IngestsPiecemeal,
    /// Finds the namesakes of the first serial number alone.
    ForgetsNamesakes,
    /// Keeps the first voucher of each batch.
    LosesVouchers,
    /// Keeps times to the second.
    CutsTimes,
    /// Answers events whoever is asked for.
    IgnoresUsers,
}

const FAULTS: [Fault; 15] = [
    Fault::CommitsBlindly,
    Fault::ForgetsTheLastChange,
    Fault::CutsCertificates,
    Fault::DeletesBlindly,
    Fault::RepeatsAtPageEnds,
    Fault::TakesAnyForEach,
    Fault::FoldsCase,
    Fault::SortsAnswers,
    Fault::SkipsAtPageEnds,
    Fault::PlacesBlindly,
    Fault::IngestsPiecemeal,
    Fault::ForgetsNamesakes,
    Fault::LosesVouchers,
    Fault::CutsTimes,
    Fault::IgnoresUsers,
];

/// A good store behind a port with a fault.
#[derive(Debug)]
struct Broken {
    inner: Arc<MemoryStore>,
    fault: Fault,
}

impl Broken {
    fn store(fault: Fault) -> Arc<dyn Store> {
        let inner = Arc::new(MemoryStore::new());
        let broken = Arc::new(Broken { inner: inner.clone(), fault });
        Arc::new(Composed::new(broken.clone(), broken.clone(), broken, inner))
    }
}

#[test]
fn each_fault_is_caught() {
    let mut caught = BTreeMap::new();
    for fault in FAULTS {
        let fails = |case: &ovgs_store::contract::Case| {
            let store = Broken::store(fault);
            let open = move || {
                let store = store.clone();
                async move { Opened::Ok(store) }
            };
            case.run(&open).is_err()
        };
        let failed: Vec<&str> = cases().into_iter().filter(fails).map(|case| case.name()).collect();
        assert!(!failed.is_empty(), "{fault:?} was not caught");
        caught.insert(format!("{fault:?}"), failed);
    }
    let mut table = String::new();
    for (fault, cases) in caught {
        let _ = writeln!(table, "{fault}: {}", cases.join(", "));
    }
    expect![[r#"
        CommitsBlindly: a_stale_revision_is_refused, a_revision_to_come_is_refused, a_refused_write_leaves_no_event, one_of_many_commits_wins
        CutsCertificates: certificates_come_back_byte_for_byte
        CutsTimes: vouchers_come_back_in_order, vouchers_are_filtered, vouchers_are_paged, times_are_kept_to_the_microsecond, concurrent_appends_are_all_kept
        DeletesBlindly: an_organization_that_moved_stays
        FoldsCase: serial_numbers_are_compared_byte_for_byte
        ForgetsNamesakes: a_reading_of_everything_agrees_with_its_parts
        ForgetsTheLastChange: changes_since_lead_to_the_present, a_name_used_again_inherits_nothing, contending_writers_lose_nothing, an_abandoned_commit_is_all_or_nothing, everything_is_there_after_reopening
        IgnoresUsers: events_are_filtered
        IngestsPiecemeal: an_ingest_is_all_or_nothing
        LosesVouchers: vouchers_come_back_in_order, vouchers_are_filtered, vouchers_are_paged, concurrent_appends_are_all_kept
        PlacesBlindly: a_placement_compares_and_sets, a_refused_write_leaves_no_event, one_of_many_placements_wins
        RepeatsAtPageEnds: organizations_are_listed_in_pages
        SkipsAtPageEnds: pages_are_in_order_of_ids, pages_neither_skip_nor_repeat
        SortsAnswers: components_are_answered_in_the_order_asked, an_ingest_is_all_or_nothing, a_reading_of_everything_agrees_with_its_parts
        TakesAnyForEach: delegators_are_those_that_list_exactly
    "#]].assert_eq(&table);
}
