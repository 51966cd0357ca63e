//! Who there is before the first server is killed: organizations, programs with tokens, parts.

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use ovgs_proto::{
    provisioning::v1::{self as pb, provisioning_service_client::ProvisioningServiceClient},
    v1,
};
use ovgs_server::clock::{Clock, System};
use tonic::{Request, transport::Channel};

use crate::{
    caller::Caller,
    ledger::{Evidence, Thing},
    lines::Lines,
    stage::Stage,
};

pub(crate) const IEN: &str = "30065";
pub(crate) const VENDOR: &str = "org-vendor";
/// Where several want the same.
pub(crate) const ARENA: &str = "org-arena";
/// Whose users are given roles by others.
pub(crate) const PARTNER: &str = "org-partner";
pub(crate) const PROGRAM: i32 = v1::AccountType::ServiceAccount as i32;

/// Parts of each organization.
pub(crate) const PARTS: usize = 24;

/// An organization, and the programs that call for it.
#[derive(Debug)]
pub(crate) struct Household {
    pub(crate) org: String,
    stage: Arc<Stage>,
    lines: Arc<Lines>,
    seed: u64,
    /// ADMIN, ASSIGNER and REQUESTOR in the root, and somebody without a role.
    tokens: [String; 4],
}

/// The account with a role in the root, and its name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Staff {
    Admin,
    Assigner,
    Requestor,
    Guest,
}

impl Staff {
    pub(crate) const ALL: [Staff; 4] = [Staff::Admin, Staff::Assigner, Staff::Requestor, Staff::Guest];

    pub(crate) fn name(self) -> &'static str {
        ["admin", "assigner", "requestor", "guest"][self as usize]
    }

    fn role(self) -> Option<v1::UserRole> {
        match self {
            Staff::Admin => Some(v1::UserRole::Admin),
            Staff::Assigner => Some(v1::UserRole::Assigner),
            Staff::Requestor => Some(v1::UserRole::Requestor),
            Staff::Guest => None,
        }
    }
}

impl Household {
    /// A caller of its own for one task.
    pub(crate) fn caller(&self, staff: Staff, task: &str) -> Caller {
        let name = format!("{}/{}/{task}", self.org, staff.name());
        Caller::new(&self.stage, &self.lines, &name, &self.tokens[staff as usize], self.seed)
    }

    /// The serial number of one of its parts.
    pub(crate) fn serial(&self, number: usize) -> String {
        format!("{}-{number:03}", self.org)
    }
}

/// How the ledger names a user.
pub(crate) fn account(org: &str, name: &str) -> String {
    format!("{org}/service-account/{name}")
}

pub(crate) fn component(serial: &str) -> Option<v1::Component> {
    Some(v1::Component { ien: IEN.into(), serial_number: serial.into() })
}

/// The one domain certificate of all, valid for long.
pub(crate) fn domain_cert() -> Vec<u8> {
    static CERT: OnceLock<Vec<u8>> = OnceLock::new();
    let make = || rcgen::generate_simple_self_signed(["domain".to_owned()]).unwrap().cert.der().to_vec();
    CERT.get_or_init(make).clone()
}

pub(crate) fn now() -> DateTime<Utc> {
    System.now()
}

pub(crate) fn in_days(days: i64) -> i64 {
    (now() + TimeDelta::days(days)).timestamp()
}

pub(crate) fn timestamp(seconds: i64) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds, nanos: 0 })
}

/// The vendor's own program.
struct Vendor {
    stage: Arc<Stage>,
    client: ProvisioningServiceClient<Channel>,
    token: String,
}

/// Makes everything through a server that nobody has killed yet.
pub(crate) async fn furnish(stage: &Arc<Stage>, households: usize, seed: u64) -> Vec<Household> {
    let lines = Lines::new(stage.clone());
    let client = ProvisioningServiceClient::new(lines.to(0).await.unwrap().channel);
    let vendor = Vendor { stage: stage.clone(), client, token: vendor_token(stage) };
    let orgs = (1..=households).map(|n| format!("org-home-{n}")).chain([PARTNER.into(), ARENA.into()]);
    join_all(orgs.map(|org| vendor.settle(org, seed))).await
}

/// The token of the one principal.
fn vendor_token(stage: &Stage) -> String {
    let site = &stage.fleet.site;
    let chaos = ["--org", VENDOR, "--type", "service-account", "chaos"];
    site.done(&["org", "create", VENDOR]);
    site.done(&[&["user", "add"], &chaos[..]].concat());
    site.done(&[&["token", "issue"], &chaos[..]].concat()).trim_end().to_owned()
}

impl Vendor {
    fn asks<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", format!("Bearer {}", self.token).parse().unwrap());
        request
    }

    async fn settle(&self, org: String, seed: u64) -> Household {
        let mut client = self.client.clone();
        let create = pb::CreateOrgRequest { org_id: org.clone(), ..pb::CreateOrgRequest::default() };
        client.create_org(self.asks(create)).await.unwrap();
        let tokens = join_all(Staff::ALL.map(|staff| self.employ(&org, staff))).await;
        self.deliver(&org).await;
        let lines = Arc::new(Lines::new(self.stage.clone()));
        Household { org, stage: self.stage.clone(), lines, seed, tokens: tokens.try_into().unwrap() }
    }

    async fn employ(&self, org: &str, staff: Staff) -> String {
        let mut client = self.client.clone();
        let (username, org_id, user_type) = (staff.name().to_owned(), org.to_owned(), PROGRAM);
        let register = pb::RegisterUserRequest { username, user_type, org_id };
        client.register_user(self.asks(register.clone())).await.unwrap();
        let pb::RegisterUserRequest { username, org_id, .. } = register;
        if let Some(role) = staff.role() {
            self.grant(org, staff, role).await;
        }
        let ttl = Some(prost_types::Duration { seconds: 86_400, nanos: 0 });
        let issue =
            pb::IssueTokenRequest { username, user_type, org_id, ttl, bind_certificate_der: Vec::new() };
        client.issue_token(self.asks(issue)).await.unwrap().into_inner().token
    }

    async fn grant(&self, org: &str, staff: Staff, role: v1::UserRole) {
        let request = pb::GrantRoleRequest {
            username: staff.name().into(),
            user_type: PROGRAM,
            org_id: org.into(),
            group_id: org.into(),
            user_role: role.into(),
        };
        self.client.clone().grant_role(self.asks(request)).await.unwrap();
        let evidence = Evidence {
            call: "GrantRole",
            request_id: "-".into(),
            caller: VENDOR.into(),
            at: self.stage.ledger.elapsed(),
        };
        let thing = Thing::Role { group: org.into(), user: account(org, staff.name()) };
        self.stage.ledger.answered(thing, Some(role_name(role.into())), evidence);
    }

    async fn deliver(&self, org: &str) {
        use pb::import_components_request::{Begin, Kind, Rows};
        let row = |number| pb::ComponentRow {
            component: component(&format!("{org}-{number:03}")),
            model: Some("X-1".into()),
            ..pb::ComponentRow::default()
        };
        let begin = Kind::Begin(Begin { org_id: org.into(), update: false, dry_run: false });
        let rows = Kind::Rows(Rows { rows: (0..PARTS).map(row).collect() });
        let messages = [begin, rows].map(|kind| pb::ImportComponentsRequest { kind: Some(kind) });
        let request = self.asks(tokio_stream::iter(messages));
        let mut answers = self.client.clone().import_components(request).await.unwrap().into_inner();
        while let Some(answer) = answers.message().await.unwrap() {
            assert!(answer.refusals.is_empty(), "{answer:?}");
        }
    }
}

/// How the ledger names a role.
pub(crate) fn role_name(role: i32) -> String {
    match v1::UserRole::try_from(role) {
        Ok(v1::UserRole::Support) => "SUPPORT",
        Ok(v1::UserRole::Admin) => "ADMIN",
        Ok(v1::UserRole::Assigner) => "ASSIGNER",
        Ok(v1::UserRole::Requestor) => "REQUESTOR",
        Ok(v1::UserRole::Unspecified) | Err(_) => "none",
    }
    .to_owned()
}
