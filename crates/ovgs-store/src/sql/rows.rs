//! From rows to values and back. Every row is read through the same `parse` as what a caller sends, so a store hands out
//! nothing that the rules refuse.

use std::borrow::{Borrow, Cow};

use ovgs_domain::{
    Author, Component, ComponentId, Delegate, DomainCert, EkCertificate, Endorsement, Facts, GroupId,
    GroupRecord, IdevidIssuer, Ien, IssuedVoucher, MacAddress, Model, OrgId, PublicKey, RequestId, Revision,
    Role, User, UserType, Username, commands::Namesake,
};

use super::{entity, query::Fields};
pub(super) use crate::json::values::{
    cert_id, component_id, corrupt, fingerprint, group_id, ien, micros, org_description, org_id,
    serial_number, time,
};
use crate::{
    StoreError, TokenRecord,
    json::values::{delegate, group_description, role},
};

/// Components in statements, in the order in which [`component`] reads them.
pub(super) const COMPONENT: &str = "c.ien, c.serial_number, c.org_id, c.group_id, c.model, c.mac_addr, \
     c.endorsement_key, c.ek_certificate, c.platform_primary_key, c.idevid_issuer";

/// Components of one owner and manufacturer, in the order in which [`Listed`] reads them.
pub(super) const LISTED: &str = "c.serial_number, c.group_id, c.model, c.mac_addr, \
     c.endorsement_key, c.ek_certificate, c.platform_primary_key, c.idevid_issuer";

pub(super) fn revision(number: i64) -> Result<Revision, StoreError> {
    u64::try_from(number).map(Revision).map_err(corrupt("a revision"))
}

/// The number that stands for a revision. No tree moves often enough to reach the last one.
pub(super) fn revision_number(revision: Revision) -> i64 {
    i64::try_from(revision.0).unwrap_or(i64::MAX)
}

/// The number of a kind of user, in the order in which users are listed.
pub(super) fn type_number(user_type: UserType) -> i64 {
    match user_type {
        UserType::User => 0,
        UserType::ServiceAccount => 1,
    }
}

pub(super) fn user(org: &str, username: &str, user_type: i64) -> Result<User, StoreError> {
    let user_type = match user_type {
        0 => UserType::User,
        1 => UserType::ServiceAccount,
        other => return Err(StoreError::corrupt("a kind of user", format!("`{other}`"))),
    };
    let username = Username::parse(username).map_err(corrupt("a username"))?;
    Ok(User { org: org_id(org)?, username, user_type })
}

/// Somebody at the command line has neither an organization nor a type.
pub(super) fn author(org: Option<String>, name: &str, user_type: Option<i64>) -> Result<Author, StoreError> {
    match (org, user_type) {
        (Some(org), Some(user_type)) => user(&org, name, user_type).map(Author::User),
        (None, None) => Username::parse(name).map(Author::Cli).map_err(corrupt("an author")),
        _ => Err(StoreError::corrupt("an author", "an organization without a type of user, or the reverse")),
    }
}

pub(super) fn group(row: entity::group::Model) -> Result<GroupRecord, StoreError> {
    let description = match &row.parent_id {
        None => org_description(&row.description)?,
        Some(_) => group_description(&row.description)?,
    };
    let parent = row.parent_id.as_deref().map(group_id).transpose()?;
    Ok(GroupRecord { id: group_id(&row.id)?, parent, description })
}

pub(super) fn member(row: &entity::member::Model) -> Result<(GroupId, User, Role), StoreError> {
    let user = user(&row.user_org, &row.username, row.user_type)?;
    Ok((group_id(&row.group_id)?, user, role(&row.role)?))
}

pub(super) fn delegation(row: &entity::delegation::Model) -> Result<(GroupId, Delegate), StoreError> {
    Ok((group_id(&row.group_id)?, delegate(&row.delegate)?))
}

pub(super) fn token(row: entity::token::Model) -> Result<TokenRecord, StoreError> {
    Ok(TokenRecord {
        user: user(&row.org_id, &row.username, row.user_type)?,
        issued_at: time(row.issued_at)?,
        expires_at: time(row.expires_at)?,
        revoked_at: row.revoked_at.map(time).transpose()?,
        last_used_at: row.last_used_at.map(time).transpose()?,
        jti: row.jti,
    })
}

/// A certificate without its bytes, of a row as [`entity::cert`] has it up to `not_after`.
pub(super) fn cert(
    id: &str,
    fingerprint_bytes: Vec<u8>,
    revocation_checks: bool,
    expiry_time: i64,
    not_after: i64,
) -> Result<DomainCert, StoreError> {
    Ok(DomainCert {
        id: cert_id(id)?,
        fingerprint: fingerprint(fingerprint_bytes)?,
        revocation_checks,
        expiry_time: time(expiry_time)?,
        not_after: time(not_after)?,
    })
}

/// Reads components of one owner and manufacturer, of which one mostly has the group and the model of the one before it.
#[derive(Debug)]
pub(super) struct Listed {
    org: OrgId,
    ien: Ien,
    group: Option<GroupId>,
    model: Option<Model>,
}

impl Listed {
    pub(super) fn of(org: &OrgId, ien: &str) -> Result<Listed, StoreError> {
        Ok(Listed { org: org.clone(), ien: self::ien(ien)?, group: None, model: None })
    }

    /// Reads the columns of [`LISTED`].
    pub(super) fn read(&mut self, row: &mut Fields<'_>) -> Result<Component, StoreError> {
        let id = ComponentId { ien: self.ien, serial_number: serial_number(&row.str()?)? };
        let group =
            row.str_or_null()?.map(|group| as_before(&mut self.group, &group, group_id)).transpose()?;
        let model = row.str_or_null()?.map(|text| as_before(&mut self.model, &text, model)).transpose()?;
        Ok(Component { id, org: self.org.clone(), group, facts: facts(model, row)? })
    }
}

/// The value of a text: that of the last one, if that had the same.
fn as_before<T: Borrow<str> + Clone>(
    before: &mut Option<T>,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    if let Some(same) = before.as_ref().filter(|before| (*before).borrow() == text) {
        return Ok(same.clone());
    }
    parse(text).inspect(|value| *before = Some(value.clone()))
}

/// Reads the columns of [`COMPONENT`].
pub(super) fn component(row: &mut Fields<'_>) -> Result<Component, StoreError> {
    let id = component_id(&row.str()?, &row.str()?)?;
    let org = org_id(&row.str()?)?;
    let group = row.str_or_null()?.as_deref().map(group_id).transpose()?;
    let model = row.str_or_null()?.as_deref().map(model).transpose()?;
    Ok(Component { id, org, group, facts: facts(model, row)? })
}

fn model(text: &str) -> Result<Model, StoreError> {
    Model::parse(text).map_err(corrupt("a model"))
}

fn facts(model: Option<Model>, row: &mut Fields<'_>) -> Result<Facts, StoreError> {
    let public_key = |der: Cow<'_, [u8]>| PublicKey::parse(&der).map_err(corrupt("a public key"));
    let certificate = |der: Cow<'_, [u8]>| EkCertificate::parse(&der).map_err(corrupt("an EK certificate"));
    let mac_addr = row.str_or_null()?;
    let key = row.slice_or_null()?.map(public_key).transpose()?.map(Endorsement::Key);
    let ek_certificate = row.slice_or_null()?.map(certificate).transpose()?.map(Endorsement::Certificate);
    Ok(Facts {
        model,
        mac_addr: mac_addr
            .map(|mac| MacAddress::parse(&mac).map_err(corrupt("a MAC address")))
            .transpose()?,
        endorsement: key.or(ek_certificate),
        platform_primary_key: row.slice_or_null()?.map(public_key).transpose()?,
        idevid_issuer: idevid_issuer(row.slice_or_null()?)?,
    })
}

fn idevid_issuer(der: Option<Cow<'_, [u8]>>) -> Result<Option<IdevidIssuer>, StoreError> {
    der.map(|der| IdevidIssuer::parse(&der).map_err(corrupt("an IDevID issuer"))).transpose()
}

/// Reads `ien, serial_number, idevid_issuer`.
pub(super) fn namesake(row: &mut Fields<'_>) -> Result<Namesake, StoreError> {
    let id = component_id(&row.text()?, &row.text()?)?;
    Ok(Namesake { id, idevid_issuer: idevid_issuer(row.slice_or_null()?)? })
}

/// Reads a row of `vouchers`, `at` first.
pub(super) fn voucher(row: &mut Fields<'_>) -> Result<IssuedVoucher, StoreError> {
    Ok(IssuedVoucher {
        at: time(row.int()?)?,
        caller: user(&row.text()?, &row.text()?, row.int()?)?,
        request_id: RequestId::parse(&row.text()?).map_err(corrupt("a request id"))?,
        org: org_id(&row.text()?)?,
        component: component_id(&row.text()?, &row.text()?)?,
        cert: cert_id(&row.text()?)?,
        pinned_cert: fingerprint(row.bytes()?)?,
        content: fingerprint(row.bytes()?)?,
        voucher: fingerprint(row.bytes()?)?,
        created_on: time(row.int()?)?,
        expires_on: row.int_or_null()?.map(time).transpose()?,
        issuer: row.text()?,
        signer_cert: fingerprint(row.bytes()?)?,
    })
}
