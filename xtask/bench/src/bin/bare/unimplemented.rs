//! The trait that tonic generates has all calls; most of them are not here.

use ovgs_proto::v1::{self as pb, ownership_voucher_service_server::OwnershipVoucherService};
use tonic::{Request, Response, Status, async_trait};

use crate::service::{Bare, Components};

type Answer<T> = Result<Response<T>, Status>;

/// The trait with the calls that are here, and for each of the others one that says so.
macro_rules! service {
    ($($name:ident($request:ident) -> $response:ident,)*) => {
        #[async_trait]
        impl OwnershipVoucherService for Bare {
            type GetComponentsStream = Components;

            async fn get_ownership_voucher(
                &self,
                request: Request<pb::GetOwnershipVoucherRequest>,
            ) -> Answer<pb::GetOwnershipVoucherResponse> {
                self.voucher(request).await
            }

            async fn get_ownership_vouchers(
                &self,
                request: Request<pb::GetOwnershipVouchersRequest>,
            ) -> Answer<pb::GetOwnershipVouchersResponse> {
                self.vouchers(request).await
            }

            async fn get_serial(&self, _: Request<pb::GetSerialRequest>) -> Answer<pb::GetSerialResponse> {
                Ok(self.serial())
            }

            async fn get_components(&self, _: Request<pb::GetComponentsRequest>) -> Answer<Components> {
                Ok(self.components())
            }

            $(async fn $name(&self, _: Request<pb::$request>) -> Answer<pb::$response> {
                Err(Status::unimplemented("nobody measures this"))
            })*
        }
    };
}

service! {
    create_group(CreateGroupRequest) -> CreateGroupResponse,
    delete_group(DeleteGroupRequest) -> DeleteGroupResponse,
    get_group(GetGroupRequest) -> GetGroupResponse,
    add_group_delegated_org(AddGroupDelegatedOrgRequest) -> AddGroupDelegatedOrgResponse,
    remove_group_delegated_org(RemoveGroupDelegatedOrgRequest) -> RemoveGroupDelegatedOrgResponse,
    add_user_role(AddUserRoleRequest) -> AddUserRoleResponse,
    remove_user_role(RemoveUserRoleRequest) -> RemoveUserRoleResponse,
    get_user_role(GetUserRoleRequest) -> GetUserRoleResponse,
    add_serial(AddSerialRequest) -> AddSerialResponse,
    remove_serial(RemoveSerialRequest) -> RemoveSerialResponse,
    get_serials(GetSerialsRequest) -> GetSerialsResponse,
    create_domain_cert(CreateDomainCertRequest) -> CreateDomainCertResponse,
    delete_domain_cert(DeleteDomainCertRequest) -> DeleteDomainCertResponse,
    get_domain_cert(GetDomainCertRequest) -> GetDomainCertResponse,
}
