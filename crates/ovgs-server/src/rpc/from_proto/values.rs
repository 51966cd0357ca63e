//! Values that several requests share.

use chrono::{DateTime, TimeDelta, Utc};
use ovgs_domain::{
    ComponentId, DomainCertificate, Invalid, OrgId, RequestId, Role, SerialNumber, User, UserType, Username,
};
use ovgs_proto::v1 as pb;
use prost_types::{Duration, Timestamp};

use super::fields::{Read, both, field, message};
use crate::service::Terms;

/// The component that a call is about.
pub(super) fn wanted_component(value: Option<pb::Component>, terms: &Terms<'_>) -> Read<ComponentId> {
    message("component", value, |value| component(&value, terms))
}

pub(super) fn component(value: &pb::Component, terms: &Terms<'_>) -> Read<ComponentId> {
    let (ien, serial_number) = both(
        field("ien", terms.ien(&value.ien)),
        field("serial_number", SerialNumber::parse(&value.serial_number)),
    )?;
    Ok(ComponentId { ien, serial_number })
}

/// The three fields that name a user, in the order they have in every request.
pub(super) fn user(name: &str, kind: i32, org: &str) -> Read<User> {
    let username = field("username", Username::parse(name));
    let user_type = field("user_type", user_type(kind));
    let org = field("org_id", OrgId::parse(org));
    let (username, (user_type, org)) = both(username, both(user_type, org))?;
    Ok(User { org, username, user_type })
}

fn user_type(number: i32) -> Result<UserType, Invalid> {
    match pb::AccountType::try_from(number) {
        Ok(pb::AccountType::User) => Ok(UserType::User),
        Ok(pb::AccountType::ServiceAccount) => Ok(UserType::ServiceAccount),
        Ok(pb::AccountType::Unspecified) | Err(_) => Err(Invalid::UnknownNumber {
            number,
            known: "ACCOUNT_TYPE_USER (1), ACCOUNT_TYPE_SERVICE_ACCOUNT (2)",
        }),
    }
}

/// The same, where nothing said means a person.
pub(super) fn user_type_or_person(number: i32) -> Result<UserType, Invalid> {
    if number == i32::from(pb::AccountType::Unspecified) { Ok(UserType::User) } else { user_type(number) }
}

pub(super) fn role(number: i32) -> Result<Role, Invalid> {
    match pb::UserRole::try_from(number) {
        Ok(pb::UserRole::Support) => Ok(Role::Support),
        Ok(pb::UserRole::Admin) => Ok(Role::Admin),
        Ok(pb::UserRole::Assigner) => Ok(Role::Assigner),
        Ok(pb::UserRole::Requestor) => Ok(Role::Requestor),
        Ok(pb::UserRole::Unspecified) | Err(_) => Err(Invalid::UnknownNumber {
            number,
            known: "USER_ROLE_SUPPORT (1), USER_ROLE_ADMIN (2), USER_ROLE_ASSIGNER (3), USER_ROLE_REQUESTOR (4)",
        }),
    }
}

/// A time that must be given, between the years 0001 and 9999 (`google/protobuf/timestamp.proto`).
pub(super) fn time(value: Option<&Timestamp>) -> Result<DateTime<Utc>, Invalid> {
    const YEARS_0001_TO_9999: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
    let Timestamp { seconds, nanos } = *value.ok_or(Invalid::Missing)?;
    // chrono would take up to two seconds of nanoseconds, for leap seconds.
    let nanos = u32::try_from(nanos).ok().filter(|nanos| *nanos < 1_000_000_000);
    let nanos = nanos.filter(|_| YEARS_0001_TO_9999.contains(&seconds)).ok_or(Invalid::NotTimestamp)?;
    DateTime::from_timestamp(seconds, nanos).ok_or(Invalid::NotTimestamp)
}

/// A time span in whole seconds, if there is one.
pub(super) fn seconds(value: Option<&Duration>) -> Result<Option<TimeDelta>, Invalid> {
    let Some(Duration { seconds, nanos }) = value else { return Ok(None) };
    let whole = TimeDelta::try_seconds(*seconds).filter(|span| *nanos == 0 && *span > TimeDelta::zero());
    whole.map(Some).ok_or(Invalid::NotSeconds)
}

/// The id of a token: what any id is that travels in a header.
pub(super) fn jti(value: &str) -> Result<String, Invalid> {
    RequestId::parse(value).map(|id| id.to_string())
}

/// A certificate to bind a token to; none if it is empty.
pub(super) fn certificate(der: Vec<u8>) -> Result<Option<Vec<u8>>, Invalid> {
    match der.is_empty() {
        true => Ok(None),
        false => DomainCertificate::parse(&der).map(|_| Some(der)),
    }
}
