//! The eighteen calls, each known by the type of its request.

use ovgs_proto::v1::{self as pb, ownership_voucher_service_client::OwnershipVoucherServiceClient};
use tonic::{Request, Status, transport::Channel};

pub(crate) type Client = OwnershipVoucherServiceClient<Channel>;

/// A request that knows how it is sent.
pub(crate) trait Call: Clone + Send + 'static {
    /// The method's name.
    const NAME: &'static str;
    type Answer: Send;

    fn send(
        client: Client,
        request: Request<Self>,
    ) -> impl Future<Output = Result<Self::Answer, Status>> + Send;
}

macro_rules! calls {
    ($($name:literal $method:ident $request:ident => $answer:ident)*) => {
        /// Every method of the service.
        pub(crate) const METHODS: [&str; 18] = ["GetComponents", $($name),*];

        $(impl Call for pb::$request {
            const NAME: &'static str = $name;
            type Answer = pb::$answer;

            async fn send(mut client: Client, request: Request<Self>) -> Result<pb::$answer, Status> {
                client.$method(request).await.map(tonic::Response::into_inner)
            }
        })*
    };
}

calls! {
    "CreateGroup" create_group CreateGroupRequest => CreateGroupResponse
    "DeleteGroup" delete_group DeleteGroupRequest => DeleteGroupResponse
    "GetGroup" get_group GetGroupRequest => GetGroupResponse
    "AddGroupDelegatedOrg" add_group_delegated_org AddGroupDelegatedOrgRequest => AddGroupDelegatedOrgResponse
    "RemoveGroupDelegatedOrg" remove_group_delegated_org RemoveGroupDelegatedOrgRequest => RemoveGroupDelegatedOrgResponse
    "AddUserRole" add_user_role AddUserRoleRequest => AddUserRoleResponse
    "RemoveUserRole" remove_user_role RemoveUserRoleRequest => RemoveUserRoleResponse
    "GetUserRole" get_user_role GetUserRoleRequest => GetUserRoleResponse
    "AddSerial" add_serial AddSerialRequest => AddSerialResponse
    "RemoveSerial" remove_serial RemoveSerialRequest => RemoveSerialResponse
    "GetSerial" get_serial GetSerialRequest => GetSerialResponse
    "GetSerials" get_serials GetSerialsRequest => GetSerialsResponse
    "CreateDomainCert" create_domain_cert CreateDomainCertRequest => CreateDomainCertResponse
    "DeleteDomainCert" delete_domain_cert DeleteDomainCertRequest => DeleteDomainCertResponse
    "GetDomainCert" get_domain_cert GetDomainCertRequest => GetDomainCertResponse
    "GetOwnershipVoucher" get_ownership_voucher GetOwnershipVoucherRequest => GetOwnershipVoucherResponse
    "GetOwnershipVouchers" get_ownership_vouchers GetOwnershipVouchersRequest => GetOwnershipVouchersResponse
}

/// The one call that streams. Its answer is complete when the stream has ended well.
impl Call for pb::GetComponentsRequest {
    const NAME: &'static str = "GetComponents";
    type Answer = Vec<pb::GetComponentsResponse>;

    async fn send(mut client: Client, request: Request<Self>) -> Result<Self::Answer, Status> {
        let mut stream = client.get_components(request).await?.into_inner();
        let mut components = Vec::new();
        while let Some(component) = stream.message().await? {
            components.push(component);
        }
        Ok(components)
    }
}
