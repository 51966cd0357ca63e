//! `ovgs.accounts.v1.AccountService` from outside: what an ADMIN does with the accounts of its own organization, and how
//! each call fails.

use ovgs_domain::{Author, Event, Role, User};
use ovgs_proto::{accounts::v1 as pb, v1};
use ovgs_store::{EventFilter, Journal, Organizations};
use tonic::{Code, Request, Status, transport::Channel};

use crate::{
    errors::{World, fails, refuses},
    support::{Options, erp, org, pki, seed, service_account, user, with_token},
};

type Client = pb::account_service_client::AccountServiceClient<Channel>;

const PERSON: i32 = v1::AccountType::User as i32;
const PROGRAM: i32 = v1::AccountType::ServiceAccount as i32;

fn register(name: &str, user_type: i32, org_id: &str) -> pb::RegisterUserRequest {
    pb::RegisterUserRequest { username: name.into(), user_type, org_id: org_id.into() }
}

fn remove(name: &str, user_type: i32, org_id: &str) -> pb::RemoveUserRequest {
    pb::RemoveUserRequest { username: name.into(), user_type, org_id: org_id.into() }
}

fn issue(name: &str, org_id: &str, seconds: Option<i64>) -> pb::IssueTokenRequest {
    let ttl = seconds.map(|seconds| prost_types::Duration { seconds, nanos: 0 });
    pb::IssueTokenRequest { username: name.into(), org_id: org_id.into(), ttl, bind_certificate_der: vec![] }
}

async fn users(client: &Client, world: &World) -> Vec<String> {
    let request = world.admin(pb::ListUsersRequest { org_id: "org-acmeco".into() });
    let mut listed = client.clone().list_users(request).await.unwrap().into_inner();
    let mut names = Vec::new();
    while let Some(user) = listed.message().await.unwrap() {
        names.push(user.username);
    }
    names
}

async fn tokens(client: &Client, world: &World) -> Vec<pb::Token> {
    let request = world.admin(pb::ListTokensRequest { org_id: "org-acmeco".into() });
    let mut listed = client.clone().list_tokens(request).await.unwrap().into_inner();
    let mut tokens = Vec::new();
    while let Some(token) = listed.message().await.unwrap() {
        tokens.extend(token.token);
    }
    tokens
}

/// Who answers `GetUserRole` with this token: whether it still works.
async fn works(world: &World, token: &str) -> bool {
    let about =
        v1::GetUserRoleRequest { username: "robot".into(), user_type: PROGRAM, org_id: "org-acmeco".into() };
    match world.client.clone().get_user_role(with_token(about, token)).await {
        Ok(_) => true,
        Err(status) => {
            assert_eq!(status.code(), Code::Unauthenticated, "{}", status.message());
            false
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_runs_the_accounts_of_its_organization() {
    let world = World::new().await;
    let mut client = world.server.accounts().await;
    for (name, kind) in [("robot", PROGRAM), ("eve", PERSON)] {
        client.register_user(world.admin(register(name, kind, "org-acmeco"))).await.unwrap();
    }
    assert_eq!(users(&client, &world).await, ["admin", "eve", "robot"]);

    let issued = client.issue_token(world.admin(issue("robot", "org-acmeco", Some(3600)))).await.unwrap();
    let pb::IssueTokenResponse { token, record } = issued.into_inner();
    let record = record.unwrap();
    assert_eq!((record.username.as_str(), record.user_type), ("robot", PROGRAM));
    let (from, to) = (record.issued_at.unwrap(), record.expires_at.unwrap());
    assert_eq!(to.seconds - from.seconds, 3600);
    assert!(works(&world, &token).await);

    let known = tokens(&client, &world).await;
    let shown = known.iter().find(|shown| shown.jti == record.jti).unwrap();
    assert_eq!(shown.revoked_at, None);
    assert!(!format!("{known:?}").contains(&token), "a token is answered once");

    let revoke = |jti: &str| world.admin(pb::RevokeTokenRequest { jti: jti.into() });
    assert!(!client.revoke_token(revoke(&record.jti)).await.unwrap().into_inner().unchanged);
    assert!(!works(&world, &token).await, "at once on the server that revoked it");
    assert!(client.revoke_token(revoke(&record.jti)).await.unwrap().into_inner().unchanged);
    let known = tokens(&client, &world).await;
    assert!(known.iter().any(|shown| shown.jti == record.jti && shown.revoked_at.is_some()));

    let default = client.issue_token(world.admin(issue("robot", "org-acmeco", None))).await.unwrap();
    let record = default.into_inner().record.unwrap();
    assert_eq!(record.expires_at.unwrap().seconds - record.issued_at.unwrap().seconds, 90 * 86_400);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_loses_roles_and_tokens_everywhere() {
    let world = World::new().await;
    let (store, robot) = (&world.server.store, service_account("org-acmeco", "robot"));
    let mut client = world.server.accounts().await;
    let token = world.server.token(&robot).await;
    let (acme, other) = (org("org-acmeco"), org("org-other"));
    seed::grant(store, &acme, &acme.root(), &robot, Role::Assigner).await;
    seed::delegate(store, &other, &other.root(), ovgs_domain::Delegate::Any).await;
    seed::grant(store, &other, &other.root(), &robot, Role::Requestor).await;
    assert!(works(&world, &token).await);

    client.remove_user(world.admin(remove("robot", PROGRAM, "org-acmeco"))).await.unwrap();
    assert!(!works(&world, &token).await);
    assert!(store.orgs_of_member(&robot).await.unwrap().is_empty());
    let again = client.remove_user(world.admin(remove("robot", PROGRAM, "org-acmeco"))).await;
    fails("again", again, Code::NotFound, "service-account `robot` of `org-acmeco` is not known here");

    // Never registered, but with a role.
    seed::grant(store, &acme, &acme.root(), &robot, Role::Assigner).await;
    client.remove_user(world.admin(remove("robot", PROGRAM, "org-acmeco"))).await.unwrap();
    assert!(store.orgs_of_member(&robot).await.unwrap().is_empty());

    // An ADMIN may remove itself.
    client.remove_user(world.admin(remove("admin", PERSON, "org-acmeco"))).await.unwrap();
    assert!(store.orgs_of_member(&user("org-acmeco", "admin")).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_journalled_with_its_author() {
    let world = World::new().await;
    let mut client = world.server.accounts().await;
    client.register_user(world.admin(register("robot", PROGRAM, "org-acmeco"))).await.unwrap();
    let issued = client.issue_token(world.admin(issue("robot", "org-acmeco", None))).await.unwrap();
    let jti = issued.into_inner().record.unwrap().jti;
    client.revoke_token(world.admin(pb::RevokeTokenRequest { jti: jti.clone() })).await.unwrap();
    client.remove_user(world.admin(remove("robot", PROGRAM, "org-acmeco"))).await.unwrap();

    let robot = service_account("org-acmeco", "robot");
    let filter = EventFilter { user: Some(robot.clone()), ..EventFilter::default() };
    let told = world.server.store.events(&filter, None, 100).await.unwrap();
    let by =
        |event: &ovgs_store::RecordedEvent| event.stamp.author == Author::User(user("org-acmeco", "admin"));
    assert!(told.iter().all(by), "{told:?}");
    let expires_at = match &told[1].event {
        Event::TokenIssued { expires_at, .. } => *expires_at,
        other => panic!("{other:?}"),
    };
    let events: Vec<Event> = told.into_iter().map(|told| told.event).collect();
    assert_eq!(
        events,
        [
            Event::UserAdded { user: robot.clone() },
            Event::TokenIssued { jti: jti.clone(), user: robot.clone(), expires_at },
            Event::TokenRevoked { jti, user: robot.clone() },
            Event::UserRemoved { user: robot },
        ]
    );
}

/// Makes every call about `org-acmeco`, and tells what came of each.
async fn every_call(client: &Client, token: Option<&str>, jti: &str) -> Vec<(&'static str, Status)> {
    macro_rules! ask {
        ($method:ident, $message:expr) => {{
            let message = $message;
            let request = match token {
                Some(token) => with_token(message, token),
                None => Request::new(message),
            };
            let answer = client.clone().$method(request).await;
            (stringify!($method), answer.map(drop).expect_err(stringify!($method)))
        }};
    }
    let org_id = || "org-acmeco".to_owned();
    vec![
        ask!(register_user, register("eve", PERSON, "org-acmeco")),
        ask!(remove_user, remove("admin", PERSON, "org-acmeco")),
        ask!(list_users, pb::ListUsersRequest { org_id: org_id() }),
        ask!(issue_token, issue("robot", "org-acmeco", None)),
        ask!(list_tokens, pb::ListTokensRequest { org_id: org_id() }),
        ask!(revoke_token, pb::RevokeTokenRequest { jti: jti.into() }),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_a_stranger_and_a_role_too_low_get_nowhere() {
    let world = World::new().await;
    let client = world.server.accounts().await;
    let jti = world.server.issue(&service_account("org-acmeco", "robot")).await;
    for (call, status) in every_call(&client, None, &jti).await {
        assert_eq!(status.code(), Code::Unauthenticated, "{call} by nobody");
    }
    let assigner = user("org-acmeco", "assigner");
    let acme = org("org-acmeco");
    seed::grant(&world.server.store, &acme, &acme.root(), &assigner, Role::Assigner).await;
    for who in [
        assigner,
        user("org-other", "stranger"),
        user("org-partner", "delegated"),
        user("org-vendor", "support"),
        erp(),
    ] {
        let token = world.server.token(&who).await;
        for (call, status) in every_call(&client, Some(&token), &jti).await {
            assert_eq!(status.code(), Code::PermissionDenied, "{call} by {who}");
            assert!(status.message().contains("ADMIN in the root group"), "{}", status.message());
        }
    }
    world.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_concealed_organization_has_no_accounts() {
    let mut options = Options::default();
    options.settings.conceal_foreign = true;
    let world = World::with(options).await;
    let client = world.server.accounts().await;
    let jti = world.server.issue(&service_account("org-acmeco", "robot")).await;
    let token = world.server.token(&user("org-other", "stranger")).await;
    for (call, status) in every_call(&client, Some(&token), &jti).await {
        assert_eq!(status.code(), Code::NotFound, "{call}");
    }
    let mut said = Vec::new();
    for jti in [jti.as_str(), "never-was"] {
        let asked = world.stranger(pb::RevokeTokenRequest { jti: jti.into() });
        said.push(
            client.clone().revoke_token(asked).await.map(drop).unwrap_err().message().replace(jti, "JTI"),
        );
    }
    assert_eq!(said[0], said[1], "a concealed one is answered like one that never was");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_vendor_gives_no_admin_takes_or_lends() {
    let world = World::new().await;
    let (store, server) = (&world.server.store, &world.server);
    let client = server.accounts().await;
    let vendor = org("org-vendor");
    let boss = user("org-vendor", "boss");
    seed::grant(store, &vendor, &vendor.root(), &boss, Role::Admin).await;
    let token = server.token(&boss).await;
    let helper = service_account("org-vendor", "helper");
    let acme = org("org-acmeco");
    seed::grant(store, &acme, &acme.root(), &helper, Role::Support).await;
    server.token(&helper).await;
    server.token(&erp()).await;
    for User { username, .. } in [helper, erp()] {
        let asked = with_token(issue(username.as_str(), "org-vendor", None), &token);
        let answer = client.clone().issue_token(asked).await;
        fails("issue", answer, Code::PermissionDenied, "only the vendor");
        let asked = with_token(remove(username.as_str(), PROGRAM, "org-vendor"), &token);
        let answer = client.clone().remove_user(asked).await;
        fails("remove", answer, Code::PermissionDenied, "only the vendor");
    }
    let plain = service_account("org-vendor", "plain");
    server.token(&plain).await;
    client.clone().issue_token(with_token(issue("plain", "org-vendor", None), &token)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_documented_error_has_its_status() {
    let world = World::new().await;
    let client = || world.server.accounts();
    let admin = |name: &str, kind, org_id: &str| world.admin(register(name, kind, org_id));
    let mut accounts = client().await;
    refuses("", accounts.register_user(admin("", PERSON, "org-acmeco")).await, "username");
    refuses("", accounts.register_user(admin("eve", 0, "org-acmeco")).await, "user_type");
    refuses("", accounts.register_user(admin("eve", PERSON, "acmeco")).await, "org_id");
    refuses("", accounts.remove_user(world.admin(remove("", 0, ""))).await, "username");
    refuses("", accounts.list_users(world.admin(pb::ListUsersRequest::default())).await, "org_id");
    refuses("", accounts.list_tokens(world.admin(pb::ListTokensRequest::default())).await, "org_id");
    refuses("", accounts.revoke_token(world.admin(pb::RevokeTokenRequest::default())).await, "jti");
    refuses("", accounts.issue_token(world.admin(issue("", "org-acmeco", None))).await, "username");
    for seconds in [0, -1, 59, 366 * 86_400, i64::MAX] {
        let answer = accounts.issue_token(world.admin(issue("robot", "org-acmeco", Some(seconds)))).await;
        refuses(&seconds.to_string(), answer, "ttl");
    }
    let bound = pb::IssueTokenRequest { bind_certificate_der: vec![1], ..issue("robot", "org-acmeco", None) };
    refuses("", accounts.issue_token(world.admin(bound)).await, "bind_certificate_der");

    let nowhere = accounts.register_user(admin("eve", PERSON, "org-nowhere")).await;
    fails("", nowhere, Code::NotFound, "organization `org-nowhere` does not exist");
    let twice = accounts.register_user(admin("admin", PERSON, "org-acmeco")).await;
    fails("", twice, Code::AlreadyExists, "user `admin` of `org-acmeco` is registered already");
    let unknown = accounts.remove_user(world.admin(remove("eve", PERSON, "org-acmeco"))).await;
    fails("", unknown, Code::NotFound, "`eve`");
    let unknown = accounts.issue_token(world.admin(issue("robot", "org-acmeco", None))).await;
    fails("", unknown, Code::NotFound, "`robot`");
    // The person of that name is no service account.
    let person = accounts.issue_token(world.admin(issue("admin", "org-acmeco", None))).await;
    fails("", person, Code::NotFound, "service-account `admin`");
    let unknown = accounts.revoke_token(world.admin(pb::RevokeTokenRequest { jti: "x".into() })).await;
    fails("", unknown, Code::NotFound, "token `x` does not exist");
    accounts.register_user(admin("robot", PROGRAM, "org-acmeco")).await.unwrap();
    let certificate = pb::IssueTokenRequest {
        bind_certificate_der: pki::domain_cert(),
        ..issue("robot", "org-acmeco", None)
    };
    let bound = accounts.issue_token(world.admin(certificate)).await.unwrap().into_inner().token;
    assert!(!works(&world, &bound).await, "without that certificate it is worth nothing");
    world.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tokens_of_its_own_says_so() {
    let world = World::with(Options { without_tokens: true, ..Options::default() }).await;
    let mut accounts = world.server.accounts().await;
    accounts.register_user(world.admin(register("robot", PROGRAM, "org-acmeco"))).await.unwrap();
    let refused = accounts.issue_token(world.admin(issue("robot", "org-acmeco", None))).await;
    fails("", refused, Code::FailedPrecondition, "no tokens of its own");
}
