//! The calls by which organizations run their own accounts.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream::BoxStream};
use ovgs_proto::accounts::v1::{self as pb, account_service_server::AccountService};
use tonic::{Request, Response, Status};

use super::{RpcResult, caller};
use crate::{
    authn::TokenAuthority,
    rpc::{from_proto::accounts as from_proto, status::status, to_proto::accounts as to_proto},
    service::Service,
};

/// The generated trait over the use cases.
#[derive(Debug)]
pub(in crate::rpc) struct AccountHandlers {
    service: Arc<Service>,
    authority: Option<Arc<TokenAuthority>>,
}

impl AccountHandlers {
    pub(in crate::rpc) fn new(
        service: Arc<Service>,
        authority: Option<Arc<TokenAuthority>>,
    ) -> AccountHandlers {
        AccountHandlers { service, authority }
    }
}

#[tonic::async_trait]
impl AccountService for AccountHandlers {
    type ListUsersStream = BoxStream<'static, Result<pb::ListUsersResponse, Status>>;
    type ListTokensStream = BoxStream<'static, Result<pb::ListTokensResponse, Status>>;

    async fn register_user(
        &self,
        request: Request<pb::RegisterUserRequest>,
    ) -> RpcResult<pb::RegisterUserResponse> {
        let caller = caller(&request)?;
        let user = from_proto::register_user(request.get_ref())?;
        self.service.register_user(&caller, &user).await.map_err(status)?;
        Ok(Response::new(pb::RegisterUserResponse {}))
    }

    async fn remove_user(
        &self,
        request: Request<pb::RemoveUserRequest>,
    ) -> RpcResult<pb::RemoveUserResponse> {
        let caller = caller(&request)?;
        let user = from_proto::remove_user(request.get_ref())?;
        self.service.remove_user(&caller, self.authority.as_deref(), &user).await.map_err(status)?;
        Ok(Response::new(pb::RemoveUserResponse {}))
    }

    async fn list_users(&self, request: Request<pb::ListUsersRequest>) -> RpcResult<Self::ListUsersStream> {
        let caller = caller(&request)?;
        let org = from_proto::list_users(request.get_ref())?;
        let users = self.service.list_users(&caller, &org).await.map_err(status)?;
        Ok(Response::new(users.map(|user| user.map(to_proto::list_users).map_err(status)).boxed()))
    }

    async fn issue_token(
        &self,
        request: Request<pb::IssueTokenRequest>,
    ) -> RpcResult<pb::IssueTokenResponse> {
        let caller = caller(&request)?;
        let order = from_proto::issue_token(request.into_inner(), &self.service.terms())?;
        let issued = self.service.issue_token(&caller, self.authority.as_deref(), order).await;
        Ok(Response::new(to_proto::issue_token(issued.map_err(status)?)))
    }

    async fn list_tokens(
        &self,
        request: Request<pb::ListTokensRequest>,
    ) -> RpcResult<Self::ListTokensStream> {
        let caller = caller(&request)?;
        let org = from_proto::list_tokens(request.get_ref())?;
        let tokens = self.service.list_tokens(&caller, &org).await.map_err(status)?;
        Ok(Response::new(tokens.map(|token| token.map(to_proto::list_tokens).map_err(status)).boxed()))
    }

    async fn revoke_token(
        &self,
        request: Request<pb::RevokeTokenRequest>,
    ) -> RpcResult<pb::RevokeTokenResponse> {
        let caller = caller(&request)?;
        let jti = from_proto::revoke_token(request.get_ref())?;
        let revoked = self.service.revoke_token(&caller, self.authority.as_deref(), &jti).await;
        Ok(Response::new(pb::RevokeTokenResponse { unchanged: !revoked.map_err(status)? }))
    }
}
