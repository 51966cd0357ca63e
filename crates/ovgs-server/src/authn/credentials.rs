//! What a request brought along.

use std::{borrow::Cow, fmt, net::SocketAddr};

use http::{
    HeaderMap, HeaderValue,
    header::{AUTHORIZATION, COOKIE},
};

use super::{AuthnError, Rejection};

/// A bearer token as it was presented. Neither `Debug` nor any message shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Bearer(String);

impl Bearer {
    /// A token that came some other way than in headers.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Bearer {
        Bearer(token.into())
    }

    /// The token itself, for verification only.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer(…)")
    }
}

/// What a request brought along to say who is calling.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// The one bearer token, however often it was presented.
    pub bearer: Option<Bearer>,
    /// The client certificate of the connection, DER, after its chain was verified.
    pub client_certificate: Option<Vec<u8>>,
    /// Where the connection comes from.
    pub peer: Option<SocketAddr>,
}

impl Credentials {
    /// The longest token looked at, in bytes.
    const MAX_TOKEN: usize = 16 * 1024;

    /// Reads `authorization: Bearer T`, a bare JWT in `authorization`, and `cookie: access_token=T`.
    ///
    /// # Errors
    /// [`AuthnError::Unauthenticated`] if an `authorization` has any other form, a token is empty or too long, or the
    /// tokens presented are not all the same (RFC 6750 §2: one method per request).
    pub fn from_headers(headers: &HeaderMap) -> Result<Credentials, AuthnError> {
        let authorizations = headers.get_all(AUTHORIZATION).iter().map(from_authorization);
        let cookies = headers.get_all(COOKIE).iter().flat_map(from_cookie);
        let mut bearer: Option<Bearer> = None;
        for token in authorizations.chain(cookies) {
            let token = token?;
            if bearer.as_ref().is_some_and(|first| *first != token) {
                return Err(refused("several tokens that differ"));
            }
            bearer = Some(token);
        }
        Ok(Credentials { bearer, ..Credentials::default() })
    }
}

fn refused(reason: impl Into<Cow<'static, str>>) -> AuthnError {
    AuthnError::rejected(Rejection::Form, reason)
}

fn from_authorization(value: &HeaderValue) -> Result<Bearer, AuthnError> {
    let value = value.to_str().map_err(|_| refused("authorization is not ASCII"))?.trim();
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => checked(token.trim_start()),
        None if value.split('.').count() == 3 => checked(value),
        _ => Err(refused("authorization is neither a bearer token nor a bare JWT")),
    }
}

/// Other cookies are nobody's business here, whatever they hold.
fn from_cookie(value: &HeaderValue) -> impl Iterator<Item = Result<Bearer, AuthnError>> {
    let pairs = value.as_bytes().split(|octet| *octet == b';').map(<[u8]>::trim_ascii);
    pairs.filter_map(|pair| pair.strip_prefix(b"access_token=")).map(|token| {
        let token = std::str::from_utf8(token.trim_ascii());
        checked(token.map_err(|_| refused("the token in a cookie is not ASCII"))?)
    })
}

fn checked(token: &str) -> Result<Bearer, AuthnError> {
    match token.len() {
        0 => Err(refused("an empty token")),
        length if length > Credentials::MAX_TOKEN => Err(refused(format!("a token of {length} bytes"))),
        _ => Ok(Bearer::new(token)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&'static str, &str)]) -> Result<Option<String>, AuthnError> {
        let headers = pairs.iter().map(|(name, value)| {
            (http::HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header value"))
        });
        let mut map = HeaderMap::new();
        headers.for_each(|(name, value)| {
            map.append(name, value);
        });
        Ok(Credentials::from_headers(&map)?.bearer.map(|b| b.reveal().to_owned()))
    }

    #[test]
    fn the_four_places_of_a_token_are_read() {
        for pairs in [
            [("authorization", "Bearer a.b.c")],
            [("authorization", "bearer  a.b.c")],
            [("authorization", "a.b.c")],
            [("cookie", "access_token=a.b.c")],
            [("cookie", "theme=dark; access_token=a.b.c; x=y")],
        ] {
            assert_eq!(read(&pairs).expect("a token").as_deref(), Some("a.b.c"), "{pairs:?}");
        }
        assert_eq!(read(&[]).expect("no token"), None);
        assert_eq!(read(&[("cookie", "theme=dark")]).expect("no token"), None);
        assert_eq!(
            read(&[("cookie", "name=José; access_token=a.b.c")]).expect("a token").as_deref(),
            Some("a.b.c")
        );
    }

    #[test]
    fn au04_tokens_that_differ_or_are_of_another_form_are_refused() {
        for pairs in [
            &[("authorization", "Basic YTpi")][..],
            &[("authorization", "Bearer ")],
            &[("authorization", "Bearer")],
            &[("authorization", "")],
            &[("cookie", "access_token=")],
            &[("authorization", "Bearer a.b.c"), ("cookie", "access_token=a.b.d")],
            &[("authorization", "Bearer a.b.c"), ("authorization", "Basic YTpi")],
            &[("cookie", "access_token=a.b.c; access_token=a.b.d")],
        ] {
            assert!(read(pairs).is_err(), "{pairs:?} was taken");
        }
        let same = [("authorization", "Bearer a.b.c"), ("cookie", "access_token=a.b.c")];
        assert_eq!(read(&same).expect("a token").as_deref(), Some("a.b.c"));
    }

    #[test]
    fn au35_a_token_is_never_shown() {
        let credentials = Credentials { bearer: Some(Bearer::new("secret")), ..Credentials::default() };
        assert!(!format!("{credentials:?}").contains("secret"));
    }
}
