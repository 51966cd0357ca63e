//! From requests to domain types: free functions, one for each call, that name every field that breaks its rule.

pub(super) mod accounts;
mod fields;
pub(super) mod provisioning;
#[cfg(test)]
mod tests;
mod values;

use ovgs_domain::{
    CertId, ComponentId, Delegate, Description, DomainCertificate, GroupId, User,
    commands::{Membership, NewDomainCert},
};
use ovgs_proto::v1 as pb;

pub(super) use self::fields::{FieldViolations, Read};
use self::{
    fields::{both, each, field},
    values::{component, role, time, user, wanted_component},
};
use crate::{
    authn::Caller,
    service::{Batch, Lifetime, Terms, VoucherBatch, VoucherOrder},
};

pub(super) fn get_components(request: &pb::GetComponentsRequest) -> Read<GroupId> {
    group_id(&request.group_id)
}

pub(super) fn create_group(request: &pb::CreateGroupRequest) -> Read<(GroupId, Description)> {
    both(
        field("parent", GroupId::parse(&request.parent)),
        field("description", Description::parse(&request.description)),
    )
}

pub(super) fn delete_group(request: &pb::DeleteGroupRequest) -> Read<GroupId> {
    group_id(&request.group_id)
}

/// An empty id means the caller's own root, where `compat.empty_group_is_root` says so.
pub(super) fn get_group(request: &pb::GetGroupRequest, terms: &Terms<'_>, caller: &Caller) -> Read<GroupId> {
    match request.group_id.as_str() {
        "" if terms.compat().empty_group_is_root => Ok(caller.user().org.root()),
        id => group_id(id),
    }
}

pub(super) fn add_group_delegated_org(
    request: &pb::AddGroupDelegatedOrgRequest,
) -> Read<(GroupId, Delegate)> {
    both(group_id(&request.group_id), field("org_id", Delegate::parse(&request.org_id)))
}

pub(super) fn remove_group_delegated_org(
    request: &pb::RemoveGroupDelegatedOrgRequest,
) -> Read<(GroupId, Delegate)> {
    both(group_id(&request.group_id), field("org_id", Delegate::parse(&request.org_id)))
}

pub(super) fn add_user_role(request: &pb::AddUserRoleRequest) -> Read<Membership> {
    let user = user(&request.username, request.user_type, &request.org_id);
    let group = group_id(&request.group_id);
    let role = field("user_role", role(request.user_role));
    let (user, (group, role)) = both(user, both(group, role))?;
    Ok(Membership { group, user, role })
}

pub(super) fn remove_user_role(request: &pb::RemoveUserRoleRequest) -> Read<(User, GroupId)> {
    both(user(&request.username, request.user_type, &request.org_id), group_id(&request.group_id))
}

pub(super) fn get_user_role(request: &pb::GetUserRoleRequest) -> Read<User> {
    user(&request.username, request.user_type, &request.org_id)
}

pub(super) fn add_serial(request: pb::AddSerialRequest, terms: &Terms<'_>) -> Read<(ComponentId, GroupId)> {
    both(wanted_component(request.component, terms), group_id(&request.group_id))
}

pub(super) fn remove_serial(
    request: pb::RemoveSerialRequest,
    terms: &Terms<'_>,
) -> Read<(ComponentId, GroupId)> {
    both(wanted_component(request.component, terms), group_id(&request.group_id))
}

pub(super) fn get_serial(request: pb::GetSerialRequest, terms: &Terms<'_>) -> Read<ComponentId> {
    wanted_component(request.component, terms)
}

pub(super) fn get_serials(request: pb::GetSerialsRequest, terms: &Terms<'_>) -> Read<Batch<ComponentId>> {
    batch("components", request.components, terms)
}

pub(super) fn create_domain_cert(
    request: &pb::CreateDomainCertRequest,
    terms: &Terms<'_>,
) -> Read<NewDomainCert> {
    let certificate = DomainCertificate::parse(&request.certificate_der).and_then(|c| terms.unexpired(c));
    let expiry_time = time(request.expiry_time.as_ref()).and_then(|time| terms.future(time));
    let (group, (certificate, expiry_time)) = both(
        group_id(&request.group_id),
        both(field("certificate_der", certificate), field("expiry_time", expiry_time)),
    )?;
    Ok(NewDomainCert { group, certificate, revocation_checks: request.revocation_checks, expiry_time })
}

pub(super) fn delete_domain_cert(request: &pb::DeleteDomainCertRequest) -> Read<CertId> {
    cert_id(&request.cert_id)
}

pub(super) fn get_domain_cert(request: &pb::GetDomainCertRequest) -> Read<CertId> {
    cert_id(&request.cert_id)
}

pub(super) fn get_ownership_voucher(
    request: pb::GetOwnershipVoucherRequest,
    terms: &Terms<'_>,
) -> Read<VoucherOrder> {
    let lifetime = lifetime(request.lifetime.as_ref(), terms);
    let (component, (cert, lifetime)) =
        both(wanted_component(request.component, terms), both(cert_id(&request.cert_id), lifetime))?;
    Ok(VoucherOrder { component, cert, lifetime })
}

pub(super) fn get_ownership_vouchers(
    request: pb::GetOwnershipVouchersRequest,
    terms: &Terms<'_>,
) -> Read<VoucherBatch> {
    let lifetime = lifetime(request.lifetime.as_ref(), terms);
    let (components, (cert, lifetime)) =
        both(batch("component", request.component, terms), both(cert_id(&request.cert_id), lifetime))?;
    Ok(VoucherBatch { components, cert, lifetime })
}

fn group_id(value: &str) -> Read<GroupId> {
    field("group_id", GroupId::parse(value))
}

fn cert_id(value: &str) -> Read<CertId> {
    field("cert_id", CertId::parse(value))
}

fn lifetime(value: Option<&prost_types::Timestamp>, terms: &Terms<'_>) -> Read<Lifetime> {
    field("lifetime", time(value).and_then(|time| terms.lifetime(time)))
}

/// A batch. Of one of the wrong size the size is all that is said: its entries could be very many.
fn batch(name: &str, components: Vec<pb::Component>, terms: &Terms<'_>) -> Read<Batch<ComponentId>> {
    field(name, terms.batch_size(components.len()))?;
    let components = each(name, components, |message| component(&message, terms))?;
    field(name, terms.batch(components))
}
