//! The requests of `ovgs.provisioning.v1`.

use ovgs_domain::{
    ComponentId, Description, GroupId, Ien, Invalid, OrgId, SerialNumber, User, Username,
    commands::Membership,
};
use ovgs_proto::{
    provisioning::v1::{self as pb, import_components_request::Kind},
    v1::Component,
};
use ovgs_store::{EventFilter, VoucherFilter};

use super::{
    fields::{Read, both, field, message},
    values::{certificate, jti, role, seconds, time, user, user_type_or_person},
};
use crate::{
    authn::TokenRequest,
    provisioning::{Deletion, ImportOptions, NewOrg, PartImport, PartRow},
    service::TokenTtl,
};

pub(in crate::rpc) fn create_org(request: &pb::CreateOrgRequest) -> Read<NewOrg> {
    let description = request.description.as_deref().map(Description::parse_or_empty).transpose();
    let org = both(org_id(&request.org_id), field("description", description));
    let admin = match request.admin_username.as_str() {
        "" => Ok(None),
        name => both(
            field("admin_username", Username::parse(name)),
            field("admin_type", user_type_or_person(request.admin_type)),
        )
        .map(Some),
    };
    let ((org, description), admin) = both(org, admin)?;
    let admin = admin.map(|(username, user_type)| User { org: org.clone(), username, user_type });
    Ok(NewOrg { org, description, admin })
}

pub(in crate::rpc) fn get_org(request: &pb::GetOrgRequest) -> Read<OrgId> {
    org_id(&request.org_id)
}

pub(in crate::rpc) fn delete_org(request: &pb::DeleteOrgRequest) -> Read<(OrgId, Deletion)> {
    let how = if request.force { Deletion::WithAll } else { Deletion::OnlyEmpty };
    Ok((org_id(&request.org_id)?, how))
}

pub(in crate::rpc) fn register_user(request: &pb::RegisterUserRequest) -> Read<User> {
    user(&request.username, request.user_type, &request.org_id)
}

pub(in crate::rpc) fn remove_user(request: &pb::RemoveUserRequest) -> Read<User> {
    user(&request.username, request.user_type, &request.org_id)
}

pub(in crate::rpc) fn list_users(request: &pb::ListUsersRequest) -> Read<Option<OrgId>> {
    some_org(&request.org_id)
}

pub(in crate::rpc) fn grant_role(request: &pb::GrantRoleRequest) -> Read<Membership> {
    let user = user(&request.username, request.user_type, &request.org_id);
    let role = field("user_role", role(request.user_role));
    let (user, (group, role)) = both(user, both(group_id(&request.group_id), role))?;
    Ok(Membership { group, user, role })
}

pub(in crate::rpc) fn revoke_role(request: &pb::RevokeRoleRequest) -> Read<(User, GroupId)> {
    both(user(&request.username, request.user_type, &request.org_id), group_id(&request.group_id))
}

pub(in crate::rpc) fn issue_token(request: pb::IssueTokenRequest) -> Read<TokenRequest> {
    let user = user(&request.username, request.user_type, &request.org_id);
    let ttl = field("ttl", seconds(request.ttl.as_ref()));
    let bind = field("bind_certificate_der", certificate(request.bind_certificate_der));
    let (user, (ttl, bind)) = both(user, both(ttl, bind))?;
    Ok(TokenRequest { user, ttl: ttl.unwrap_or(TokenTtl::DEFAULT), bind })
}

pub(in crate::rpc) fn list_tokens(request: &pb::ListTokensRequest) -> Read<Option<OrgId>> {
    some_org(&request.org_id)
}

pub(in crate::rpc) fn revoke_token(request: &pb::RevokeTokenRequest) -> Read<String> {
    field("jti", jti(&request.jti))
}

/// The first message of an import.
pub(in crate::rpc) fn begin_import(first: Option<pb::ImportComponentsRequest>) -> Read<ImportOptions> {
    let begin = match first.and_then(|first| first.kind) {
        Some(Kind::Begin(begin)) => Some(begin),
        Some(Kind::Rows(_)) | None => None,
    };
    message("begin", begin, |begin| {
        let pb::import_components_request::Begin { org_id: org, update, dry_run } = begin;
        Ok(ImportOptions { org: org_id(&org)?, update, dry_run })
    })
}

/// Every further message. What is wrong with a row is told with its outcome.
pub(in crate::rpc) fn import_rows(next: pb::ImportComponentsRequest) -> Read<Vec<PartRow>> {
    const MAX: usize = PartImport::MAX_BATCH;
    let rows = match next.kind {
        Some(Kind::Rows(rows)) => Ok(rows.rows),
        Some(Kind::Begin(_)) | None => Err(Invalid::Missing),
    };
    let rows = field("rows", rows)?;
    let count = rows.len();
    let fits = if count <= MAX { Ok(()) } else { Err(Invalid::TooMany { count, max: MAX }) };
    field("rows.rows", fits)?;
    Ok(rows.into_iter().map(part_row).collect())
}

pub(in crate::rpc) fn export_components(request: &pb::ExportComponentsRequest) -> Read<OrgId> {
    org_id(&request.org_id)
}

pub(in crate::rpc) fn get_component(request: pb::GetComponentRequest) -> Read<ComponentId> {
    part(request.component)
}

/// Values are read by the use case, which names the same fields.
pub(in crate::rpc) fn correct_component(request: pb::CorrectComponentRequest) -> Read<PartRow> {
    message("row", request.row, |row| {
        part(row.component.clone())?;
        Ok(part_row(row))
    })
}

pub(in crate::rpc) fn retire_component(request: pb::RetireComponentRequest) -> Read<ComponentId> {
    part(request.component)
}

pub(in crate::rpc) fn transfer_component(
    request: pb::TransferComponentRequest,
) -> Read<(ComponentId, OrgId)> {
    both(part(request.component), field("to_org_id", OrgId::parse(&request.to_org_id)))
}

pub(in crate::rpc) fn list_changes(request: pb::ListChangesRequest) -> Read<EventFilter> {
    let who = request.user.map(|named| {
        message("user", Some(named), |named| user(&named.username, named.user_type, &named.org_id))
    });
    let component = request.component.map(|component| part(Some(component)));
    let since = request.since.map(|since| field("since", time(Some(&since))));
    let (org, (user, (component, since))) = both(
        some_org(&request.org_id),
        both(who.transpose(), both(component.transpose(), since.transpose())),
    )?;
    Ok(EventFilter { org, user, component, since })
}

pub(in crate::rpc) fn list_vouchers(request: pb::ListVouchersRequest) -> Read<VoucherFilter> {
    let component = request.component.map(|component| part(Some(component)));
    let since = request.since.map(|since| field("since", time(Some(&since))));
    let (org, (component, since)) =
        both(some_org(&request.org_id), both(component.transpose(), since.transpose()))?;
    Ok(VoucherFilter { org, component, since, ..VoucherFilter::default() })
}

fn org_id(value: &str) -> Read<OrgId> {
    field("org_id", OrgId::parse(value))
}

/// An empty one means all.
fn some_org(value: &str) -> Read<Option<OrgId>> {
    match value {
        "" => Ok(None),
        value => org_id(value).map(Some),
    }
}

fn group_id(value: &str) -> Read<GroupId> {
    field("group_id", GroupId::parse(value))
}

/// A part of whatever manufacturer: parts that nobody serves any more can still be looked at and retired.
fn part(value: Option<Component>) -> Read<ComponentId> {
    message("component", value, |value| {
        let (ien, serial_number) = both(
            field("ien", Ien::parse(&value.ien)),
            field("serial_number", SerialNumber::parse(&value.serial_number)),
        )?;
        Ok(ComponentId { ien, serial_number })
    })
}

fn part_row(row: pb::ComponentRow) -> PartRow {
    let Component { ien, serial_number } = row.component.unwrap_or_default();
    PartRow {
        ien,
        serial_number,
        model: row.model,
        mac_addr: row.mac_addr,
        endorsement_key: row.endorsement_key,
        ek_certificate: row.ek_certificate,
        platform_primary_key: row.platform_primary_key,
        idevid_issuer: row.idevid_issuer,
    }
}
