//! How single values are read.

use std::{collections::BTreeSet, fmt, net::SocketAddr, str::FromStr as _};

use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, AlgorithmFamily};
use ovgs_domain::{Excerpt, Ien, OrgId, User, UserType, Username};
use ovgs_voucher::{Assertion, Profile};
use serde::{Deserialize, Deserializer, de};

use super::parse_duration;

pub(super) fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        let shown = Excerpt::of(&text);
        de::Error::custom(format!("must be an address and a port such as `127.0.0.1:9443`, not `{shown}`"))
    })
}

pub(super) fn some_address<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SocketAddr>, D::Error> {
    address(deserializer).map(Some)
}

/// Users as the journal writes them.
pub(super) fn users<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<User>, D::Error> {
    let no_list =
        |_| de::Error::custom("must be a list of users, such as `[\"org-vendor/service-account/erp\"]`");
    let texts = Vec::<String>::deserialize(deserializer).map_err(no_list)?;
    texts.iter().map(|text| User::parse(text).map_err(must_be("a list of users"))).collect()
}

pub(super) fn org_ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<OrgId>, D::Error> {
    let no_list = |_| de::Error::custom("must be a list of organization ids, such as `[\"org-vendor\"]`");
    let texts = Vec::<String>::deserialize(deserializer).map_err(no_list)?;
    texts.iter().map(|text| OrgId::parse(text).map_err(must_be("a list of organization ids"))).collect()
}

pub(super) fn some_org_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<OrgId>, D::Error> {
    OrgId::parse(&String::deserialize(deserializer)?).map(Some).map_err(must_be("an organization id"))
}

pub(super) fn some_username<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Username>, D::Error> {
    Username::parse(&String::deserialize(deserializer)?).map(Some).map_err(must_be("a username"))
}

pub(super) fn some_user_type<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<UserType>, D::Error> {
    named(deserializer, |name| UserType::parse(name).ok(), "`user` or `service-account`").map(Some)
}

/// Asymmetric ones alone; with the others whoever verifies can sign too.
pub(super) fn algorithms<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Algorithm>, D::Error> {
    const NAMES: &str =
        "must list some of `RS256`, `RS384`, `RS512`, `PS256`, `PS384`, `PS512`, `ES256`, `ES384`, `EdDSA`";
    let texts = Vec::<String>::deserialize(deserializer).map_err(|_| de::Error::custom(NAMES))?;
    let read = |text: &String| {
        let algorithm = Algorithm::from_str(text).ok();
        let asymmetric = algorithm.filter(|algorithm| algorithm.family() != AlgorithmFamily::Hmac);
        asymmetric.ok_or_else(|| de::Error::custom(format!("{NAMES}, not `{}`", Excerpt::of(text))))
    };
    texts.iter().map(read).collect()
}

pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeDelta, D::Error> {
    parse_duration(&String::deserialize(deserializer)?).map_err(must_be("a duration"))
}

pub(super) fn some_duration<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<TimeDelta>, D::Error> {
    duration(deserializer).map(Some)
}

/// As [`duration`], but it may also be nothing at all: `0s`.
pub(super) fn duration_or_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeDelta, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text == "0s" {
        return Ok(TimeDelta::zero());
    }
    parse_duration(&text).map_err(must_be("a duration"))
}

pub(super) fn iens<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<Ien>, D::Error> {
    Ok(Vec::<Number>::deserialize(deserializer)?.into_iter().map(|number| number.0).collect())
}

pub(super) fn some_ien<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Ien>, D::Error> {
    Number::deserialize(deserializer).map(|number| Some(number.0))
}

pub(super) fn profile<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Profile, D::Error> {
    named(deserializer, Profile::from_name, "`rfc8366` or `pkcs7`")
}

/// The assertions a manufacturer can make on its own; `proximity` takes a registrar (RFC 8995 §5.5.5).
pub(super) fn assertion<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Assertion, D::Error> {
    let ours = |name: &str| Assertion::from_name(name).filter(|assertion| *assertion != Assertion::Proximity);
    named(deserializer, ours, "`verified` or `logged`")
}

fn named<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    find: impl Fn(&str) -> Option<T>,
    names: &str,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wrong = || de::Error::custom(format!("must be {names}, not `{}`", Excerpt::of(&text)));
    find(&text).ok_or_else(wrong)
}

fn must_be<I: fmt::Display, E: de::Error>(what: &str) -> impl Fn(I) -> E {
    move |invalid| E::custom(format!("must be {what}: {invalid}"))
}

/// An enterprise number, written as text or as a number.
struct Number(Ien);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Number, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl de::Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an enterprise number such as `30065`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
        Ien::parse(text).map(Number).map_err(must_be("an enterprise number"))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Number, E> {
        self.visit_str(&number.to_string())
    }
}
