//! `audit` and `voucher list`: what the journal tells.

use ovgs_domain::{
    CertId, ComponentId, Fingerprint, Ien, IssuedVoucher, OrgId, RequestId, SerialNumber, User, UserType,
    Username,
};
use ovgs_server::clock::{Clock, System};
use ovgs_store::{Journal, SqlDatabase, SqliteOptions};
use serde_json::Value;

use super::site::Site;

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn changes(site: &Site, filter: &[&str]) -> Vec<String> {
    let text = site.done(&[&["audit", "export"], filter].concat());
    lines(&text).iter().map(|event| event["change"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn cl50_every_change_is_told_with_time_and_author() {
    let site = Site::with_orgs();
    let user = ["--org", "org-acmeco", "--type", "user"];
    site.done(&[&["user", "add"], &user[..], &["ann"]].concat());
    site.done(
        &[&["role", "grant", "--group", "org-acmeco", "--role", "admin", "--user", "ann"], &user[..]]
            .concat(),
    );
    site.write("parts.csv", "ien,serial_number\n30065,A\n");
    site.done(&["component", "import", "parts.csv", "--org", "org-acmeco"]);
    site.done(&["component", "transfer", "30065", "A", "--to", "org-other"]);
    let all = [
        "org_created",
        "org_created",
        "user_added",
        "role_added",
        "component_added",
        "component_transferred",
    ];
    assert_eq!(changes(&site, &[]), all);
    assert_eq!(changes(&site, &["--org", "org-other"]), ["org_created", "component_transferred"]);
    assert_eq!(changes(&site, &["--user", "org-acmeco/user/ann"]), ["user_added", "role_added"]);
    assert_eq!(changes(&site, &["--user", "ann"]), ["user_added", "role_added"]);
    assert_eq!(changes(&site, &["--component", "30065", "A"]), ["component_added", "component_transferred"]);
    assert_eq!(changes(&site, &["--since", "2100-01-01T00:00:00Z"]), Vec::<String>::new());
    let event = &lines(&site.done(&["audit", "list", "--json"]))[3];
    assert_eq!((&event["user_role"], &event["group_id"]), (&"admin".into(), &"org-acmeco".into()));
    assert!(event["author"].as_str().unwrap().starts_with("cli:"));
    let author = event["author"].as_str().unwrap();
    assert_eq!(changes(&site, &["--user", author]), all);
    assert_eq!(changes(&site, &["--user", "cli:ann"]), Vec::<String>::new(), "she is no author");
    let listed = site.done(&["audit", "list"]);
    assert_eq!(listed.lines().count(), all.len());
    let lines: Vec<&str> = listed.lines().collect();
    assert!(lines[0].ends_with("org_created  org-acmeco  description Acme"), "{listed}");
    assert!(lines[1].ends_with("org_created  org-other"), "{listed}");
}

#[test]
fn cl52_an_organization_that_never_was_is_refused_and_one_that_is_gone_is_not() {
    let site = Site::with_orgs();
    for command in [["audit", "list"], ["audit", "export"], ["voucher", "list"]] {
        assert_eq!(
            site.refused(&[&command[..], &["--org", "org-nobody"]].concat()),
            "error: organization `org-nobody` does not exist\n"
        );
    }
    site.done(&["org", "delete", "org-other"]);
    assert_eq!(changes(&site, &["--org", "org-other"]), ["org_created", "org_deleted"]);
    assert_eq!(site.done(&["voucher", "list", "--org", "org-other"]), "");
}

fn issued(serial: &str) -> IssuedVoucher {
    let org = OrgId::parse("org-acmeco").unwrap();
    let now = ovgs_domain::floor_to_micros(System.now());
    IssuedVoucher {
        at: now,
        caller: User {
            org: org.clone(),
            username: Username::parse("ann").unwrap(),
            user_type: UserType::User,
        },
        request_id: RequestId::parse("r-1").unwrap(),
        org,
        component: ComponentId {
            ien: Ien::parse("30065").unwrap(),
            serial_number: SerialNumber::parse(serial).unwrap(),
        },
        cert: CertId::parse("cert-1").unwrap(),
        pinned_cert: Fingerprint::of(b"pinned"),
        content: Fingerprint::of(b"content"),
        voucher: Fingerprint::of(b"voucher"),
        created_on: now,
        expires_on: None,
        issuer: "main".into(),
        signer_cert: Fingerprint::of(b"signer"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cl51_issued_vouchers_are_listed_and_told_when_a_part_leaves() {
    let site = Site::with_orgs();
    site.write("parts.csv", "ien,serial_number\n30065,A\n30065,B\n");
    site.done(&["component", "import", "parts.csv", "--org", "org-acmeco"]);
    let database = SqlDatabase::sqlite(&site.path("ovgs.db"), &SqliteOptions::default()).await.unwrap();
    let store = database.store().await.unwrap();
    store.append(&[issued("A"), issued("B")]).await.unwrap();
    let listed = lines(&site.done(&["voucher", "list", "--json", "--component", "30065", "A", "--valid"]));
    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0]["serial_number"], &listed[0]["cert_id"]), (&"A".into(), &"cert-1".into()));
    assert_eq!(listed[0]["caller"], "org-acmeco/user/ann");
    assert!(
        listed[0].get("expires_on").is_none() && listed[0]["created_on"].as_str().unwrap().ends_with('Z')
    );
    assert_eq!(site.done(&["voucher", "list", "--org", "org-other"]), "");
    let retired = site.done(&["component", "retire", "30065", "B"]);
    assert_eq!(retired.lines().count(), 2);
    assert!(
        retired.lines().nth(1).unwrap().contains("30065/B  org-acmeco  cert-1  expires never"),
        "{retired}"
    );
}
