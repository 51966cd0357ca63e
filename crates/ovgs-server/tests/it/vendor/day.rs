//! A vendor's day: two organizations and their admins, a delivery of parts with mistakes in it, returns, a resale, and
//! the journal that tells of all of it.

use ovgs_proto::v1;
use tonic::Code;

use super::*;

/// How many parts are delivered.
const PARTS: usize = 10_000;

/// How many rows of the delivery have a mistake in them.
const BAD: usize = 17;

/// The delivery: every 588th row has a MAC address that is none.
fn delivery() -> Vec<pb::ComponentRow> {
    let row = |number: usize| pb::ComponentRow {
        model: Some("X-1".into()),
        mac_addr: Some(match number % 588 == 587 {
            true => "none".into(),
            false => format!("{number:012x}"),
        }),
        ..part(&format!("S{number:05}"))
    };
    (0..PARTS).map(row).collect()
}

fn count(
    answers: &[pb::ImportComponentsResponse],
    outcome: pb::import_components_response::Outcome,
) -> usize {
    let all = answers.iter().flat_map(|answer| &answer.outcomes);
    all.filter(|found| **found == i32::from(outcome)).count()
}

fn role(org_id: &str, name: &str, group_id: &str) -> pb::RevokeRoleRequest {
    pb::RevokeRoleRequest {
        username: name.into(),
        user_type: PERSON,
        org_id: org_id.into(),
        group_id: group_id.into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_tells_a_vendors_day_in_order() {
    use pb::import_components_response::Outcome;
    let vendor = Vendor::new().await;
    let mut client = vendor.client.clone();
    vendor.create_org("org-acmeco", "ann").await;
    vendor.create_org("org-betaco", "bob").await;

    // The delivery, its mistakes, and the delivery again with these mended.
    let mut rows = delivery();
    let answers = vendor.import(begin("org-acmeco"), rows.clone(), 1500).await.unwrap();
    assert_eq!((count(&answers, Outcome::Added), count(&answers, Outcome::Refused)), (PARTS - BAD, BAD));
    let refusals: Vec<_> = answers.into_iter().flat_map(|answer| answer.refusals).collect();
    assert_eq!(refusals.len(), BAD);
    for refusal in refusals {
        assert_eq!(refusal.column, "mac_addr");
        assert!(refusal.reason.starts_with("`none` is not a MAC address"), "{}", refusal.reason);
        rows[usize::try_from(refusal.row).unwrap()].mac_addr = Some("02:00:00:00:00:01".into());
    }
    let answers = vendor.import(begin("org-acmeco"), rows.clone(), 2000).await.unwrap();
    assert_eq!((count(&answers, Outcome::Added), count(&answers, Outcome::Unchanged)), (BAD, PARTS - BAD));
    let answers = vendor.import(begin("org-acmeco"), rows, 2000).await.unwrap();
    assert_eq!(count(&answers, Outcome::Unchanged), PARTS);

    // A part comes back, another one is resold.
    let component = |serial: &str| component("30065", serial);
    let retire = pb::RetireComponentRequest { component: component("S00001") };
    client.retire_component(vendor.asks(retire)).await.unwrap();
    let to_org_id = "org-betaco".to_owned();
    let transfer = pb::TransferComponentRequest { component: component("S00002"), to_org_id };
    assert!(!client.transfer_component(vendor.asks(transfer)).await.unwrap().into_inner().unchanged);
    let shown = pb::GetComponentRequest { component: component("S00002") };
    let shown = client.get_component(vendor.asks(shown)).await.unwrap().into_inner();
    assert_eq!((shown.org_id.as_str(), shown.manufacturer.as_str()), ("org-betaco", "main networks"));

    // Ann delegates to betaco, and Bob becomes REQUESTOR at Acme.
    let mut operators = vendor.server.client().await;
    let ann = token(&vendor, "org-acmeco", "ann").await;
    let root = || "org-acmeco".to_owned();
    let delegate = v1::AddGroupDelegatedOrgRequest { group_id: root(), org_id: "org-betaco".into() };
    operators.add_group_delegated_org(with_token(delegate, &ann)).await.unwrap();
    let add = v1::AddUserRoleRequest {
        username: "bob".into(),
        user_type: PERSON,
        org_id: "org-betaco".into(),
        group_id: root(),
        user_role: v1::UserRole::Requestor.into(),
    };
    operators.add_user_role(with_token(add, &ann)).await.unwrap();

    // The vendor takes Bob's role at Acme away again, and Ann's token.
    let revoked = client.revoke_role(vendor.asks(role("org-betaco", "bob", "org-acmeco"))).await.unwrap();
    assert!(!revoked.into_inner().unchanged);
    let tokens = pb::ListTokensRequest { org_id: root() };
    let tokens = all(client.list_tokens(vendor.asks(tokens)).await.unwrap().into_inner()).await.unwrap();
    let [pb::ListTokensResponse { token: Some(record) }] = tokens.as_slice() else { panic!("{tokens:?}") };
    client.revoke_token(vendor.asks(pb::RevokeTokenRequest { jti: record.jti.clone() })).await.unwrap();
    let refused = operators.get_group(with_token(v1::GetGroupRequest { group_id: root() }, &ann)).await;
    assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated);

    the_story(&vendor).await;
}

/// A token that the vendor has issued.
async fn token(vendor: &Vendor, org_id: &str, name: &str) -> String {
    let wanted = pb::IssueTokenRequest {
        username: name.into(),
        user_type: PERSON,
        org_id: org_id.into(),
        ttl: Some(prost_types::Duration { seconds: 3600, nanos: 0 }),
        bind_certificate_der: Vec::new(),
    };
    vendor.client.clone().issue_token(vendor.asks(wanted)).await.unwrap().into_inner().token
}

async fn the_story(vendor: &Vendor) {
    const ERP: &str = "org-vendor/service-account/erp";
    const ANN: &str = "org-acmeco/user/ann";
    let told = vendor.changes(pb::ListChangesRequest::default()).await;
    assert!(told.is_sorted_by_key(|change| change.time.map(|time| (time.seconds, time.nanos))));
    // What the test itself wrote, before the day began.
    let told: Vec<_> = told.into_iter().filter(|change| change.author != "cli:test").collect();
    let mut story: Vec<(&str, &str, &str, usize)> = Vec::new();
    for change in &told {
        let next = (change.author.as_str(), change.change.as_str(), change.org_id.as_str());
        match story.last_mut() {
            Some((author, name, org, count)) if (*author, *name, *org) == next => *count += 1,
            _ => story.push((next.0, next.1, next.2, 1)),
        }
    }
    assert_eq!(
        story,
        [
            (ERP, "org_created", "org-acmeco", 1),
            (ERP, "user_added", "org-acmeco", 1),
            (ERP, "role_added", "org-acmeco", 1),
            (ERP, "org_created", "org-betaco", 1),
            (ERP, "user_added", "org-betaco", 1),
            (ERP, "role_added", "org-betaco", 1),
            (ERP, "component_added", "org-acmeco", PARTS),
            (ERP, "component_retired", "org-acmeco", 1),
            (ERP, "component_transferred", "org-acmeco", 1),
            (ERP, "token_issued", "org-acmeco", 1),
            (ANN, "delegation_added", "org-acmeco", 1),
            (ANN, "role_added", "org-acmeco", 1),
            (ERP, "role_removed", "org-acmeco", 1),
            (ERP, "token_revoked", "org-acmeco", 1),
        ]
    );
    let about = |filter: pb::ListChangesRequest| async move {
        let told = vendor.changes(filter).await;
        told.into_iter().map(|change| change.change).collect::<Vec<_>>()
    };
    let part = pb::ListChangesRequest { component: component("30065", "S00002"), ..Default::default() };
    assert_eq!(about(part).await, ["component_added", "component_transferred"]);
    let bob = pb::list_changes_request::Account {
        username: "bob".into(),
        user_type: PERSON,
        org_id: "org-betaco".into(),
    };
    let about_bob = pb::ListChangesRequest { user: Some(bob), ..Default::default() };
    assert_eq!(about(about_bob).await, ["user_added", "role_added", "role_added", "role_removed"]);
    let betaco = pb::ListChangesRequest { org_id: "org-betaco".into(), ..Default::default() };
    assert_eq!(about(betaco).await, ["org_created", "user_added", "role_added", "component_transferred"]);
    let since = told.last().and_then(|change| change.time);
    assert_eq!(about(pb::ListChangesRequest { since, ..Default::default() }).await, ["token_revoked"]);
}
