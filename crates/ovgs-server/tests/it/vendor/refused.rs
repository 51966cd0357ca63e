//! Every call by those who may not.

use ovgs_domain::Role;
use tonic::Code;

use super::*;
use crate::support::user;

/// Makes every call, and tells what came of each.
async fn every_call(client: &Client, token: Option<&str>) -> Vec<(&'static str, Status)> {
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
        ask!(create_org, pb::CreateOrgRequest { org_id: org_id(), ..Default::default() }),
        ask!(list_orgs, pb::ListOrgsRequest {}),
        ask!(get_org, pb::GetOrgRequest { org_id: org_id() }),
        ask!(delete_org, pb::DeleteOrgRequest { org_id: org_id(), force: true }),
        ask!(register_user, pb::RegisterUserRequest::default()),
        ask!(remove_user, pb::RemoveUserRequest::default()),
        ask!(list_users, pb::ListUsersRequest::default()),
        ask!(grant_role, pb::GrantRoleRequest::default()),
        ask!(revoke_role, pb::RevokeRoleRequest::default()),
        ask!(issue_token, pb::IssueTokenRequest::default()),
        ask!(list_tokens, pb::ListTokensRequest::default()),
        ask!(revoke_token, pb::RevokeTokenRequest::default()),
        ask!(import_components, tokio_stream::iter([begin_of(begin("org-acmeco"))])),
        ask!(export_components, pb::ExportComponentsRequest { org_id: org_id() }),
        ask!(get_component, pb::GetComponentRequest { component: component("30065", "A") }),
        ask!(correct_component, pb::CorrectComponentRequest { row: Some(part("A")) }),
        ask!(retire_component, pb::RetireComponentRequest { component: component("30065", "A") }),
        ask!(transfer_component, pb::TransferComponentRequest::default()),
        ask!(list_changes, pb::ListChangesRequest::default()),
        ask!(list_vouchers, pb::ListVouchersRequest::default()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_strangers_and_every_role_get_nowhere() {
    let vendor = Vendor::new().await;
    vendor.create_org("org-acmeco", "ann").await;
    vendor.import(begin("org-acmeco"), vec![part("A")], 10).await.unwrap();
    let calls = every_call(&vendor.client, None).await;
    assert_eq!(calls.len(), methods());
    for (call, status) in calls {
        assert_eq!(status.code(), Code::Unauthenticated, "{call} by nobody");
    }
    let (acme, support) = (org("org-acmeco"), user("org-vendor", "support"));
    seed::grant(&vendor.server.store, &acme, &acme.root(), &support, Role::Support).await;
    // The principal is a service account: a person of that name is somebody else.
    for who in [user("org-acmeco", "ann"), support, user("org-vendor", "erp")] {
        let token = vendor.server.token(&who).await;
        for (call, status) in every_call(&vendor.client, Some(&token)).await {
            assert_eq!(status.code(), Code::PermissionDenied, "{call} by {who}: {}", status.message());
            assert_eq!(
                status.message(),
                "only the principals that the server's configuration names may provision"
            );
        }
    }
    let shown = pb::GetComponentRequest { component: component("30065", "A") };
    vendor.client.clone().get_component(vendor.asks(shown)).await.expect("all of it is still there");
}

/// How many methods the service has.
fn methods() -> usize {
    use prost::Message as _;
    let set = prost_types::FileDescriptorSet::decode(ovgs_proto::FILE_DESCRIPTOR_SET).unwrap();
    let services = set.file.iter().flat_map(|file| &file.service);
    services
        .filter(|service| service.name() == "ProvisioningService")
        .map(|service| service.method.len())
        .sum()
}
