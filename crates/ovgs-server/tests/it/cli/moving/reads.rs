//! Everything that can be read through the service, as one list.

use ovgs_proto::v1 as pb;
use tonic::{Code, Response, Status};

use crate::{
    cli::{
        reload::{connect, verified},
        serve::Running,
        site::Site,
    },
    errors::component,
    support::{Client, with_token},
};

/// An answer. Of a voucher, what does not depend on the moment.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    Group(pb::GetGroupResponse),
    Components(Vec<pb::GetComponentsResponse>),
    Cert(pb::GetDomainCertResponse),
    Roles(pb::GetUserRoleResponse),
    Serial(pb::GetSerialResponse),
    Serials(pb::GetSerialsResponse),
    Voucher { serial_number: String, pinned: Vec<u8>, expires_on: String },
    Refused(Code, String),
}

type Recorded = Vec<(String, Answer)>;

struct Reader<'a> {
    client: Client,
    token: &'a str,
    recorded: Recorded,
}

/// Asks a server for everything there is in `org-acmeco`, and for some things that are not.
pub(super) async fn recorded(
    site: &Site,
    server: &Running,
    token: &str,
    lifetime: Option<prost_types::Timestamp>,
) -> Recorded {
    let client = connect(site, server).await.expect("a connection");
    let mut reader = Reader { client, token, recorded: Vec::new() };
    let mut waiting = vec!["org-acmeco".to_owned()];
    let (mut certs, mut parts) = (Vec::new(), Vec::new());
    while let Some(id) = waiting.pop() {
        let group = reader.group(&id).await.expect("a group of its own organization");
        waiting.extend(group.child_group_ids);
        certs.extend(group.cert_ids);
        parts.extend(group.components);
        reader.components(&id).await;
    }
    assert!(!certs.is_empty() && parts.len() > 10, "{certs:?} {parts:?}");
    for cert in &certs {
        reader.cert(cert).await;
    }
    for part in &parts {
        reader.serial(part.clone()).await;
    }
    reader.serials(parts).await;
    for (org, name) in [("org-acmeco", "ann"), ("org-other", "bob"), ("org-acmeco", "Zoë")] {
        reader.roles(org, name).await;
    }
    reader.voucher(site, &certs[0], lifetime).await;
    // What is not there, and what is another's.
    for id in ["group-none", "org-other"] {
        assert!(reader.group(id).await.is_none());
        reader.cert(id).await;
    }
    reader.serial(component("30065", "NONE").unwrap()).await;
    reader.recorded
}

impl Reader<'_> {
    fn record<T: Clone>(
        &mut self,
        asked: String,
        answer: Result<Response<T>, Status>,
        told: impl FnOnce(T) -> Answer,
    ) -> Option<T> {
        let answer = answer.map(Response::into_inner);
        let kept = answer.as_ref().ok().cloned();
        let refused = |status: Status| Answer::Refused(status.code(), status.message().to_owned());
        self.recorded.push((asked, answer.map_or_else(refused, told)));
        kept
    }

    async fn group(&mut self, id: &str) -> Option<pb::GetGroupResponse> {
        let request = with_token(pb::GetGroupRequest { group_id: id.into() }, self.token);
        let answer = self.client.get_group(request).await;
        self.record(format!("group {id}"), answer, Answer::Group)
    }

    async fn components(&mut self, id: &str) {
        let request = with_token(pb::GetComponentsRequest { group_id: id.into() }, self.token);
        let mut stream = self.client.get_components(request).await.unwrap().into_inner();
        let mut all = Vec::new();
        while let Some(message) = stream.message().await.unwrap() {
            all.push(message);
        }
        self.recorded.push((format!("components of {id}"), Answer::Components(all)));
    }

    async fn cert(&mut self, id: &str) {
        let request = with_token(pb::GetDomainCertRequest { cert_id: id.into() }, self.token);
        let answer = self.client.get_domain_cert(request).await;
        self.record(format!("certificate {id}"), answer, Answer::Cert);
    }

    async fn roles(&mut self, org: &str, name: &str) {
        let request = pb::GetUserRoleRequest {
            username: name.into(),
            user_type: pb::AccountType::User.into(),
            org_id: org.into(),
        };
        let answer = self.client.get_user_role(with_token(request, self.token)).await;
        self.record(format!("roles of {name} of {org}"), answer, Answer::Roles);
    }

    async fn serial(&mut self, part: pb::Component) {
        let asked = format!("part {}/{}", part.ien, part.serial_number);
        let request = with_token(pb::GetSerialRequest { component: Some(part) }, self.token);
        let answer = self.client.get_serial(request).await;
        self.record(asked, answer, Answer::Serial);
    }

    async fn serials(&mut self, components: Vec<pb::Component>) {
        let request = with_token(pb::GetSerialsRequest { components }, self.token);
        let answer = self.client.get_serials(request).await;
        self.record("all parts".into(), answer, Answer::Serials);
    }

    async fn voucher(&mut self, site: &Site, cert: &str, lifetime: Option<prost_types::Timestamp>) {
        let request = pb::GetOwnershipVoucherRequest {
            component: component("30065", "ABC101"),
            cert_id: cert.into(),
            lifetime,
        };
        let answer = self.client.get_ownership_voucher(with_token(request, self.token)).await;
        self.record(format!("a voucher that pins {cert}"), answer, |answer| {
            let voucher = verified(site, "main.root.pem", &answer.voucher_cms).expect("a good voucher");
            Answer::Voucher {
                serial_number: voucher.serial_number().to_owned(),
                pinned: voucher.pinned_domain_cert().der().to_vec(),
                expires_on: format!("{:?}", voucher.expires_on()),
            }
        });
    }
}
