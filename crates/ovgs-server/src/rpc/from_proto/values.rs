//! Values that several requests share.

use chrono::{DateTime, Utc};
use ovgs_domain::{ComponentId, Invalid, OrgId, Role, SerialNumber, User, UserType, Username};
use ovgs_proto::v1 as pb;
use prost_types::Timestamp;

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
