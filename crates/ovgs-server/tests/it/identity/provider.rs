//! An identity provider of the tests' own: metadata and keys over HTTP, and tokens forged by hand.

use std::{
    collections::HashMap,
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex, OnceLock},
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    hmac,
    rand::SystemRandom,
    rsa,
    signature::{self, EcdsaKeyPair, KeyPair as _, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use ovgs_server::rpc::TlsPem;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::support::pki::ServerTls;

/// Where the keys are.
pub(super) const JWKS: &str = "/jwks";
/// Where the metadata are.
pub(super) const METADATA: &str = "/.well-known/openid-configuration";

/// A running provider; it stops with the test's runtime.
pub(super) struct Provider {
    pub(super) issuer: String,
    pages: Arc<Mutex<Pages>>,
}

/// Status, headers and body.
type Page = (u16, Vec<(&'static str, String)>, Vec<u8>);

#[derive(Default)]
struct Pages {
    answers: HashMap<String, Page>,
    asked: Vec<String>,
}

impl Provider {
    /// A provider with one RSA key, `kid` `rsa`.
    pub(super) async fn start() -> Provider {
        Provider::listen(None).await
    }

    /// The same with TLS.
    pub(super) async fn start_tls(tls: &ServerTls) -> Provider {
        let pem = TlsPem { chain: tls.chain.as_bytes(), key: tls.key.as_bytes(), client_ca: None };
        let mut config = (*pem.server_config().unwrap()).clone();
        config.alpn_protocols.clear();
        Provider::listen(Some(TlsAcceptor::from(Arc::new(config)))).await
    }

    async fn listen(tls: Option<TlsAcceptor>) -> Provider {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let pages: Arc<Mutex<Pages>> = Arc::default();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let provider = Provider { issuer: format!("{scheme}://{address}"), pages: pages.clone() };
        provider.publish(&[rsa_key().jwk("rsa")]);
        let metadata = json!({"issuer": provider.issuer, "jwks_uri": provider.url(JWKS)});
        provider.answer(METADATA, 200, &[], metadata.to_string());
        tokio::spawn(async move {
            loop {
                let (tcp, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(tcp, tls.clone(), pages.clone()));
            }
        });
        provider
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// These are its keys from now on.
    pub(super) fn publish(&self, keys: &[Value]) {
        self.answer(JWKS, 200, &[], json!({ "keys": keys }).to_string());
    }

    /// From now on nothing comes from it.
    pub(super) fn go_down(&self) {
        for page in [JWKS, METADATA] {
            self.answer(page, 503, &[], "");
        }
    }

    pub(super) fn answer(
        &self,
        path: &str,
        status: u16,
        headers: &[(&'static str, String)],
        body: impl Into<Vec<u8>>,
    ) {
        self.pages.lock().unwrap().answers.insert(path.to_owned(), (status, headers.to_vec(), body.into()));
    }

    /// What it was asked for, in order.
    pub(super) fn asked(&self) -> Vec<String> {
        self.pages.lock().unwrap().asked.clone()
    }

    /// How often it was asked for its keys.
    pub(super) fn asked_for_keys(&self) -> usize {
        self.asked().iter().filter(|path| *path == JWKS).count()
    }
}

/// A provider that was never there.
pub(super) fn unreachable() -> Provider {
    Provider { issuer: "https://login.example.com".into(), pages: Arc::default() }
}

async fn serve(tcp: TcpStream, tls: Option<TlsAcceptor>, pages: Arc<Mutex<Pages>>) {
    let answers = service_fn(move |request: Request<Incoming>| {
        let answer = pages.lock().unwrap().answer(request.uri().path());
        async move { Ok::<_, Infallible>(answer) }
    });
    // Whoever does not trust us leaves, which is for the test to judge from the other end.
    let _ = match tls {
        None => http1::Builder::new().serve_connection(TokioIo::new(tcp), answers).await,
        Some(tls) => match tls.accept(tcp).await {
            Ok(stream) => http1::Builder::new().serve_connection(TokioIo::new(stream), answers).await,
            Err(_) => return,
        },
    };
}

impl Pages {
    fn answer(&mut self, path: &str) -> Response<Full<Bytes>> {
        self.asked.push(path.to_owned());
        let nothing = (404, Vec::new(), Vec::new());
        let (status, headers, body) = self.answers.get(path).unwrap_or(&nothing).clone();
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        response.body(Full::new(body.into())).unwrap()
    }
}

/// A key that signs.
pub(super) enum Key {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    /// A shared secret.
    Secret(Vec<u8>),
}

/// The RSA key of all providers.
pub(super) fn rsa_key() -> &'static Key {
    static KEY: OnceLock<Key> = OnceLock::new();
    KEY.get_or_init(Key::rsa)
}

/// Somebody else's.
pub(super) fn attacker_key() -> &'static Key {
    static KEY: OnceLock<Key> = OnceLock::new();
    KEY.get_or_init(Key::rsa)
}

impl Key {
    fn rsa() -> Key {
        let made = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
        let pkcs8: Pkcs8V1Der<'_> = made.as_der().unwrap();
        Key::Rsa(RsaKeyPair::from_pkcs8(pkcs8.as_ref()).unwrap())
    }

    pub(super) fn p256() -> Key {
        Key::P256(EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    pub(super) fn p384() -> Key {
        Key::P384(EcdsaKeyPair::generate(&signature::ECDSA_P384_SHA384_FIXED_SIGNING).unwrap())
    }

    /// The public half (RFC 7517), without `use` or `alg`.
    pub(super) fn jwk(&self, kid: &str) -> Value {
        let curve = |key: &EcdsaKeyPair, name: &str| {
            let point = &key.public_key().as_ref()[1..];
            let (x, y) = point.split_at(point.len() / 2);
            json!({"kty": "EC", "crv": name, "x": base64url(x), "y": base64url(y), "kid": kid})
        };
        match self {
            Key::Rsa(key) => {
                let public = key.public_key();
                let n = base64url(public.modulus().big_endian_without_leading_zero());
                let e = base64url(public.exponent().big_endian_without_leading_zero());
                json!({"kty": "RSA", "n": n, "e": e, "kid": kid})
            }
            Key::P256(key) => curve(key, "P-256"),
            Key::P384(key) => curve(key, "P-384"),
            Key::Secret(secret) => json!({"kty": "oct", "k": base64url(secret), "kid": kid}),
        }
    }

    /// The octets an attacker may take for a shared secret.
    pub(super) fn public_octets(&self) -> Vec<u8> {
        match self {
            Key::Rsa(key) => key.public_key().as_ref().to_vec(),
            Key::P256(key) | Key::P384(key) => key.public_key().as_ref().to_vec(),
            Key::Secret(secret) => secret.clone(),
        }
    }

    /// Signs as its kind does, whatever the header says; RSA with PKCS #1 or, if `pss`, with PSS.
    fn sign(&self, message: &[u8], pss: bool) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Key::Rsa(key) => {
                let mut octets = vec![0; key.public_modulus_len()];
                let padding: &dyn signature::RsaEncoding =
                    if pss { &signature::RSA_PSS_SHA256 } else { &signature::RSA_PKCS1_SHA256 };
                key.sign(padding, &random, message, &mut octets).unwrap();
                octets
            }
            Key::P256(key) | Key::P384(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Key::Secret(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                hmac::sign(&key, message).as_ref().to_vec()
            }
        }
    }
}

/// A token in the making.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) header: Value,
    pub(super) claims: Value,
}

impl Token {
    pub(super) fn header(mut self, name: &str, value: impl Into<Value>) -> Token {
        set(&mut self.header, name, value.into());
        self
    }

    /// Sets a claim, or with `null` takes it out.
    pub(super) fn claim(mut self, name: &str, value: impl Into<Value>) -> Token {
        set(&mut self.claims, name, value.into());
        self
    }

    pub(super) fn sign(&self, key: &Key) -> String {
        sign_texts(&self.header.to_string(), &self.claims.to_string(), key)
    }
}

/// Signs texts that need be no JSON.
pub(super) fn sign_texts(header: &str, claims: &str, key: &Key) -> String {
    let message = format!("{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()));
    let signature = key.sign(message.as_bytes(), header.contains("\"PS256\""));
    format!("{message}.{}", base64url(&signature))
}

pub(super) fn base64url(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

fn set(object: &mut Value, name: &str, value: Value) {
    let members = object.as_object_mut().unwrap();
    match value {
        Value::Null => drop(members.remove(name)),
        value => drop(members.insert(name.to_owned(), value)),
    }
}
