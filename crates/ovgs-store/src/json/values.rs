//! Values as texts and numbers, and back through the domain's own `parse`.

use std::error::Error;

use chrono::{DateTime, Utc};
use ovgs_domain::{
    CertId, ComponentId, Delegate, Description, Fingerprint, GroupId, Ien, OrgId, Role, SerialNumber,
};

use crate::StoreError;

/// Something stored that our own rules refuse.
pub(crate) fn corrupt<E: Into<Box<dyn Error + Send + Sync>>>(what: &'static str) -> impl Fn(E) -> StoreError {
    move |source| StoreError::corrupt(what, source)
}

pub(crate) fn org_id(text: &str) -> Result<OrgId, StoreError> {
    OrgId::parse(text).map_err(corrupt("an organization's id"))
}

pub(crate) fn group_id(text: &str) -> Result<GroupId, StoreError> {
    GroupId::parse(text).map_err(corrupt("a group's id"))
}

pub(crate) fn cert_id(text: &str) -> Result<CertId, StoreError> {
    CertId::parse(text).map_err(corrupt("a certificate's id"))
}

pub(crate) fn org_description(text: &str) -> Result<Description, StoreError> {
    Description::parse_or_empty(text).map_err(corrupt("an organization's description"))
}

pub(crate) fn group_description(text: &str) -> Result<Description, StoreError> {
    Description::parse(text).map_err(corrupt("a group's description"))
}

pub(crate) fn delegate(text: &str) -> Result<Delegate, StoreError> {
    Delegate::parse(text).map_err(corrupt("a delegation"))
}

pub(crate) fn role(text: &str) -> Result<Role, StoreError> {
    Role::parse(text).map_err(corrupt("a role"))
}

pub(crate) fn component_id(ien: &str, serial_number: &str) -> Result<ComponentId, StoreError> {
    Ok(ComponentId { ien: self::ien(ien)?, serial_number: self::serial_number(serial_number)? })
}

pub(crate) fn ien(text: &str) -> Result<Ien, StoreError> {
    Ien::parse(text).map_err(corrupt("an IEN"))
}

pub(crate) fn serial_number(text: &str) -> Result<SerialNumber, StoreError> {
    SerialNumber::parse(text).map_err(corrupt("a serial number"))
}

pub(crate) fn fingerprint(bytes: Vec<u8>) -> Result<Fingerprint, StoreError> {
    let length = bytes.len();
    let octets =
        bytes.try_into().map_err(|_| StoreError::corrupt("a fingerprint", format!("{length} bytes")));
    octets.map(Fingerprint::from_bytes)
}

pub(crate) fn time(micros: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| StoreError::corrupt("a time", format!("`{micros}`")))
}

/// The number that stands for a time: the microsecond it lies in.
pub(crate) fn micros(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}
