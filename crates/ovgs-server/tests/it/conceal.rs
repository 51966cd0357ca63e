//! `security.conceal_foreign`: what is somebody else's does not exist, byte for byte.

use ovgs_proto::v1 as pb;
use tonic::{Code, Request, Status};

use crate::{
    errors::{World, component, in_seconds},
    support::{Options, Server, pki, seed, user, with_token},
};

/// What a client can see of a refusal, the request's own id apart.
fn seen(status: &Status) -> (Code, String, Vec<u8>, Vec<String>) {
    let mut metadata = status.metadata().clone();
    metadata.remove("x-request-id");
    metadata.remove("date");
    let mut headers: Vec<String> = metadata.into_headers().iter().map(|pair| format!("{pair:?}")).collect();
    headers.sort();
    (status.code(), status.message().to_owned(), status.details().to_owned(), headers)
}

fn concealing() -> Options {
    let mut options = Options::default();
    options.settings.conceal_foreign = true;
    options
}

/// A server on which nothing of org-acmeco ever was.
async fn empty() -> Server {
    let server = Server::start_with(concealing()).await;
    let other = seed::create_org(&server.store, "org-other").await;
    let stranger = user("org-other", "stranger");
    seed::grant(&server.store, &other, &other.root(), &stranger, ovgs_domain::Role::Admin).await;
    let id = seed::component_id("30065", "OTHER");
    seed::add_component(&server.store, &other, &id, None, Default::default()).await;
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_foreign_answers_as_what_never_was() {
    let full = World::with(concealing()).await;
    let empty = empty().await;
    let stranger = empty.token(&user("org-other", "stranger")).await;
    let mut nothing = empty.client().await;
    let mut tried = 0;
    macro_rules! row {
        ($method:ident, $message:expr) => {{
            let message = $message;
            let here = full.client.clone().$method(full.stranger(message.clone())).await.map(drop);
            let there: Request<_> = with_token(message, &stranger);
            let there = nothing.$method(there).await.map(drop);
            let (here, there) = (here.expect_err("foreign"), there.expect_err("unknown"));
            assert!(matches!(here.code(), Code::NotFound | Code::FailedPrecondition), "{here:?}");
            assert_eq!(seen(&here), seen(&there), stringify!($method));
            tried += 1;
        }};
    }
    let group_id = || "group-a".to_owned();
    let theirs = || component("30065", "IN-A");
    let ours = || component("30065", "OTHER");
    let (username, org_id) = (|| "stranger".to_owned(), || "org-other".to_owned());
    let user_type = i32::from(pb::AccountType::User);
    let user_role = i32::from(pb::UserRole::Requestor);
    let (certificate_der, expiry_time) = (pki::domain_cert(), in_seconds(1000));
    row!(get_components, pb::GetComponentsRequest { group_id: group_id() });
    row!(create_group, pb::CreateGroupRequest { parent: group_id(), description: "x".into() });
    row!(delete_group, pb::DeleteGroupRequest { group_id: group_id() });
    row!(get_group, pb::GetGroupRequest { group_id: group_id() });
    row!(add_group_delegated_org, pb::AddGroupDelegatedOrgRequest { group_id: group_id(), org_id: org_id() });
    row!(
        remove_group_delegated_org,
        pb::RemoveGroupDelegatedOrgRequest { group_id: group_id(), org_id: org_id() }
    );
    row!(
        add_user_role,
        pb::AddUserRoleRequest {
            username: username(),
            user_type,
            org_id: org_id(),
            group_id: group_id(),
            user_role
        }
    );
    row!(
        remove_user_role,
        pb::RemoveUserRoleRequest { username: username(), user_type, org_id: org_id(), group_id: group_id() }
    );
    row!(add_serial, pb::AddSerialRequest { component: theirs(), group_id: group_id() });
    row!(add_serial, pb::AddSerialRequest { component: ours(), group_id: group_id() });
    row!(remove_serial, pb::RemoveSerialRequest { component: theirs(), group_id: group_id() });
    row!(get_serial, pb::GetSerialRequest { component: theirs() });
    row!(get_serials, pb::GetSerialsRequest { components: vec![ours().unwrap(), theirs().unwrap()] });
    row!(
        create_domain_cert,
        pb::CreateDomainCertRequest {
            group_id: group_id(),
            certificate_der,
            revocation_checks: true,
            expiry_time
        }
    );
    row!(delete_domain_cert, pb::DeleteDomainCertRequest { cert_id: "cert-a".into() });
    row!(get_domain_cert, pb::GetDomainCertRequest { cert_id: "cert-a".into() });
    let lifetime = in_seconds(60);
    for component in [theirs(), ours()] {
        row!(
            get_ownership_voucher,
            pb::GetOwnershipVoucherRequest {
                component: component.clone(),
                cert_id: "cert-a".into(),
                lifetime
            }
        );
        row!(
            get_ownership_vouchers,
            pb::GetOwnershipVouchersRequest {
                component: vec![component.unwrap()],
                cert_id: "cert-a".into(),
                lifetime
            }
        );
    }
    assert_eq!(tried, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_belongs_or_holds_a_role_sees_as_before() {
    let world = World::with(concealing()).await;
    let get = || pb::GetGroupRequest { group_id: "org-acmeco".into() };
    world.client.clone().get_group(world.admin(get())).await.expect("the owner");
    world.client.clone().get_group(world.support(get())).await.expect("SUPPORT");
    let denied = world.client.clone().get_group(world.delegated(get())).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied, "a delegated caller has to do with the organization");
    let colleague = world.server.token(&user("org-acmeco", "colleague")).await;
    let denied = world.client.clone().get_group(with_token(get(), &colleague)).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied, "a colleague without a role belongs to it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namesake_that_is_concealed_is_not_named() {
    for (conceals, named) in [(true, false), (false, true)] {
        let mut options = Options::default();
        options.settings.conceal_foreign = conceals;
        let world = World::with(options).await;
        let foreign = seed::component_id("32473", "ROOT");
        let other = crate::support::org("org-other");
        seed::add_component(&world.server.store, &other, &foreign, None, Default::default()).await;
        let message = pb::GetOwnershipVoucherRequest {
            component: component("30065", "ROOT"),
            cert_id: "cert-a".into(),
            lifetime: in_seconds(60),
        };
        let status = world.client.clone().get_ownership_voucher(world.admin(message)).await.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert_eq!(status.message().contains("32473/ROOT"), named, "{}", status.message());
    }
}
