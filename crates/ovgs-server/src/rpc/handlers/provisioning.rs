//! The vendor's calls. Each begins at the desk, which lets principals alone in, before the request is looked at.

use futures_util::{
    StreamExt as _, TryStreamExt as _,
    stream::{self, BoxStream},
};
use ovgs_proto::provisioning::v1::{self as pb, provisioning_service_server::ProvisioningService};
use tonic::{Request, Response, Status, Streaming};

use super::{RpcResult, caller};
use crate::{
    provisioning::{Desk, ProvisioningError, Rows, Vendor},
    rpc::{
        arriving::Arriving,
        from_proto::provisioning as from_proto,
        status::{denied, provisioning_status as status},
        to_proto::provisioning as to_proto,
    },
};

/// How many vouchers a part that leaves is told to have.
const MOST_VOUCHERS: usize = 100;

/// The generated trait over the use cases.
#[derive(Debug)]
pub(in crate::rpc) struct ProvisioningHandlers {
    desk: Desk,
    max_request_bytes: usize,
}

impl ProvisioningHandlers {
    pub(in crate::rpc) fn new(desk: Desk, max_request_bytes: usize) -> ProvisioningHandlers {
        ProvisioningHandlers { desk, max_request_bytes }
    }

    /// Whom the gate let in, if the desk does as well.
    fn vendor<T>(&self, request: &Request<T>) -> Result<Vendor, Status> {
        self.desk.admit(&caller(request)?).map_err(denied)
    }
}

type Answers<T> = BoxStream<'static, Result<T, Status>>;

fn answers<T: 'static, A: 'static>(rows: Rows<'static, T>, answer: fn(T) -> A) -> RpcResult<Answers<A>> {
    Ok(Response::new(rows.map(move |row| row.map(answer).map_err(status)).boxed()))
}

#[tonic::async_trait]
impl ProvisioningService for ProvisioningHandlers {
    type ListOrgsStream = Answers<pb::ListOrgsResponse>;
    type ListUsersStream = Answers<pb::ListUsersResponse>;
    type ListTokensStream = Answers<pb::ListTokensResponse>;
    type ImportComponentsStream = Answers<pb::ImportComponentsResponse>;
    type ExportComponentsStream = Answers<pb::ExportComponentsResponse>;
    type ListChangesStream = Answers<pb::ListChangesResponse>;
    type ListVouchersStream = Answers<pb::ListVouchersResponse>;

    async fn create_org(&self, request: Request<pb::CreateOrgRequest>) -> RpcResult<pb::CreateOrgResponse> {
        let Vendor { provisioning, by, .. } = self.vendor(&request)?;
        let new = from_proto::create_org(request.get_ref())?;
        let effect = provisioning.bootstrap_org(&by, &new).await.map_err(status)?;
        Ok(Response::new(pb::CreateOrgResponse { unchanged: effect.is_unchanged() }))
    }

    async fn list_orgs(&self, request: Request<pb::ListOrgsRequest>) -> RpcResult<Self::ListOrgsStream> {
        let vendor = self.vendor(&request)?;
        answers(vendor.provisioning.orgs(), to_proto::list_orgs)
    }

    async fn get_org(&self, request: Request<pb::GetOrgRequest>) -> RpcResult<pb::GetOrgResponse> {
        let vendor = self.vendor(&request)?;
        let org = from_proto::get_org(request.get_ref())?;
        let details = vendor.provisioning.show_org(&org).await.map_err(status)?;
        Ok(Response::new(to_proto::get_org(details)))
    }

    async fn delete_org(&self, request: Request<pb::DeleteOrgRequest>) -> RpcResult<pb::DeleteOrgResponse> {
        let vendor = self.vendor(&request)?;
        let (org, how) = from_proto::delete_org(request.get_ref())?;
        let gone = vendor.delete_org(&org, how).await.map_err(status)?;
        Ok(Response::new(to_proto::delete_org(&gone)))
    }

    async fn register_user(
        &self,
        request: Request<pb::RegisterUserRequest>,
    ) -> RpcResult<pb::RegisterUserResponse> {
        let Vendor { provisioning, by, .. } = self.vendor(&request)?;
        let user = from_proto::register_user(request.get_ref())?;
        let effect = provisioning.add_user(&by, &user).await.map_err(status)?;
        Ok(Response::new(pb::RegisterUserResponse { unchanged: effect.is_unchanged() }))
    }

    async fn remove_user(
        &self,
        request: Request<pb::RemoveUserRequest>,
    ) -> RpcResult<pb::RemoveUserResponse> {
        let vendor = self.vendor(&request)?;
        let user = from_proto::remove_user(request.get_ref())?;
        let effect = vendor.remove_user(&user).await.map_err(status)?;
        Ok(Response::new(pb::RemoveUserResponse { unchanged: effect.is_unchanged() }))
    }

    async fn list_users(&self, request: Request<pb::ListUsersRequest>) -> RpcResult<Self::ListUsersStream> {
        let Vendor { provisioning, .. } = self.vendor(&request)?;
        let org = from_proto::list_users(request.get_ref())?;
        provisioning.known_org(org.as_ref()).await.map_err(status)?;
        answers(provisioning.users(org), to_proto::list_users)
    }

    async fn grant_role(&self, request: Request<pb::GrantRoleRequest>) -> RpcResult<pb::GrantRoleResponse> {
        let Vendor { provisioning, by, .. } = self.vendor(&request)?;
        let membership = from_proto::grant_role(request.get_ref())?;
        let effect = provisioning.grant_role(&by, &membership).await.map_err(status)?;
        Ok(Response::new(pb::GrantRoleResponse { unchanged: effect.is_unchanged() }))
    }

    async fn revoke_role(
        &self,
        request: Request<pb::RevokeRoleRequest>,
    ) -> RpcResult<pb::RevokeRoleResponse> {
        let Vendor { provisioning, by, .. } = self.vendor(&request)?;
        let (user, group) = from_proto::revoke_role(request.get_ref())?;
        let effect = provisioning.revoke_role(&by, &group, &user).await.map_err(status)?;
        Ok(Response::new(pb::RevokeRoleResponse { unchanged: effect.is_unchanged() }))
    }

    async fn issue_token(
        &self,
        request: Request<pb::IssueTokenRequest>,
    ) -> RpcResult<pb::IssueTokenResponse> {
        let Vendor { provisioning, by, authority } = self.vendor(&request)?;
        let wanted = from_proto::issue_token(request.into_inner())?;
        let authority = authority.ok_or(ProvisioningError::NoTokens).map_err(status)?;
        let issued = provisioning.issue_token(&by, &authority, wanted).await.map_err(status)?;
        Ok(Response::new(to_proto::issue_token(issued)))
    }

    async fn list_tokens(
        &self,
        request: Request<pb::ListTokensRequest>,
    ) -> RpcResult<Self::ListTokensStream> {
        let Vendor { provisioning, .. } = self.vendor(&request)?;
        let org = from_proto::list_tokens(request.get_ref())?;
        provisioning.known_org(org.as_ref()).await.map_err(status)?;
        answers(provisioning.tokens(org), to_proto::list_tokens)
    }

    async fn revoke_token(
        &self,
        request: Request<pb::RevokeTokenRequest>,
    ) -> RpcResult<pb::RevokeTokenResponse> {
        let vendor = self.vendor(&request)?;
        let jti = from_proto::revoke_token(request.get_ref())?;
        let effect = vendor.revoke_token(&jti).await.map_err(status)?;
        Ok(Response::new(pb::RevokeTokenResponse { unchanged: effect.is_unchanged() }))
    }

    async fn import_components(
        &self,
        request: Request<Streaming<pb::ImportComponentsRequest>>,
    ) -> RpcResult<Self::ImportComponentsStream> {
        let Vendor { provisioning, by, .. } = self.vendor(&request)?;
        let mut arriving = Arriving::new(request.into_inner(), self.max_request_bytes);
        let options = from_proto::begin_import(arriving.next().await?)?;
        let import = provisioning.begin_import(&by, options).await.map_err(status)?;
        let reports = stream::try_unfold((import, arriving), |(mut import, mut arriving)| async move {
            let Some(message) = arriving.next().await? else { return Ok::<_, Status>(None) };
            let rows = from_proto::import_rows(message)?;
            let report = import.take(&rows).await.map_err(status)?;
            Ok(Some((to_proto::import_components(report), (import, arriving))))
        });
        Ok(Response::new(reports.boxed()))
    }

    async fn export_components(
        &self,
        request: Request<pb::ExportComponentsRequest>,
    ) -> RpcResult<Self::ExportComponentsStream> {
        let Vendor { provisioning, .. } = self.vendor(&request)?;
        let org = from_proto::export_components(request.get_ref())?;
        provisioning.known_org(Some(&org)).await.map_err(status)?;
        answers(provisioning.components(org), to_proto::export_components)
    }

    async fn get_component(
        &self,
        request: Request<pb::GetComponentRequest>,
    ) -> RpcResult<pb::GetComponentResponse> {
        let vendor = self.vendor(&request)?;
        let id = from_proto::get_component(request.into_inner())?;
        let details = vendor.provisioning.show_component(&id).await.map_err(status)?;
        Ok(Response::new(to_proto::get_component(details)))
    }

    async fn correct_component(
        &self,
        request: Request<pb::CorrectComponentRequest>,
    ) -> RpcResult<pb::CorrectComponentResponse> {
        let Vendor { provisioning, by, .. } = self.vendor(&request)?;
        let row = from_proto::correct_component(request.into_inner())?;
        let (effect, corrected) = provisioning.correct_component(&by, &row).await.map_err(status)?;
        Ok(Response::new(to_proto::correct_component(effect, corrected)))
    }

    async fn retire_component(
        &self,
        request: Request<pb::RetireComponentRequest>,
    ) -> RpcResult<pb::RetireComponentResponse> {
        let Vendor { provisioning, by, .. } = self.vendor(&request)?;
        let id = from_proto::retire_component(request.into_inner())?;
        provisioning.retire_component(&by, &id).await.map_err(status)?;
        let vouchers = provisioning.valid_vouchers(&id).take(MOST_VOUCHERS).try_collect::<Vec<_>>().await;
        Ok(Response::new(to_proto::retire_component(vouchers.map_err(status)?)))
    }

    async fn transfer_component(
        &self,
        request: Request<pb::TransferComponentRequest>,
    ) -> RpcResult<pb::TransferComponentResponse> {
        let Vendor { provisioning, by, .. } = self.vendor(&request)?;
        let (id, to) = from_proto::transfer_component(request.into_inner())?;
        let effect = provisioning.transfer_component(&by, &id, &to).await.map_err(status)?;
        let vouchers = provisioning.valid_vouchers(&id).take(MOST_VOUCHERS).try_collect::<Vec<_>>().await;
        Ok(Response::new(to_proto::transfer_component(effect, vouchers.map_err(status)?)))
    }

    async fn list_changes(
        &self,
        request: Request<pb::ListChangesRequest>,
    ) -> RpcResult<Self::ListChangesStream> {
        let Vendor { provisioning, .. } = self.vendor(&request)?;
        let filter = from_proto::list_changes(request.into_inner())?;
        provisioning.journaled_org(filter.org.as_ref()).await.map_err(status)?;
        answers(provisioning.events(filter), to_proto::list_changes)
    }

    async fn list_vouchers(
        &self,
        request: Request<pb::ListVouchersRequest>,
    ) -> RpcResult<Self::ListVouchersStream> {
        let Vendor { provisioning, .. } = self.vendor(&request)?;
        let filter = from_proto::list_vouchers(request.into_inner())?;
        provisioning.journaled_org(filter.org.as_ref()).await.map_err(status)?;
        answers(provisioning.vouchers(filter), to_proto::list_vouchers)
    }
}
