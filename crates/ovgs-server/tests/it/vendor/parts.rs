//! Parts: import in its ways, export, correction.

use pb::import_components_response::Outcome;
use tonic::Code;

use super::*;
use crate::{errors::fails, support::pki};

fn outcomes(answers: &[pb::ImportComponentsResponse]) -> Vec<Outcome> {
    answers.iter().flat_map(|answer| answer.outcomes().collect::<Vec<_>>()).collect()
}

async fn exported(vendor: &Vendor, org_id: &str) -> Vec<pb::ComponentRow> {
    let wanted = pb::ExportComponentsRequest { org_id: org_id.into() };
    let answers = vendor.client.clone().export_components(vendor.asks(wanted)).await.unwrap().into_inner();
    all(answers).await.unwrap().into_iter().filter_map(|answer| answer.row).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_stand_alone_and_each_is_told_what_came_of_it() {
    let vendor = Vendor::new().await;
    vendor.create_org("org-acmeco", "ann").await;
    vendor.create_org("org-betaco", "bob").await;
    vendor.import(begin("org-betaco"), vec![part("THEIRS")], 10).await.unwrap();
    let facts = |serial: &str, model: &str| pb::ComponentRow { model: Some(model.into()), ..part(serial) };
    let rows = vec![
        facts("A", "X-1"),
        facts("A", "X-1"),
        facts("A", "X-2"),
        part("THEIRS"),
        pb::ComponentRow { component: component("4", "A"), ..Default::default() },
        pb::ComponentRow { component: None, ..Default::default() },
        pb::ComponentRow { endorsement_key: Some(vec![1]), ..part("KEY") },
        pb::ComponentRow {
            endorsement_key: Some(pki::public_key()),
            ek_certificate: Some(pki::ek_cert()),
            ..part("BOTH")
        },
        pb::ComponentRow { component: component("32473", "A"), ..Default::default() },
    ];
    let answers = vendor.import(begin("org-acmeco"), rows.clone(), 4).await.unwrap();
    assert_eq!(answers.iter().map(|answer| answer.first_row).collect::<Vec<_>>(), [0, 4, 8]);
    use Outcome::{Added, Refused, Unchanged};
    assert_eq!(
        outcomes(&answers),
        [Added, Unchanged, Refused, Refused, Refused, Refused, Refused, Refused, Added]
    );
    let refusals: Vec<_> = answers.iter().flat_map(|answer| &answer.refusals).collect();
    let at: Vec<_> = refusals.iter().map(|refusal| (refusal.row, refusal.column.as_str())).collect();
    assert_eq!(
        at,
        [
            (2, "model"),
            (3, "serial_number"),
            (4, "ien"),
            (5, "ien"),
            (6, "endorsement_key"),
            (7, "ek_certificate")
        ]
    );
    let warnings: Vec<_> = answers.iter().flat_map(|answer| &answer.warnings).collect();
    assert_eq!(warnings.len(), 1);
    assert_eq!((warnings[0].row, &warnings[0].other), (8, &component("30065", "A")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_can_be_imported() {
    let vendor = Vendor::new().await;
    vendor.create_org("org-acmeco", "ann").await;
    let whole = pb::ComponentRow {
        component: component("30065", "A"),
        model: Some("X-1".into()),
        mac_addr: Some("00:1c:73:ab:cd:01".into()),
        endorsement_key: Some(pki::public_key()),
        ek_certificate: None,
        platform_primary_key: Some(pki::public_key()),
        idevid_issuer: Some(vec![7; 20]),
    };
    let certified = pb::ComponentRow { ek_certificate: Some(pki::ek_cert()), ..part("B") };
    vendor.import(begin("org-acmeco"), vec![whole.clone(), certified.clone(), part("C")], 10).await.unwrap();
    let rows = exported(&vendor, "org-acmeco").await;
    assert_eq!((rows.len(), &rows[1], &rows[2]), (3, &certified, &part("C")));
    // The key id is wrapped as an AuthorityKeyIdentifier.
    assert!(rows[0].idevid_issuer.as_ref().is_some_and(|issuer| issuer.len() > 20));
    assert_eq!(pb::ComponentRow { idevid_issuer: whole.idevid_issuer.clone(), ..rows[0].clone() }, whole);
    let again = vendor.import(begin("org-acmeco"), rows, 10).await.unwrap();
    assert_eq!(outcomes(&again), [Outcome::Unchanged; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_remembers_and_writes_nothing() {
    let vendor = Vendor::new().await;
    vendor.create_org("org-acmeco", "ann").await;
    let dry = pb::import_components_request::Begin { dry_run: true, ..begin("org-acmeco") };
    let answers = vendor.import(dry, vec![part("A"), part("A")], 1).await.unwrap();
    assert_eq!(outcomes(&answers), [Outcome::Added, Outcome::Unchanged]);
    assert!(exported(&vendor, "org-acmeco").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_are_changed_by_an_update_and_by_a_correction() {
    let vendor = Vendor::new().await;
    let mut client = vendor.client.clone();
    vendor.create_org("org-acmeco", "ann").await;
    let model = |model: &str| pb::ComponentRow { model: Some(model.into()), ..part("A") };
    vendor.import(begin("org-acmeco"), vec![model("X-1"), part("B")], 10).await.unwrap();
    let update = pb::import_components_request::Begin { update: true, ..begin("org-acmeco") };
    let answers = vendor.import(update, vec![model("X-2")], 10).await.unwrap();
    assert_eq!(outcomes(&answers), [Outcome::Updated]);

    let mut correct = async |row: pb::ComponentRow| {
        client.correct_component(vendor.asks(pb::CorrectComponentRequest { row: Some(row) })).await
    };
    assert!(!correct(model("X-3")).await.unwrap().into_inner().unchanged);
    assert!(correct(model("X-3")).await.unwrap().into_inner().unchanged);
    assert!(!correct(model("")).await.unwrap().into_inner().unchanged);
    assert_eq!(exported(&vendor, "org-acmeco").await, [part("A"), part("B")]);
    let keyed = pb::ComponentRow { endorsement_key: Some(pki::public_key()), ..part("A") };
    assert!(!correct(keyed).await.unwrap().into_inner().unchanged);

    let bad = |row: pb::ComponentRow| (row, Code::InvalidArgument);
    for ((row, code), says) in [
        (bad(pb::ComponentRow { mac_addr: Some("x".into()), ..part("A") }), "row.mac_addr"),
        (bad(pb::ComponentRow { ek_certificate: Some(pki::ek_cert()), ..part("A") }), "row.ek_certificate"),
        (bad(pb::ComponentRow::default()), "row.component"),
        ((part("NONE"), Code::NotFound), "component `30065/NONE` does not exist"),
    ] {
        fails(says, correct(row).await, code, says);
    }
    let told =
        vendor.changes(pb::ListChangesRequest { component: component("30065", "A"), ..Default::default() });
    let told: Vec<_> = told.await.into_iter().map(|change| change.change).collect();
    let updated = "component_updated";
    assert_eq!(told, ["component_added", updated, updated, updated, updated]);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_an_import_come_in_their_order() {
    let vendor = Vendor::new().await;
    vendor.create_org("org-acmeco", "ann").await;
    let begin_it = || begin_of(begin("org-acmeco"));
    let many = rows_of((0..2001).map(|number| part(&format!("S{number}"))).collect());
    for (messages, says) in [
        (vec![], "`begin`"),
        (vec![rows_of(vec![part("A")])], "`begin`"),
        (vec![begin_it(), begin_it()], "`rows`"),
        (vec![begin_it(), many], "`rows.rows`: has 2001 entries, at most 2000"),
        (vec![begin_of(begin("acmeco"))], "`begin.org_id`"),
    ] {
        let status = vendor.send(messages).await.expect_err(says);
        assert_eq!(status.code(), Code::InvalidArgument, "{says}: {}", status.message());
        assert!(status.message().contains(says), "{says}: {}", status.message());
    }
    let nowhere = vendor.send(vec![begin_of(begin("org-nowhere"))]).await.unwrap_err();
    assert_eq!(nowhere.code(), Code::NotFound);
    // What came before the mistake was taken.
    let broken = vec![begin_it(), rows_of(vec![part("A")]), begin_it()];
    vendor.send(broken).await.unwrap_err();
    assert_eq!(exported(&vendor, "org-acmeco").await, [part("A")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_beyond_the_largest_request_is_refused_in_the_middle_of_the_stream() {
    let limits = ovgs_server::rpc::CallLimits { max_request_bytes: 64 * 1024, ..Default::default() };
    let vendor = Vendor::with(Options { limits, ..Options::default() }).await;
    vendor.create_org("org-acmeco", "ann").await;
    let large = pb::ComponentRow { endorsement_key: Some(vec![0; 70_000]), ..part("A") };
    let status = vendor.send(vec![begin_of(begin("org-acmeco")), rows_of(vec![large])]).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted, "{}", status.message());
    assert_eq!(status.message(), "the request is larger than 65536 bytes");
}
