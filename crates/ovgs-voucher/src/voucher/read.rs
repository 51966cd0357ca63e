//! Reading the voucher's JSON, and saying what had to be overlooked.

use std::fmt;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use chrono::{DateTime, Utc};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{Assertion, IdevidIssuer, PinnedCert, Voucher, date, json::CONTAINER};
use crate::{Invalid, echo::echo};

/// Something in a voucher's JSON that we would not write, but that real vouchers have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Leniency {
    /// A date that is not in UTC with `Z` and six digits.
    Date {
        /// The member's name.
        member: &'static str,
    },
    /// Base64 with line breaks, without padding, or of the URL-safe alphabet.
    Base64 {
        /// The member's name.
        member: &'static str,
    },
    /// `domain-cert-revocation-checks` as the text `"true"` or `"false"`, as RFC 8366 §5.2 itself prints it.
    TextFlag,
    /// An `assertion` that is the empty text.
    EmptyAssertion,
    /// An `idevid-issuer` that is not the AuthorityKeyIdentifier SEQUENCE.
    IdevidIssuerForm,
    /// A member that RFC 8366 does not know (RFC 8995 §5.6.1 has devices ignore it).
    UnknownMember {
        /// The member's name, at most 64 characters of it.
        name: String,
    },
}

impl fmt::Display for Leniency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date { member } => write!(f, "`{member}` is not in UTC with `Z` and six digits"),
            Self::Base64 { member } => write!(f, "`{member}` is not padded standard base64 on one line"),
            Self::TextFlag => f.write_str("`domain-cert-revocation-checks` is a text, not a boolean"),
            Self::EmptyAssertion => f.write_str("`assertion` is empty"),
            Self::IdevidIssuerForm => {
                f.write_str("`idevid-issuer` is not the AuthorityKeyIdentifier SEQUENCE")
            }
            Self::UnknownMember { name } => write!(f, "member `{name}` is unknown"),
        }
    }
}

/// Standard or, after translation, URL-safe base64, with or without padding.
const ANY_PADDING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn read(json: &[u8]) -> Result<(Voucher, Vec<Leniency>), Invalid> {
    let document: Json = serde_json::from_slice(json).map_err(Invalid::Json)?;
    document.refuse_doubles()?;
    let mut leniencies = Vec::new();
    let mut outer = Members::of(document, CONTAINER)?;
    let container = outer.take(CONTAINER).ok_or(Invalid::NoContainer)?;
    let members = Members::of(container, CONTAINER)?;
    outer.report_rest(&mut leniencies);
    let voucher = Reader { members, leniencies: &mut leniencies }.voucher()?;
    Ok((voucher, leniencies))
}

/// Takes the leaves one by one and collects what it overlooked.
struct Reader<'a> {
    members: Members,
    leniencies: &'a mut Vec<Leniency>,
}

impl Reader<'_> {
    fn voucher(mut self) -> Result<Voucher, Invalid> {
        let voucher = Voucher {
            created_on: required(self.date("created-on")?, "created-on")?,
            expires_on: self.date("expires-on")?,
            assertion: self.assertion()?,
            serial_number: required(self.text("serial-number")?, "serial-number")?,
            idevid_issuer: self.idevid_issuer()?,
            pinned_domain_cert: self.pinned_domain_cert()?,
            revocation_checks: self.revocation_checks()?,
            nonce: self.binary("nonce")?,
            last_renewal_date: self.date("last-renewal-date")?,
        };
        self.members.report_rest(self.leniencies);
        voucher.checked()
    }

    fn text(&mut self, member: &'static str) -> Result<Option<String>, Invalid> {
        match self.members.take(member) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(Invalid::MemberType { member, expected: "a string" }),
        }
    }

    fn date(&mut self, member: &'static str) -> Result<Option<DateTime<Utc>>, Invalid> {
        let Some(text) = self.text(member)? else { return Ok(None) };
        let at = date::read(&text).ok_or_else(|| Invalid::Date { member, value: echo(&text) })?;
        let at = date::floor(at, member)?;
        if date::write(at) != text {
            self.leniencies.push(Leniency::Date { member });
        }
        Ok(Some(at))
    }

    fn binary(&mut self, member: &'static str) -> Result<Option<Vec<u8>>, Invalid> {
        let Some(text) = self.text(member)? else { return Ok(None) };
        if let Ok(octets) = STANDARD.decode(&text) {
            return Ok(Some(octets));
        }
        let standard = |c| match c {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        };
        let bare: Vec<u8> = text.bytes().filter(|c| !c.is_ascii_whitespace()).map(standard).collect();
        let octets = ANY_PADDING.decode(bare).map_err(|_| Invalid::Base64 { member })?;
        self.leniencies.push(Leniency::Base64 { member });
        Ok(Some(octets))
    }

    fn assertion(&mut self) -> Result<Option<Assertion>, Invalid> {
        let name = required(self.text("assertion")?, "assertion")?;
        if name.is_empty() {
            self.leniencies.push(Leniency::EmptyAssertion);
            return Ok(None);
        }
        Assertion::from_name(&name).map(Some).ok_or_else(|| Invalid::Assertion { value: echo(&name) })
    }

    fn idevid_issuer(&mut self) -> Result<Option<IdevidIssuer>, Invalid> {
        let Some(octets) = self.binary("idevid-issuer")? else { return Ok(None) };
        let issuer = IdevidIssuer::from_any_form(&octets)?;
        if issuer.der() != octets {
            self.leniencies.push(Leniency::IdevidIssuerForm);
        }
        Ok(Some(issuer))
    }

    fn pinned_domain_cert(&mut self) -> Result<PinnedCert, Invalid> {
        let member = "pinned-domain-cert";
        let der = required(self.binary(member)?, member)?;
        PinnedCert::from_der(der).map_err(|reason| Invalid::PinnedCert(Box::new(reason)))
    }

    fn revocation_checks(&mut self) -> Result<Option<bool>, Invalid> {
        let member = "domain-cert-revocation-checks";
        let flag = match self.members.take(member) {
            None => return Ok(None),
            Some(Json::Bool(flag)) => return Ok(Some(flag)),
            Some(Json::Text(text)) if text == "true" => true,
            Some(Json::Text(text)) if text == "false" => false,
            Some(_) => return Err(Invalid::MemberType { member, expected: "a boolean" }),
        };
        self.leniencies.push(Leniency::TextFlag);
        Ok(Some(flag))
    }
}

fn required<T>(value: Option<T>, member: &'static str) -> Result<T, Invalid> {
    value.ok_or(Invalid::MemberMissing { member })
}

/// The members of an object that nobody has taken yet.
struct Members(Vec<(String, Json)>);

impl Members {
    fn of(value: Json, member: &'static str) -> Result<Self, Invalid> {
        match value {
            Json::Object(members) => Ok(Self(members)),
            _ => Err(Invalid::MemberType { member, expected: "an object" }),
        }
    }

    fn take(&mut self, name: &str) -> Option<Json> {
        let position = self.0.iter().position(|(member, _)| member == name)?;
        Some(self.0.remove(position).1)
    }

    fn report_rest(self, leniencies: &mut Vec<Leniency>) {
        leniencies.extend(self.0.iter().map(|(name, _)| Leniency::UnknownMember { name: echo(name) }));
    }
}

/// A JSON value that remembers every member, doubled ones too, which `serde_json::Value` silently drops.
enum Json {
    Bool(bool),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
    /// A number or null: no leaf of a voucher is one.
    Other,
}

impl Json {
    /// RFC 8259 §4: what two members of one name mean differs from reader to reader, so nobody shall sign or
    /// trust it.
    fn refuse_doubles(&self) -> Result<(), Invalid> {
        match self {
            Self::Bool(_) | Self::Text(_) | Self::Other => Ok(()),
            Self::Array(values) => values.iter().try_for_each(Self::refuse_doubles),
            Self::Object(members) => {
                let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
                names.sort_unstable();
                if let Some([name, _]) = names.array_windows().find(|[a, b]| a == b) {
                    return Err(Invalid::DoubledMember { name: echo(name) });
                }
                members.iter().try_for_each(|(_, value)| value.refuse_doubles())
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct JsonVisitor;

        impl<'de> Visitor<'de> for JsonVisitor {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }
            fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Bool(value))
            }
            fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
                Ok(Json::Other)
            }
            fn visit_u64<E>(self, _: u64) -> Result<Json, E> {
                Ok(Json::Other)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
                Ok(Json::Other)
            }
            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Other)
            }
            fn visit_str<E>(self, value: &str) -> Result<Json, E> {
                Ok(Json::Text(value.to_owned()))
            }
            fn visit_string<E>(self, value: String) -> Result<Json, E> {
                Ok(Json::Text(value))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = access.next_element()? {
                    values.push(value);
                }
                Ok(Json::Array(values))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = access.next_entry()? {
                    members.push(member);
                }
                Ok(Json::Object(members))
            }
        }

        deserializer.deserialize_any(JsonVisitor)
    }
}
