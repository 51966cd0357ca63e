//! The policy matrix through gRPC, cell by cell, as `ovgs-authz` printed it; and every call by nobody.

use std::{collections::BTreeMap, fmt::Write};

use chrono::TimeDelta;
use ovgs_domain::{CertId, ComponentId, Delegate, GroupId, OrgId, Role, User};
use ovgs_proto::{
    accounts::v1::{self as apb, account_service_client::AccountServiceClient},
    v1 as pb,
};
use ovgs_store::Organizations;
use tonic::{Code, Request, Status, transport::Channel};

use crate::support::{
    Client, Server, now, org, pki,
    seed::{self, add_cert, add_component, component_id, create_group, create_org, delegate, grant},
    service_account, user, with_token,
};

type Accounts = AccountServiceClient<Channel>;

const MATRIX: &str = include_str!("../../../ovgs-authz/tests/it/policy-matrix.txt");

/// What a caller may hold, in the order of a cell's letters.
const HELD: [Option<Role>; 5] =
    [None, Some(Role::Requestor), Some(Role::Assigner), Some(Role::Admin), Some(Role::Support)];

/// One cell of the table.
#[derive(Debug)]
struct Cell {
    call: String,
    on: String,
    relation: String,
    held: Option<Role>,
    letter: char,
}

fn cells() -> Vec<Cell> {
    let lines: Vec<&str> = MATRIX.lines().filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
    let relations: Vec<&str> = lines[0].split_whitespace().skip(2).collect();
    let mut cells = Vec::new();
    for line in &lines[1..] {
        let words: Vec<&str> = line.split_whitespace().collect();
        for (relation, letters) in relations.iter().zip(&words[2..]) {
            for (held, letter) in HELD.into_iter().zip(letters.chars()) {
                let (call, on, relation) = (words[0].into(), words[1].into(), (*relation).into());
                cells.push(Cell { call, on, relation, held, letter });
            }
        }
    }
    cells
}

/// The scene that the head of the matrix describes, with names of its own, so that many stand in one store.
struct Scene {
    number: usize,
    org: OrgId,
    caller: User,
    groups: BTreeMap<char, GroupId>,
    components: BTreeMap<char, ComponentId>,
    certs: BTreeMap<char, CertId>,
    /// A token of `robot`, a service account of the scene's organization.
    jti: String,
}

impl Scene {
    async fn set(server: &Server, number: usize, cell: &Cell) -> Scene {
        let store = &server.store;
        let org = create_org(store, &format!("org-acmeco-{number}")).await;
        let root = org.root();
        let mut groups = BTreeMap::from([('R', root.clone())]);
        for (letter, parent) in [('P', 'R'), ('G', 'P'), ('D', 'G'), ('S', 'P')] {
            let parent = groups[&parent].clone();
            let group = create_group(store, &org, &format!("{letter}-{number}"), &parent).await;
            groups.insert(letter, group);
        }
        let g = groups[&'G'].clone();
        for partner in ["org-partner", "org-vendor"] {
            delegate(store, &org, &g, Delegate::Org(crate::support::org(partner))).await;
        }
        grant(store, &org, &g, &user(org.as_str(), "member"), Role::Requestor).await;
        grant(store, &org, &g, &user("org-partner", "member"), Role::Requestor).await;
        let mut scene = Scene { number, caller: caller(cell, &org, number), org, groups, ..Scene::empty() };
        scene.fill(server).await;
        scene.jti = server.issue(&service_account(scene.org.as_str(), "robot")).await;
        scene.give_role(server, cell).await;
        scene
    }

    fn empty() -> Scene {
        Scene {
            number: 0,
            org: org("org-none"),
            caller: user("org-none", "nobody"),
            groups: BTreeMap::new(),
            components: BTreeMap::new(),
            certs: BTreeMap::new(),
            jti: String::new(),
        }
    }

    async fn fill(&mut self, server: &Server) {
        for letter in ['R', 'G', 'D'] {
            let id = component_id("30065", &format!("{letter}-{}", self.number));
            let group = Some(&self.groups[&letter]).filter(|_| letter != 'R');
            add_component(&server.store, &self.org, &id, group, Default::default()).await;
            self.components.insert(letter, id);
        }
        for letter in ['G', 'D'] {
            let tree = server.store.org(&self.org).await.unwrap().unwrap();
            let (id, group) = (format!("cert-{letter}-{}", self.number), &self.groups[&letter]);
            let expiry = now() + TimeDelta::days(100);
            let cert = add_cert(&server.store, &tree, &id, group, &pki::domain_cert(), expiry).await;
            self.certs.insert(letter, cert);
        }
    }

    async fn give_role(&self, server: &Server, cell: &Cell) {
        let Some(role) = cell.held else { return };
        let (org, group) = match cell.relation.as_str() {
            "same-group" | "delegated" => (&self.org, &self.groups[&'G']),
            "ancestor" => (&self.org, &self.groups[&'R']),
            "descendant" => (&self.org, &self.groups[&'D']),
            "sibling" => (&self.org, &self.groups[&'S']),
            _ => (&self.caller.org, &self.caller.org.root()),
        };
        grant(&server.store, org, group, &self.caller, role).await;
    }

    fn group(&self, letter: char) -> String {
        self.groups[&letter].to_string()
    }

    fn component(&self, letter: char) -> pb::Component {
        let id = &self.components[&letter];
        pb::Component { ien: id.ien.to_string(), serial_number: id.serial_number.to_string() }
    }

    /// Whom the role calls name: a user of the delegated caller's own organization, else of the owner.
    fn named_org(&self, cell: &Cell) -> String {
        if cell.relation == "delegated" { "org-partner".into() } else { self.org.to_string() }
    }
}

/// The caller of a cell; each is of its own.
fn caller(cell: &Cell, owner: &OrgId, number: usize) -> User {
    let home = match (cell.held, cell.relation.as_str()) {
        (Some(Role::Support), _) => "org-vendor",
        (_, "delegated") => "org-partner",
        (_, "foreign") => "org-other",
        _ => owner.as_str(),
    };
    user(home, &format!("caller-{number}"))
}

/// Makes the call of a cell. `Ok(true)` if it was allowed and did what it says.
async fn call(
    (client, accounts): (&mut Client, &mut Accounts),
    cell: &Cell,
    scene: &Scene,
    token: Option<&str>,
) -> Result<bool, Status> {
    macro_rules! ask {
        ($method:ident, $message:expr) => {{
            let message = $message;
            let request = match token {
                Some(token) => with_token(message, token),
                None => Request::new(message),
            };
            client.$method(request).await?.into_inner()
        }};
    }
    let letters: Vec<char> = cell.on.chars().collect();
    let group_id = scene.group('G');
    let account = i32::from(pb::AccountType::User);
    let lifetime = || Some(prost_types::Timestamp { seconds: now().timestamp() + 3600, nanos: 0 });
    match cell.call.as_str() {
        "GetComponents" => {
            let mut stream = ask!(get_components, pb::GetComponentsRequest { group_id });
            let first = stream.message().await?.expect("one component");
            Ok(first.component == Some(scene.component('G')) && stream.message().await?.is_none())
        }
        "CreateGroup" => {
            let made =
                ask!(create_group, pb::CreateGroupRequest { parent: group_id, description: "new".into() });
            Ok(made.group_id.starts_with("group-"))
        }
        "DeleteGroup" => {
            ask!(delete_group, pb::DeleteGroupRequest { group_id });
            Ok(true)
        }
        "GetGroup" => Ok(ask!(get_group, pb::GetGroupRequest { group_id }).group_id == scene.group('G')),
        "AddGroupDelegatedOrg" => {
            ask!(add_group_delegated_org, pb::AddGroupDelegatedOrgRequest { group_id, org_id: "*".into() });
            Ok(true)
        }
        "RemoveGroupDelegatedOrg" => {
            let org_id = "org-vendor".into();
            ask!(remove_group_delegated_org, pb::RemoveGroupDelegatedOrgRequest { group_id, org_id });
            Ok(true)
        }
        "AddUserRole" => {
            let message = pb::AddUserRoleRequest {
                username: "newcomer".into(),
                user_type: account,
                org_id: scene.named_org(cell),
                group_id,
                user_role: pb::UserRole::Requestor.into(),
            };
            ask!(add_user_role, message);
            Ok(true)
        }
        "RemoveUserRole" => {
            let message = pb::RemoveUserRoleRequest {
                username: "member".into(),
                user_type: account,
                org_id: scene.named_org(cell),
                group_id,
            };
            ask!(remove_user_role, message);
            Ok(true)
        }
        "GetUserRole" => {
            let message = pb::GetUserRoleRequest {
                username: "member".into(),
                user_type: account,
                org_id: scene.named_org(cell),
            };
            Ok(ask!(get_user_role, message).groups.contains_key(&group_id))
        }
        "AddSerial" => {
            let component = Some(scene.component(letters[2]));
            ask!(add_serial, pb::AddSerialRequest { component, group_id });
            Ok(true)
        }
        "RemoveSerial" => {
            let component = Some(scene.component('G'));
            ask!(remove_serial, pb::RemoveSerialRequest { component, group_id });
            Ok(true)
        }
        "GetSerial" => {
            let component = Some(scene.component('G'));
            let got = ask!(get_serial, pb::GetSerialRequest { component });
            Ok(got.group_ids[0] == group_id)
        }
        "GetSerials" => {
            let components = vec![scene.component('G')];
            Ok(ask!(get_serials, pb::GetSerialsRequest { components }).serials.len() == 1)
        }
        "CreateDomainCert" => {
            let message = pb::CreateDomainCertRequest {
                group_id,
                certificate_der: pki::domain_cert(),
                revocation_checks: false,
                expiry_time: lifetime(),
            };
            Ok(ask!(create_domain_cert, message).cert_id.starts_with("cert-"))
        }
        "DeleteDomainCert" => {
            let cert_id = scene.certs[&'G'].to_string();
            ask!(delete_domain_cert, pb::DeleteDomainCertRequest { cert_id });
            Ok(true)
        }
        "GetDomainCert" => {
            let cert_id = scene.certs[&'G'].to_string();
            let got = ask!(get_domain_cert, pb::GetDomainCertRequest { cert_id });
            Ok(got.certificate_der == pki::domain_cert())
        }
        "GetOwnershipVoucher" => {
            let message = pb::GetOwnershipVoucherRequest {
                component: Some(scene.component(letters[0])),
                cert_id: scene.certs[&letters[2]].to_string(),
                lifetime: lifetime(),
            };
            Ok(!ask!(get_ownership_voucher, message).voucher_cms.is_empty())
        }
        "GetOwnershipVouchers" => {
            let message = pb::GetOwnershipVouchersRequest {
                component: vec![scene.component(letters[0])],
                cert_id: scene.certs[&letters[2]].to_string(),
                lifetime: lifetime(),
            };
            Ok(ask!(get_ownership_vouchers, message).ownership_vouchers.len() == 1)
        }
        "RegisterUser" | "RemoveUser" | "ListUsers" | "IssueToken" | "ListTokens" | "RevokeToken" => {
            account_call(accounts, cell, scene, token).await
        }
        other => panic!("no such call: {other}"),
    }
}

/// Makes a call about the accounts of the scene's organization.
async fn account_call(
    client: &mut Accounts,
    cell: &Cell,
    scene: &Scene,
    token: Option<&str>,
) -> Result<bool, Status> {
    macro_rules! ask {
        ($method:ident, $message:expr) => {{
            let message = $message;
            let request = match token {
                Some(token) => with_token(message, token),
                None => Request::new(message),
            };
            client.$method(request).await?.into_inner()
        }};
    }
    let org_id = scene.org.to_string();
    let (person, program) = (pb::AccountType::User.into(), pb::AccountType::ServiceAccount.into());
    match cell.call.as_str() {
        "RegisterUser" => {
            let username = "newcomer".into();
            ask!(register_user, apb::RegisterUserRequest { username, user_type: person, org_id });
            Ok(true)
        }
        "RemoveUser" => {
            let username = "robot".into();
            ask!(remove_user, apb::RemoveUserRequest { username, user_type: program, org_id });
            Ok(true)
        }
        "ListUsers" => {
            let mut listed = ask!(list_users, apb::ListUsersRequest { org_id });
            while let Some(account) = listed.message().await? {
                if account.username == "robot" {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        "IssueToken" => {
            let username = "robot".into();
            let message =
                apb::IssueTokenRequest { username, org_id, ttl: None, bind_certificate_der: Vec::new() };
            Ok(!ask!(issue_token, message).token.is_empty())
        }
        "ListTokens" => {
            let mut listed = ask!(list_tokens, apb::ListTokensRequest { org_id });
            Ok(listed.message().await?.is_some())
        }
        _ => {
            let revoked = ask!(revoke_token, apb::RevokeTokenRequest { jti: scene.jti.clone() });
            Ok(!revoked.unchanged)
        }
    }
}

/// What the matrix says must come.
fn is_as_it_says(cell: &Cell, answer: &Result<bool, Status>) -> bool {
    let allowed = cell.letter != '.';
    match (cell.call.as_str(), answer) {
        ("GetUserRole", Ok(shown)) => *shown == allowed,
        // Allowed, but the group is not empty.
        ("DeleteGroup", Err(status)) if allowed => status.code() == Code::FailedPrecondition,
        ("DeleteGroup", Ok(_)) => false,
        (_, Ok(done)) => allowed && *done,
        (_, Err(status)) => !allowed && status.code() == Code::PermissionDenied,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_cell_of_the_matrix_holds_through_grpc() {
    let server = Server::start().await;
    for id in ["org-partner", "org-other", "org-vendor"] {
        seed::create_org(&server.store, id).await;
    }
    let (mut client, mut accounts) = (server.client().await, server.accounts().await);
    let mut wrong = String::new();
    let cells: Vec<Cell> = cells().into_iter().filter(|cell| cell.letter != '-').collect();
    assert!(cells.len() > 500, "the matrix has shrunk to {} cells", cells.len());
    for (number, cell) in cells.iter().enumerate() {
        let scene = Scene::set(&server, number, cell).await;
        let token = server.token(&scene.caller).await;
        let answer = call((&mut client, &mut accounts), cell, &scene, Some(&token)).await;
        if !is_as_it_says(cell, &answer) {
            writeln!(wrong, "{cell:?}: {answer:?}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "these cells differ from the matrix:\n{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_may_make_any_call() {
    let server = Server::start().await;
    for id in ["org-partner", "org-other", "org-vendor"] {
        seed::create_org(&server.store, id).await;
    }
    let (mut client, mut accounts) = (server.client().await, server.accounts().await);
    let cells = cells();
    let calls = cells.chunk_by(|a, b| a.call == b.call).map(|of_one_call| &of_one_call[0]);
    let mut tried = 0;
    for (number, cell) in calls.enumerate() {
        let scene = Scene::set(&server, number, cell).await;
        let answer = call((&mut client, &mut accounts), cell, &scene, None).await;
        let code = answer.expect_err("a call by nobody was answered").code();
        assert_eq!(code, Code::Unauthenticated, "{}", cell.call);
        tried += 1;
    }
    assert_eq!(tried, ovgs_authz::Operation::ALL.len());
}
