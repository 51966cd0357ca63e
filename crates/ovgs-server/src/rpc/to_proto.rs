//! From domain types to answers: free functions.

pub(super) mod accounts;
pub(super) mod provisioning;
#[cfg(test)]
mod tests;

use std::{borrow::Borrow, collections::BTreeMap};

use chrono::{DateTime, Utc};
use ovgs_domain::{
    CertId, ComponentId, Delegate, Endorsement, Facts, GroupId, PublicKey, Role, User, UserType,
};
use ovgs_proto::v1::{self as pb, tpm_info::EkData};
use prost_types::Timestamp;

use crate::service::{DomainCertDetails, GroupDetails, SerialDetails, SignedVoucher};

pub(super) fn get_components(details: SerialDetails) -> pb::GetComponentsResponse {
    pb::GetComponentsResponse { component: Some(component(&details.id)), serial: Some(get_serial(details)) }
}

pub(super) fn create_group(id: &GroupId) -> pb::CreateGroupResponse {
    pb::CreateGroupResponse { group_id: id.to_string() }
}

pub(super) fn get_group(details: GroupDetails) -> pb::GetGroupResponse {
    pb::GetGroupResponse {
        group_id: details.id.to_string(),
        cert_ids: texts(&details.cert_ids),
        components: details.components.iter().map(component).collect(),
        users: details.users.iter().map(|(user, role)| member(user, *role)).collect(),
        child_group_ids: texts(&details.child_group_ids),
        description: details.description.to_string(),
        delegated_orgs: details.delegated_orgs.into_iter().map(delegation).collect(),
    }
}

pub(super) fn get_user_role(roles: BTreeMap<GroupId, Role>) -> pb::GetUserRoleResponse {
    let groups = roles.into_iter().map(|(group, role)| (group.to_string(), user_role(role).into()));
    pb::GetUserRoleResponse { groups: groups.collect() }
}

pub(super) fn get_serial(details: SerialDetails) -> pb::GetSerialResponse {
    let facts = &details.facts;
    #[expect(deprecated, reason = "clients of the published interface still read it")]
    pb::GetSerialResponse {
        public_key_der: public_key_der(facts),
        group_ids: texts(&details.group_ids),
        mac_addr: facts.mac_addr.map(|mac| mac.to_string()).unwrap_or_default(),
        model: facts.model.as_ref().map(|model| model.as_str().to_owned()).unwrap_or_default(),
        tpm_info: tpm_info(facts),
    }
}

pub(super) fn get_serials(serials: Vec<SerialDetails>) -> pb::GetSerialsResponse {
    pb::GetSerialsResponse { serials: serials.into_iter().map(get_serial).collect() }
}

pub(super) fn create_domain_cert(id: &CertId) -> pb::CreateDomainCertResponse {
    pb::CreateDomainCertResponse { cert_id: id.to_string() }
}

pub(super) fn get_domain_cert(details: &DomainCertDetails) -> pb::GetDomainCertResponse {
    pb::GetDomainCertResponse {
        cert_id: details.id.to_string(),
        group_id: details.group.to_string(),
        certificate_der: details.der.to_vec(),
        revocation_checks: details.revocation_checks,
        expiry_time: Some(time(details.expiry_time)),
    }
}

pub(super) fn get_ownership_voucher(voucher: SignedVoucher) -> pb::GetOwnershipVoucherResponse {
    #[expect(deprecated, reason = "clients of the published interface still read it")]
    pb::GetOwnershipVoucherResponse {
        public_key_der: public_key_der(&voucher.facts),
        tpm_info: tpm_info(&voucher.facts),
        voucher_cms: voucher.cms,
    }
}

pub(super) fn get_ownership_vouchers(vouchers: Vec<SignedVoucher>) -> pb::GetOwnershipVouchersResponse {
    let ownership_vouchers = vouchers.into_iter().map(get_ownership_voucher).collect();
    pb::GetOwnershipVouchersResponse { ownership_vouchers }
}

fn texts<T: Borrow<str>>(ids: &[T]) -> Vec<String> {
    ids.iter().map(|id| id.borrow().to_owned()).collect()
}

fn component(id: &ComponentId) -> pb::Component {
    pb::Component { ien: id.ien.number().to_string(), serial_number: id.serial_number.as_str().to_owned() }
}

fn member(user: &User, role: Role) -> pb::User {
    pb::User {
        username: user.username.to_string(),
        user_type: account_type(user.user_type).into(),
        org_id: user.org.to_string(),
        user_role: user_role(role).into(),
    }
}

fn delegation((delegate, sources): (Delegate, Vec<GroupId>)) -> (String, pb::GroupList) {
    (delegate.to_string(), pb::GroupList { group_ids: texts(&sources) })
}

fn account_type(kind: UserType) -> pb::AccountType {
    match kind {
        UserType::User => pb::AccountType::User,
        UserType::ServiceAccount => pb::AccountType::ServiceAccount,
    }
}

fn user_role(role: Role) -> pb::UserRole {
    match role {
        Role::Support => pb::UserRole::Support,
        Role::Admin => pb::UserRole::Admin,
        Role::Assigner => pb::UserRole::Assigner,
        Role::Requestor => pb::UserRole::Requestor,
    }
}

/// Present if anything is known of the TPM.
fn tpm_info(facts: &Facts) -> Option<pb::TpmInfo> {
    if facts.endorsement.is_none() && facts.platform_primary_key.is_none() {
        return None;
    }
    let platform_primary_key = facts.platform_primary_key.as_ref().map(PublicKey::der).unwrap_or_default();
    let ek_data = facts.endorsement.as_ref().map(|endorsement| match endorsement {
        Endorsement::Key(key) => EkData::EndorsementKey(key.der().to_vec()),
        Endorsement::Certificate(certificate) => EkData::EkCertificate(certificate.der().to_vec()),
    });
    Some(pb::TpmInfo { platform_primary_key: platform_primary_key.to_vec(), ek_data })
}

/// The deprecated field: the endorsement key, whichever way it is known.
fn public_key_der(facts: &Facts) -> Vec<u8> {
    facts.endorsement.as_ref().map(|endorsement| endorsement.public_key_der().to_vec()).unwrap_or_default()
}

fn time(time: DateTime<Utc>) -> Timestamp {
    // Below 1,000,000,000 but for leap seconds, which the stores do not keep.
    let nanos = i32::try_from(time.timestamp_subsec_nanos()).unwrap_or_default();
    Timestamp { seconds: time.timestamp(), nanos }
}
