//! The claims of a token, read strictly.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

/// What a token claims: a JSON object in which no member stands twice, at any depth. Of two, one reader would take the
/// first and another the last (RFC 7519 §4).
#[derive(Debug)]
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    /// A claim by its name; one that begins with `/` is a JSON Pointer (RFC 6901) into claims that are objects.
    pub(super) fn claim(&self, name: &str) -> Option<&Value> {
        let Some(path) = name.strip_prefix('/') else { return self.0.get(name) };
        let mut parts = path.split('/').map(|part| part.replace("~1", "/").replace("~0", "~"));
        let first = self.0.get(&parts.next()?)?;
        parts.try_fold(first, |value, part| match value {
            Value::Object(members) => members.get(&part),
            Value::Array(items) => items.get(part.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// A claim that is a text. A list of one text is one too: some providers write all lists like that.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.claim(name)? {
            Value::String(text) => Some(text),
            Value::Array(items) => match items.as_slice() {
                [Value::String(text)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// A claim that is a time, in whole seconds (RFC 7519 §2, NumericDate): `None` if it is not there, `Some(None)` if
    /// it is nothing of the kind.
    pub(super) fn seconds(&self, name: &str) -> Option<Option<i64>> {
        /// The end of the year 9999.
        const LATEST: f64 = 253_402_300_799.0;
        let value = self.0.get(name)?;
        let whole = value.as_i64().filter(|seconds| (0..=LATEST as i64).contains(seconds));
        let fraction = value.as_f64().filter(|seconds| (0.0..=LATEST).contains(seconds));
        Some(whole.or(fraction.map(|seconds| seconds as i64)))
    }
}

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Claims, D::Error> {
        match Strict.deserialize(deserializer)? {
            Value::Object(claims) => Ok(Claims(claims)),
            _ => Err(D::Error::custom("the claims are no object")),
        }
    }
}

/// Reads any JSON value in which no member stands twice.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(item) = items.next_element_seed(Strict)? {
            read.push(item);
        }
        Ok(Value::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if read.insert(name, members.next_value_seed(Strict)?).is_some() {
                return Err(A::Error::custom("a member stands twice"));
            }
        }
        Ok(Value::Object(read))
    }
}
