//! Which sections and keys there are, read off the model itself.

use serde::{
    de::{DeserializeOwned, Deserializer, Error as _, Visitor, value::Error},
    forward_to_deserialize_any,
};

use super::{
    Accounts, Compat, Http, Identity, Issuer, Limits, Log, Provisioning, Security, Server, Store, Tokens,
    Users,
};

/// The name of the list of issuers.
pub(super) const ISSUERS: &str = "issuers";

/// What a file may hold.
#[derive(Clone, Debug)]
pub(super) struct Schema {
    /// The sections that stand once, with their keys.
    pub(super) sections: Vec<(&'static str, &'static [&'static str])>,
    /// The one list of sections, with their keys.
    pub(super) list: (&'static str, &'static [&'static str]),
    /// What one of the list is.
    pub(super) item: &'static str,
}

impl Schema {
    /// That of the server's configuration.
    pub(super) fn of_the_server() -> Schema {
        Schema { sections: sections().into(), list: (ISSUERS, keys_of::<Issuer>()), item: "issuer" }
    }

    /// All sections, those of the list included.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
        self.sections.iter().copied().chain([self.list])
    }
}

/// Lists of sections within sections.
pub(super) const LISTS: [&str; 2] = ["identity.oidc", "identity.client_certificates.users"];

/// All sections that stand once, with their keys.
pub(super) fn sections() -> [(&'static str, &'static [&'static str]); 12] {
    [
        ("server", keys_of::<Server>()),
        ("http", keys_of::<Http>()),
        ("store", keys_of::<Store>()),
        ("security", keys_of::<Security>()),
        ("users", keys_of::<Users>()),
        ("identity", keys_of::<Identity>()),
        ("tokens", keys_of::<Tokens>()),
        ("accounts", keys_of::<Accounts>()),
        ("provisioning", keys_of::<Provisioning>()),
        ("limits", keys_of::<Limits>()),
        ("compat", keys_of::<Compat>()),
        ("log", keys_of::<Log>()),
    ]
}

/// All sections, issuers included.
pub(super) fn all_sections() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    sections().into_iter().chain([(ISSUERS, keys_of::<Issuer>())])
}

/// The sections within an issuer and within `[identity]`, with their keys.
#[cfg(test)]
pub(super) fn tables() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    [("issuers.pkcs11", keys_of::<super::Pkcs11Key>()), ("issuers.remote", keys_of::<super::RemoteKey>())]
        .into_iter()
        .chain(super::identity::sections())
}

/// The candidate that looks most like `name`.
pub(super) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates.into_iter().min_by_key(|candidate| strsim::damerau_levenshtein(name, candidate))
}

/// The names of a struct's fields, which serde tells to whoever it asks for such a struct.
pub(super) fn keys_of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut keys: &'static [&'static str] = &[];
    // Invariant: this always fails, since there is no value; the names have been told by then.
    let _ = T::deserialize(Eavesdropper(&mut keys));
    keys
}

struct Eavesdropper<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Eavesdropper<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        Err(Error::custom("there is no value"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("there is no value"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_tells_its_keys() {
        for (section, keys) in all_sections() {
            assert!(!keys.is_empty(), "{section} has no keys");
        }
        assert!(keys_of::<Server>().contains(&"listen"));
    }

    #[test]
    fn the_nearest_key_is_the_one_with_the_fewest_slips() {
        assert_eq!(nearest("lsiten", keys_of::<Server>().iter().copied()), Some("listen"));
        assert_eq!(nearest("x", []), None);
    }
}
