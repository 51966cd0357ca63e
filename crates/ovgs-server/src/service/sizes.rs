//! How large answers are on the wire, so that one too large is refused before it is read or signed.
//!
//! The formulas follow the protobuf encoding: a field is its tag (one octet up to field number 15), the length as a
//! varint, and the value; empty ones are not sent. A test in `rpc` holds them against the real encoder.

use std::collections::BTreeMap;

use ovgs_domain::{Facts, GroupId, Role};

use super::{GroupDetails, SerialDetails};

/// What one component of GetGroup takes beside the octets of its ids: three tags, three lengths.
pub(crate) const COMPONENT_OVERHEAD: usize = 6;

/// A length-delimited field.
pub(crate) fn field(length: usize) -> usize {
    1 + varint(length) + length
}

/// The same, not sent if it is empty.
fn optional(length: usize) -> usize {
    if length == 0 { 0 } else { field(length) }
}

fn varint(value: usize) -> usize {
    // Seven bits an octet.
    (usize::BITS - (value | 1).leading_zeros()).div_ceil(7) as usize
}

/// The components of a GetGroup answer: IEN and serial number are shorter than 128 octets together.
pub(crate) fn components(count: u64, id_octets: u64) -> usize {
    let overhead = usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(COMPONENT_OVERHEAD);
    overhead.saturating_add(usize::try_from(id_octets).unwrap_or(usize::MAX))
}

/// A GetGroup answer without its components.
pub(crate) fn group(details: &GroupDetails) -> usize {
    let certs: usize = details.cert_ids.iter().map(|id| field(id.as_str().len())).sum();
    let children: usize = details.child_group_ids.iter().map(|id| field(id.as_str().len())).sum();
    let users: usize = details
        .users
        .iter()
        // Type and role are enum numbers: a tag and one octet each.
        .map(|(user, _)| field(field(user.username.as_str().len()) + field(user.org.as_str().len()) + 4))
        .sum();
    let delegations: usize = details
        .delegated_orgs
        .iter()
        .map(|(delegate, groups)| {
            let list: usize = groups.iter().map(|group| field(group.as_str().len())).sum();
            field(field(delegate.as_str().len()) + optional(list))
        })
        .sum();
    let ids = field(details.id.as_str().len()) + optional(details.description.as_str().len());
    ids + certs + children + users + delegations
}

/// A GetUserRole answer.
pub(crate) fn roles(roles: &BTreeMap<GroupId, Role>) -> usize {
    // The role is an enum number: a tag and one octet.
    roles.keys().map(|group| field(field(group.as_str().len()) + 2)).sum()
}

/// A GetSerial answer.
pub(crate) fn serial(details: &SerialDetails) -> usize {
    let groups: usize = details.group_ids.iter().map(|group| field(group.as_str().len())).sum();
    groups + facts(&details.facts)
}

/// What is known of a component, in an answer that says all of it.
pub(crate) fn facts(facts: &Facts) -> usize {
    let model = facts.model.as_ref().map_or(0, |model| field(model.as_str().len()));
    let mac_addr = facts.mac_addr.map_or(0, |_| field("00:00:00:00:00:00".len()));
    model + mac_addr + identity(facts)
}

/// The deprecated public key and the TPM information of an answer.
pub(crate) fn identity(facts: &Facts) -> usize {
    let public_key = facts.endorsement.as_ref().map_or(0, |e| field(e.public_key_der().len()));
    let endorsement = facts.endorsement.as_ref().map_or(0, |e| field(e.der().len()));
    let primary = facts.platform_primary_key.as_ref().map_or(0, |key| field(key.der().len()));
    public_key + optional(endorsement + primary)
}
