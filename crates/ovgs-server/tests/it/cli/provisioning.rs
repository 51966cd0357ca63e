//! Organizations, users, roles and tokens.

use expect_test::expect;
use serde_json::Value;

use super::site::Site;

fn json(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const ANN: [&str; 5] = ["--org", "org-acmeco", "--type", "user", "ann"];

fn with<'a>(command: &[&'a str], rest: &[&'a str]) -> Vec<&'a str> {
    command.iter().chain(rest).copied().collect()
}

fn role<'a>(command: &'a str, group: &'a str, org: &'a str, role: Option<&'a str>) -> Vec<&'a str> {
    let mut arguments =
        vec!["role", command, "--group", group, "--org", org, "--type", "user", "--user", "ann"];
    arguments.extend(role.into_iter().flat_map(|role| ["--role", role]));
    arguments
}

#[test]
fn cl20_an_organization_lives_and_dies() {
    let site = Site::new();
    assert_eq!(site.done(&["org", "create", "org-acmeco", "--description", "Acme"]), "created org-acmeco\n");
    assert_eq!(site.done(&["org", "create", "org-acmeco", "--description", "Acme"]), "unchanged\n");
    assert_eq!(site.done(&["org", "create", "org-acmeco"]), "unchanged\n");
    expect![[r#"
        error: `org-acmeco` exists with the description `Acme`; leave the description out, or use that one
    "#]]
    .assert_eq(&site.refused(&["org", "create", "org-acmeco", "--description", "Other"]));
    site.done(&["org", "create", "org-b"]);
    expect![[r#"
        error: `org-b` exists without a description; leave it out
    "#]]
    .assert_eq(&site.refused(&["org", "create", "org-b", "--description", "Other"]));
    assert_eq!(site.done(&["org", "list"]), "org-acmeco  Acme\norg-b\n");
    let listed = json(&site.done(&["org", "list", "--json"]));
    assert_eq!(listed[1], serde_json::json!({ "org_id": "org-b", "description": "" }));
    let shown = json(&site.done(&["org", "show", "org-acmeco", "--json"]));
    assert_eq!((&shown[0]["group_id"], &shown[0]["description"]), (&"org-acmeco".into(), &"Acme".into()));
    assert_eq!(site.done(&["org", "delete", "org-b"]), "deleted org-b\n");
    for command in ["show", "delete"] {
        assert_eq!(site.refused(&["org", command, "org-b"]), "error: organization `org-b` does not exist\n");
    }
}

#[test]
fn cl21_an_organization_that_is_in_use_stays() {
    let site = Site::with_orgs();
    site.done(&with(&["user", "add"], &ANN));
    site.done(&role("grant", "org-acmeco", "org-acmeco", Some("admin")));
    site.write("parts.csv", "ien,serial_number\n30065,A\n30065,B\n");
    site.done(&["component", "import", "parts.csv", "--org", "org-acmeco"]);
    expect![[r#"
        error: `org-acmeco` cannot be deleted: 2 components, 1 role, 1 registered user; remove these first, or force it, and they go with it
    "#]]
    .assert_eq(&site.refused(&["org", "delete", "org-acmeco"]));
    site.done(&with(&["user", "remove"], &ANN));
    for serial in ["A", "B"] {
        site.done(&["component", "retire", "30065", serial]);
    }
    site.done(&["org", "delete", "org-acmeco"]);
}

#[test]
fn cl21_an_organization_goes_with_all_that_is_in_it_when_forced() {
    let site = Site::with_orgs();
    let created = site.done(&["org", "create", "org-new", "--admin", "ann"]);
    assert_eq!(created, "created org-new, org-new/user/ann is admin\n");
    assert_eq!(site.done(&["org", "create", "org-new", "--admin", "ann"]), "unchanged\n");
    assert!(site.done(&["org", "show", "org-new"]).contains("user: org-new/user/ann admin"));
    site.write("parts.csv", "ien,serial_number\n30065,A\n30065,B\n");
    site.done(&["component", "import", "parts.csv", "--org", "org-new"]);
    site.done(&["token", "issue", "--org", "org-new", "--type", "user", "ann"]);
    assert_eq!(
        site.done(&["org", "delete", "org-new", "--force"]),
        "deleted org-new with 2 components, 1 role, 1 registered user\n"
    );
    assert_eq!(site.refused(&["org", "show", "org-new"]), "error: organization `org-new` does not exist\n");
    assert_eq!(site.done(&["token", "list"]), "");
    let told = site.done(&["audit", "list", "--org", "org-new", "--json"]);
    let changes: Vec<Value> = json(&told).into_iter().map(|change| change["change"].clone()).collect();
    let story = [
        "org_created",
        "user_added",
        "role_added",
        "component_added",
        "component_added",
        "token_issued",
        "component_retired",
        "component_retired",
        "user_removed",
        "role_removed",
        "org_deleted",
    ];
    assert_eq!(changes, story);
    assert_eq!(site.done(&["org", "create", "org-new"]), "created org-new\n");
    assert_eq!(site.done(&["org", "delete", "org-new", "--force"]), "deleted org-new\n");
}

#[test]
fn cl22_users_come_and_go_with_roles_and_tokens() {
    let site = Site::with_orgs();
    assert_eq!(site.done(&with(&["user", "add"], &ANN)), "added org-acmeco/user/ann\n");
    assert_eq!(site.done(&with(&["user", "add"], &ANN)), "unchanged\n");
    site.done(&["user", "add", "--org", "org-acmeco", "--type", "service-account", "ann"]);
    let listed = json(&site.done(&["user", "list", "--json", "--org", "org-acmeco"]));
    assert_eq!(
        listed[0],
        serde_json::json!({ "username": "ann", "user_type": "user", "org_id": "org-acmeco" })
    );
    assert_eq!(listed.len(), 2);
    assert_eq!(site.done(&["user", "list", "--org", "org-other"]), "");
    site.done(&role("grant", "org-acmeco", "org-acmeco", Some("admin")));
    site.done(&with(&["token", "issue"], &ANN));
    assert_eq!(site.done(&with(&["user", "remove"], &ANN)), "removed org-acmeco/user/ann\n");
    assert_eq!(site.done(&with(&["user", "remove"], &ANN)), "unchanged\n");
    assert_eq!(site.done(&["token", "list"]), "");
    assert!(!site.done(&["org", "show", "org-acmeco"]).contains("ann"));

    // One with a role only, never registered, is removed all the same.
    site.done(&role("grant", "org-acmeco", "org-acmeco", Some("requestor")));
    assert_eq!(site.done(&with(&["user", "remove"], &ANN)), "removed org-acmeco/user/ann\n");
    for command in ["add", "remove"] {
        let unknown = ["user", command, "--org", "org-nobody", "--type", "user", "ann"];
        assert_eq!(site.refused(&unknown), "error: organization `org-nobody` does not exist\n");
    }
    assert_eq!(
        site.refused(&["user", "list", "--org", "org-nobody"]),
        "error: organization `org-nobody` does not exist\n"
    );
}

#[test]
fn cl23_roles_obey_the_rules_of_the_service() {
    let site = Site::with_orgs();
    assert_eq!(
        site.done(&role("grant", "org-acmeco", "org-acmeco", Some("admin"))),
        "org-acmeco/user/ann is now admin in org-acmeco\n"
    );
    assert_eq!(site.done(&role("grant", "org-acmeco", "org-acmeco", Some("admin"))), "unchanged\n");
    let refusals = [
        site.refused(&role("grant", "org-acmeco", "org-acmeco", Some("assigner"))),
        site.refused(&role("grant", "group-x", "org-acmeco", Some("admin"))),
        site.refused(&role("grant", "org-acmeco", "org-nobody", Some("admin"))),
        site.refused(&role("grant", "org-acmeco", "org-other", Some("admin"))),
        site.refused(&role("grant", "org-acmeco", "org-other", Some("support"))),
        site.refused(&role("revoke", "group-x", "org-acmeco", None)),
        site.refused(&role("revoke", "org-acmeco", "org-nobody", None)),
    ];
    expect![[r#"
        error: the user has the role ADMIN in this group already; to change it, remove it, then add the other
        error: group `group-x` does not exist
        error: organization `org-nobody` does not exist
        error: the group is not delegated to `org-other`; an ADMIN of the owner's root group can delegate it
        error: SUPPORT may be held only by users of the vendor's support organizations, and `org-other` is not one
        error: group `group-x` does not exist
        error: organization `org-nobody` does not exist
    "#]]
    .assert_eq(&refusals.concat());
    site.done(&["org", "create", "org-vendor"]);
    site.done(&role("grant", "org-acmeco", "org-vendor", Some("support")));
    assert_eq!(
        site.done(&role("revoke", "org-acmeco", "org-acmeco", None)),
        "org-acmeco/user/ann has no role in org-acmeco any more\n"
    );
    assert_eq!(site.done(&role("revoke", "org-acmeco", "org-acmeco", None)), "unchanged\n");
}

#[test]
fn cl24_strict_users_must_be_registered_before_they_get_roles() {
    let site = Site::with_orgs();
    site.configure("[tokens]", "[users]\nstrict = true\n[tokens]");
    expect![[r#"
        error: `org-acmeco/user/ann` is not registered; register it first
    "#]]
    .assert_eq(&site.refused(&role("grant", "org-acmeco", "org-acmeco", Some("admin"))));
    site.done(&with(&["user", "add"], &ANN));
    site.done(&role("grant", "org-acmeco", "org-acmeco", Some("admin")));
}

#[test]
fn cl25_tokens_are_for_registered_users_and_stand_alone_on_a_line() {
    let site = Site::with_orgs();
    expect![[r#"
        error: `org-acmeco/user/ann` is not registered; register it first
    "#]]
    .assert_eq(&site.refused(&with(&["token", "issue"], &ANN)));
    site.done(&with(&["user", "add"], &ANN));
    expect![[r#"
        error: the token would be good beyond the year 9999; give it a shorter time
    "#]]
    .assert_eq(&site.refused(&with(&["token", "issue"], &with(&ANN, &["--ttl", "2920000d"]))));
    let token = site.done(&with(&["token", "issue"], &with(&ANN, &["--ttl", "1h"])));
    let parts: Vec<&str> = token.trim_end().split('.').collect();
    assert_eq!((token.lines().count(), parts.len()), (1, 3));
    let claims = claims(parts[1]);
    assert_eq!((&claims["sub"], &claims["user_type"]), (&"ann".into(), &"user".into()));
    assert_eq!(claims["org_id"], "org-acmeco");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
    assert!(claims.get("cnf").is_none());

    let listed = site.done(&["token", "list", "--org", "org-acmeco", "--json"]);
    let listed = json(&listed);
    assert_eq!(listed[0]["jti"], claims["jti"]);
    assert!(
        listed[0]["expires_at"].as_str().unwrap().ends_with(".000000Z")
            && listed[0].get("revoked_at").is_none()
    );
    let jti = claims["jti"].as_str().unwrap();
    assert_eq!(site.done(&["token", "revoke", jti]), format!("revoked {jti}\n"));
    assert_eq!(site.done(&["token", "revoke", jti]), "unchanged\n");
    assert!(site.done(&["token", "list"]).contains("  revoked 20"));
    expect![[r#"
        error: there is no token `nothing`; list the tokens to see those there are
    "#]]
    .assert_eq(&site.refused(&["token", "revoke", "nothing"]));
}

#[test]
fn cl26_a_token_can_be_bound_to_a_client_certificate() {
    let site = Site::with_orgs();
    site.done(&with(&["user", "add"], &ANN));
    let token = site.done(&with(&["token", "issue"], &with(&ANN, &["--bind", "server.pem", "--json"])));
    let issued = &json(&token)[0];
    let claims = claims(issued["token"].as_str().unwrap().split('.').nth(1).unwrap());
    assert_eq!(claims["cnf"]["x5t#S256"].as_str().unwrap().len(), 43);
    let refused = site.refused(&with(&["token", "issue"], &with(&ANN, &["--bind", "ovgs.toml"])));
    assert!(refused.starts_with("error: `ovgs.toml` holds no certificate in PEM"), "{refused}");
}

fn claims(part: &str) -> Value {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
