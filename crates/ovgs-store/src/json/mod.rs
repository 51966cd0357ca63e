//! What a store keeps, as JSON: for stores of your own over anything that keeps bytes.
//!
//! The names in it are a format of ours that does not move when the domain's types do, and all reading goes through the
//! same `parse` as what a caller sends, so what was damaged is [`StoreError::Corrupt`] and not a surprise. The journal of
//! the SQL stores is written in it too.
//!
//! ```
//! use ovgs_domain::{OrgId, User, UserType, Username};
//! use ovgs_store::json::Json;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (org, username) = (OrgId::parse("org-acmeco")?, Username::parse("ann")?);
//! let ann = User { org, username, user_type: UserType::User };
//! let kept = ann.to_json()?;
//! assert_eq!(kept, r#"{"org":"org-acmeco","username":"ann","user_type":"user"}"#);
//! assert_eq!(User::from_json(&kept)?, ann);
//! assert!(User::from_json("{}").is_err());
//! # Ok(())
//! # }
//! ```

mod event;
mod records;
#[cfg(test)]
mod tests;
pub(crate) mod values;

use ovgs_domain::{Change, Component, Event, IssuedVoucher, OrgRecords, User};

use crate::{RecordedEvent, StoreError, TokenRecord};

/// Something that can be written down as JSON and read back, equal but for what is finer than a microsecond.
pub trait Json: Sized {
    /// Writes it down, on one line.
    ///
    /// # Errors
    /// [`StoreError::Failed`] if it cannot be written, which nothing here brings about.
    fn to_json(&self) -> Result<String, StoreError>;

    /// Reads it back.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if this is not what [`to_json`](Json::to_json) wrote.
    fn from_json(json: &str) -> Result<Self, StoreError>;
}

/// Each type with its mirror, which serde writes and reads, and what people call it.
macro_rules! mirrored {
    ($($type:ty => $mirror:ty, $what:literal;)*) => {$(
        impl Json for $type {
            fn to_json(&self) -> Result<String, StoreError> {
                serde_json::to_string(&<$mirror>::from(self)).map_err(|error| StoreError::Failed(error.into()))
            }

            fn from_json(json: &str) -> Result<Self, StoreError> {
                serde_json::from_str::<$mirror>(json).map_err(values::corrupt($what))?.try_into()
            }
        }
    )*};
}

mirrored! {
    Change => event::ChangeJson, "a change";
    Component => records::PartJson, "a component";
    Event => event::EventJson, "an event";
    IssuedVoucher => records::VoucherJson, "a voucher's record";
    OrgRecords => records::OrgJson, "a tree";
    RecordedEvent => records::RecordedJson, "an event";
    TokenRecord => records::TokenJson, "a token's record";
    User => event::UserJson, "a user";
}
