//! One row per documented error and call, through a real channel, and the server goes on.

mod certs;
mod fields;
mod groups;
mod roles;
mod serials;
mod transport;
mod vouchers;

use chrono::TimeDelta;
use ovgs_domain::{Delegate, Facts, Role};
use ovgs_proto::v1 as pb;
use ovgs_store::Organizations;
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt;

use crate::support::{
    Client, Options, Server, now, org, pki,
    seed::{add_cert, add_component, component_id, create_group, create_org, delegate, grant},
    user, with_token,
};

/// A server with one small world:
///
/// ```text
/// org-acmeco ── group-a ── group-b      group-a is delegated to org-partner
///          └─── group-empty
/// org-partner, org-vendor (support), org-other
/// ```
///
/// `admin` of org-acmeco is ADMIN on the root, `stranger` of org-other holds ADMIN in its own root only, `delegated` of
/// org-partner is ADMIN in group-a, `support` of org-vendor holds SUPPORT on org-acmeco's root. Parts 30065/ROOT,
/// 30065/IN-A and 2636/RETIRED belong to org-acmeco, 30065/OTHER to org-other. `cert-a` is in group-a for a year,
/// `cert-other` in org-other's root.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) client: Client,
    admin: String,
    stranger: String,
    delegated: String,
    support: String,
}

impl World {
    pub(crate) async fn new() -> World {
        World::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> World {
        let server = Server::start_with(options).await;
        fill(&server).await;
        World {
            client: server.client().await,
            admin: server.token(&user("org-acmeco", "admin")).await,
            stranger: server.token(&user("org-other", "stranger")).await,
            delegated: server.token(&user("org-partner", "delegated")).await,
            support: server.token(&user("org-vendor", "support")).await,
            server,
        }
    }

    pub(crate) fn admin<T>(&self, message: T) -> Request<T> {
        with_token(message, &self.admin)
    }

    pub(crate) fn stranger<T>(&self, message: T) -> Request<T> {
        with_token(message, &self.stranger)
    }

    pub(crate) fn delegated<T>(&self, message: T) -> Request<T> {
        with_token(message, &self.delegated)
    }

    pub(crate) fn support<T>(&self, message: T) -> Request<T> {
        with_token(message, &self.support)
    }

    /// The server still answers.
    pub(crate) async fn goes_on(&self) {
        let request = self.admin(pb::GetGroupRequest { group_id: "org-acmeco".into() });
        self.client.clone().get_group(request).await.expect("the server goes on");
    }
}

async fn fill(server: &Server) {
    let store = &server.store;
    for id in ["org-acmeco", "org-partner", "org-vendor", "org-other"] {
        create_org(store, id).await;
    }
    let (acme, other) = (org("org-acmeco"), org("org-other"));
    let a = create_group(store, &acme, "group-a", &acme.root()).await;
    create_group(store, &acme, "group-b", &a).await;
    create_group(store, &acme, "group-empty", &acme.root()).await;
    delegate(store, &acme, &a, Delegate::Org(org("org-partner"))).await;
    grant(store, &acme, &acme.root(), &user("org-acmeco", "admin"), Role::Admin).await;
    grant(store, &acme, &acme.root(), &user("org-vendor", "support"), Role::Support).await;
    grant(store, &acme, &a, &user("org-partner", "delegated"), Role::Admin).await;
    grant(store, &other, &other.root(), &user("org-other", "stranger"), Role::Admin).await;
    let parts = [("30065", "ROOT", None), ("30065", "IN-A", Some(&a)), ("2636", "RETIRED", None)];
    for (ien, serial, group) in parts {
        add_component(store, &acme, &component_id(ien, serial), group, Facts::default()).await;
    }
    add_component(store, &other, &component_id("30065", "OTHER"), None, Facts::default()).await;
    for (owner, id, group) in [(&acme, "cert-a", &a), (&other, "cert-other", &other.root())] {
        let tree = store.org(owner).await.unwrap().unwrap();
        add_cert(store, &tree, id, group, &pki::domain_cert(), now() + TimeDelta::days(365)).await;
    }
}

pub(crate) fn component(ien: &str, serial: &str) -> Option<pb::Component> {
    Some(pb::Component { ien: ien.into(), serial_number: serial.into() })
}

/// Seconds from now, as the wire has it.
pub(crate) fn in_seconds(seconds: i64) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds: now().timestamp() + seconds, nanos: 0 })
}

/// The fields that `BadRequest` names, in order.
pub(crate) fn fields_of(status: &Status) -> Vec<String> {
    let bad_request = status.get_details_bad_request();
    bad_request.map_or(Vec::new(), |b| b.field_violations.into_iter().map(|v| v.field).collect())
}

/// The call must fail with this code, and say this.
pub(crate) fn fails<T>(row: &str, answer: Result<Response<T>, Status>, code: Code, says: &str) -> Status {
    let status = answer.map(drop).expect_err(row);
    assert_eq!(status.code(), code, "{row}: {}", status.message());
    assert!(status.message().contains(says), "{row} says `{}`, not `{says}`", status.message());
    status
}

/// The call must fail for this field.
pub(crate) fn refuses<T>(row: &str, answer: Result<Response<T>, Status>, field: &str) -> Status {
    let status = fails(row, answer, Code::InvalidArgument, field);
    assert_eq!(fields_of(&status).first().map(String::as_str), Some(field), "{row}");
    status
}
