//! The calls: who, what, one use case, the answer. No rules here.

pub(super) mod accounts;
pub(super) mod provisioning;

use std::sync::Arc;

use futures_util::{StreamExt as _, stream::BoxStream};
use ovgs_proto::v1::{self as pb, ownership_voucher_service_server::OwnershipVoucherService};
use tonic::{Request, Response, Status};

use super::{
    from_proto,
    status::{Refusal, status},
    to_proto,
};
use crate::{authn::Caller, service::Service};

type RpcResult<T> = Result<Response<T>, Status>;

/// The generated trait over the use cases.
#[derive(Debug)]
pub(super) struct Handlers {
    service: Arc<Service>,
}

impl Handlers {
    pub(super) fn new(service: Arc<Service>) -> Handlers {
        Handlers { service }
    }
}

/// Whom the gate let in.
fn caller<T>(request: &Request<T>) -> Result<Caller, Status> {
    Ok(request.extensions().get::<Caller>().cloned().ok_or(Refusal::NoGate)?)
}

#[tonic::async_trait]
impl OwnershipVoucherService for Handlers {
    type GetComponentsStream = BoxStream<'static, Result<pb::GetComponentsResponse, Status>>;

    async fn get_components(
        &self,
        request: Request<pb::GetComponentsRequest>,
    ) -> RpcResult<Self::GetComponentsStream> {
        let caller = caller(&request)?;
        let group = from_proto::get_components(request.get_ref())?;
        let components = self.service.get_components(&caller, &group).await.map_err(status)?;
        Ok(Response::new(components.map(|item| item.map(to_proto::get_components).map_err(status)).boxed()))
    }

    async fn create_group(
        &self,
        request: Request<pb::CreateGroupRequest>,
    ) -> RpcResult<pb::CreateGroupResponse> {
        let caller = caller(&request)?;
        let (parent, description) = from_proto::create_group(request.get_ref())?;
        let group = self.service.create_group(&caller, &parent, description).await.map_err(status)?;
        Ok(Response::new(to_proto::create_group(&group)))
    }

    async fn delete_group(
        &self,
        request: Request<pb::DeleteGroupRequest>,
    ) -> RpcResult<pb::DeleteGroupResponse> {
        let caller = caller(&request)?;
        let group = from_proto::delete_group(request.get_ref())?;
        self.service.delete_group(&caller, &group).await.map_err(status)?;
        Ok(Response::new(pb::DeleteGroupResponse {}))
    }

    async fn get_group(&self, request: Request<pb::GetGroupRequest>) -> RpcResult<pb::GetGroupResponse> {
        let caller = caller(&request)?;
        let group = from_proto::get_group(request.get_ref(), &self.service.terms(), &caller)?;
        let details = self.service.get_group(&caller, &group).await.map_err(status)?;
        Ok(Response::new(to_proto::get_group(details)))
    }

    async fn add_group_delegated_org(
        &self,
        request: Request<pb::AddGroupDelegatedOrgRequest>,
    ) -> RpcResult<pb::AddGroupDelegatedOrgResponse> {
        let caller = caller(&request)?;
        let (group, delegate) = from_proto::add_group_delegated_org(request.get_ref())?;
        self.service.add_group_delegated_org(&caller, &group, delegate).await.map_err(status)?;
        Ok(Response::new(pb::AddGroupDelegatedOrgResponse {}))
    }

    async fn remove_group_delegated_org(
        &self,
        request: Request<pb::RemoveGroupDelegatedOrgRequest>,
    ) -> RpcResult<pb::RemoveGroupDelegatedOrgResponse> {
        let caller = caller(&request)?;
        let (group, delegate) = from_proto::remove_group_delegated_org(request.get_ref())?;
        self.service.remove_group_delegated_org(&caller, &group, delegate).await.map_err(status)?;
        Ok(Response::new(pb::RemoveGroupDelegatedOrgResponse {}))
    }

    async fn add_user_role(
        &self,
        request: Request<pb::AddUserRoleRequest>,
    ) -> RpcResult<pb::AddUserRoleResponse> {
        let caller = caller(&request)?;
        let membership = from_proto::add_user_role(request.get_ref())?;
        self.service.add_user_role(&caller, membership).await.map_err(status)?;
        Ok(Response::new(pb::AddUserRoleResponse {}))
    }

    async fn remove_user_role(
        &self,
        request: Request<pb::RemoveUserRoleRequest>,
    ) -> RpcResult<pb::RemoveUserRoleResponse> {
        let caller = caller(&request)?;
        let (user, group) = from_proto::remove_user_role(request.get_ref())?;
        self.service.remove_user_role(&caller, &group, &user).await.map_err(status)?;
        Ok(Response::new(pb::RemoveUserRoleResponse {}))
    }

    async fn get_user_role(
        &self,
        request: Request<pb::GetUserRoleRequest>,
    ) -> RpcResult<pb::GetUserRoleResponse> {
        let caller = caller(&request)?;
        let user = from_proto::get_user_role(request.get_ref())?;
        let roles = self.service.get_user_role(&caller, &user).await.map_err(status)?;
        Ok(Response::new(to_proto::get_user_role(roles)))
    }

    async fn add_serial(&self, request: Request<pb::AddSerialRequest>) -> RpcResult<pb::AddSerialResponse> {
        let caller = caller(&request)?;
        let (component, group) = from_proto::add_serial(request.into_inner(), &self.service.terms())?;
        self.service.add_serial(&caller, &component, &group).await.map_err(status)?;
        Ok(Response::new(pb::AddSerialResponse {}))
    }

    async fn remove_serial(
        &self,
        request: Request<pb::RemoveSerialRequest>,
    ) -> RpcResult<pb::RemoveSerialResponse> {
        let caller = caller(&request)?;
        let (component, group) = from_proto::remove_serial(request.into_inner(), &self.service.terms())?;
        self.service.remove_serial(&caller, &component, &group).await.map_err(status)?;
        Ok(Response::new(pb::RemoveSerialResponse {}))
    }

    async fn get_serial(&self, request: Request<pb::GetSerialRequest>) -> RpcResult<pb::GetSerialResponse> {
        let caller = caller(&request)?;
        let component = from_proto::get_serial(request.into_inner(), &self.service.terms())?;
        let details = self.service.get_serial(&caller, &component).await.map_err(status)?;
        Ok(Response::new(to_proto::get_serial(details)))
    }

    async fn get_serials(
        &self,
        request: Request<pb::GetSerialsRequest>,
    ) -> RpcResult<pb::GetSerialsResponse> {
        let caller = caller(&request)?;
        let components = from_proto::get_serials(request.into_inner(), &self.service.terms())?;
        let serials = self.service.get_serials(&caller, components).await.map_err(status)?;
        Ok(Response::new(to_proto::get_serials(serials)))
    }

    async fn create_domain_cert(
        &self,
        request: Request<pb::CreateDomainCertRequest>,
    ) -> RpcResult<pb::CreateDomainCertResponse> {
        let caller = caller(&request)?;
        let new = from_proto::create_domain_cert(request.get_ref(), &self.service.terms())?;
        let cert = self.service.create_domain_cert(&caller, new).await.map_err(status)?;
        Ok(Response::new(to_proto::create_domain_cert(&cert)))
    }

    async fn delete_domain_cert(
        &self,
        request: Request<pb::DeleteDomainCertRequest>,
    ) -> RpcResult<pb::DeleteDomainCertResponse> {
        let caller = caller(&request)?;
        let cert = from_proto::delete_domain_cert(request.get_ref())?;
        self.service.delete_domain_cert(&caller, &cert).await.map_err(status)?;
        Ok(Response::new(pb::DeleteDomainCertResponse {}))
    }

    async fn get_domain_cert(
        &self,
        request: Request<pb::GetDomainCertRequest>,
    ) -> RpcResult<pb::GetDomainCertResponse> {
        let caller = caller(&request)?;
        let cert = from_proto::get_domain_cert(request.get_ref())?;
        let details = self.service.get_domain_cert(&caller, &cert).await.map_err(status)?;
        Ok(Response::new(to_proto::get_domain_cert(&details)))
    }

    async fn get_ownership_voucher(
        &self,
        request: Request<pb::GetOwnershipVoucherRequest>,
    ) -> RpcResult<pb::GetOwnershipVoucherResponse> {
        let caller = caller(&request)?;
        let order = from_proto::get_ownership_voucher(request.into_inner(), &self.service.terms())?;
        let voucher = self.service.get_ownership_voucher(&caller, order).await.map_err(status)?;
        Ok(Response::new(to_proto::get_ownership_voucher(voucher)))
    }

    async fn get_ownership_vouchers(
        &self,
        request: Request<pb::GetOwnershipVouchersRequest>,
    ) -> RpcResult<pb::GetOwnershipVouchersResponse> {
        let caller = caller(&request)?;
        let batch = from_proto::get_ownership_vouchers(request.into_inner(), &self.service.terms())?;
        let vouchers = self.service.get_ownership_vouchers(&caller, batch).await.map_err(status)?;
        Ok(Response::new(to_proto::get_ownership_vouchers(vouchers)))
    }
}
