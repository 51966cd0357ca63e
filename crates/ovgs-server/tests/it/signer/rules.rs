//! Who may ask for what, and what is said to the others.

use std::{sync::Arc, time::Duration};

use expect_test::expect;
use ovgs_server::rpc::signer::{
    AllowedClients, RemoteSigner, SignerAccess, SignerMount, SigningKey, SigningKeys,
};
use ovgs_voucher::{Profile, SignatureAlgorithm, SignerError, Template, VoucherSigner};
use tokio::time::timeout;

use super::{Authority, CLIENT, KEY, Kind, Machine, TlsIdentity, VoucherKey, mount};
use crate::support::now;

/// What a voucher's signature would be made over.
fn to_sign(key: &VoucherKey) -> Vec<u8> {
    let algorithm = ovgs_voucher::SignatureAlgorithm::of_key(key.certificate().key_kind()).unwrap();
    let template = Template::new(&key.chain(), Profile::Rfc8366, algorithm).unwrap();
    template.prepare(b"{}".to_vec(), now()).unwrap().to_sign().to_vec()
}

/// The refusal, without the address.
async fn refusal(machine: &Machine, signer: &RemoteSigner, message: &[u8]) -> String {
    match signer.sign(message).await {
        Err(SignerError::Failed { cause, .. }) => cause.replace(&machine.address.to_string(), "ADDRESS"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_vouchers_are_signed() {
    let key = VoucherKey::new(Kind::P256);
    let machine = Machine::with(key.under(KEY)).await;
    let signer = machine.remote(&key);
    signer.sign(&to_sign(&key)).await.unwrap();
    for message in [&b""[..], b"{}", b"\x31\x00", key.certificate().der()] {
        let refused = refusal(&machine, &signer, message).await;
        assert!(
            refused.contains("`messages[0]` is not to be signed here: not the signed attributes"),
            "{refused}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_message_that_is_refused_spoils_no_other() {
    let key = VoucherKey::new(Kind::P256);
    let machine = Machine::with(key.under(KEY)).await;
    let signer = machine.remote(&key);
    let good = to_sign(&key);
    let messages: Vec<&[u8]> = (0..40).map(|n| if n % 7 == 3 { &b"an order"[..] } else { &good }).collect();
    let signed = futures_util::future::join_all(messages.iter().map(|message| signer.sign(message))).await;
    for (message, signed) in messages.iter().zip(signed) {
        assert_eq!(signed.is_ok(), *message == good, "{signed:?}");
    }
}

/// A key that never signs, whatever is tried.
#[derive(Debug)]
struct Broken;

#[async_trait::async_trait]
impl VoucherSigner for Broken {
    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::EcdsaP256Sha256
    }

    async fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignerError> {
        Err(SignerError::Failed { cause: "it is broken".to_owned(), source: None })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signer_that_is_broken_is_away_for_those_who_ask() {
    let key = VoucherKey::new(Kind::P256);
    let machine = Machine::with(SigningKey::new(KEY, Arc::new(Broken), &key.certificate())).await;
    let refused = machine.remote(&key).sign(&to_sign(&key)).await;
    assert!(matches!(refused, Err(SignerError::OutOfReach { .. })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_are_known_by_the_whole_of_a_name() {
    let key = VoucherKey::new(Kind::P256);
    let clients = AllowedClients::new([CLIENT, "OVGS.acme.example"]).unwrap();
    let machine =
        Machine::serving(SignerMount::new(SigningKeys::new([key.under(KEY)]).unwrap(), clients)).await;
    let ask = async |client: &TlsIdentity| machine.remote_as(client, KEY, &key).unwrap().confirm().await;
    for client in [
        machine.authority.client(&[CLIENT]),
        machine.authority.client(&["urn:other", CLIENT]),
        machine.authority.client_with_dns("ovgs.ACME.example"),
    ] {
        ask(&client).await.unwrap();
    }
    for client in [
        machine.authority.client(&[]),
        machine.authority.client(&["spiffe://acme.example/ovgs/2"]),
        machine.authority.client(&["SPIFFE://acme.example/ovgs"]),
        machine.authority.client_with_dns("x.ovgs.acme.example"),
        machine.authority.client_with_dns("acme.example"),
    ] {
        let refused = ask(&client).await.unwrap_err().to_string();
        assert!(
            refused
                .ends_with("(PermissionDenied): the client certificate names nobody who may use this signer"),
            "{refused}"
        );
    }
    assert!(AllowedClients::new(["*.acme.example"]).is_err());
    assert!(AllowedClients::new([""]).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_do_not_get_through_the_handshake() {
    let key = VoucherKey::new(Kind::P256);
    let machine = Machine::with(key.under(KEY)).await;
    // The right name by the wrong authority; then a server by one that the client does not know.
    let stranger = Authority::new();
    let refused = machine.remote_as(&stranger.client(&[CLIENT]), KEY, &key).unwrap().confirm().await;
    assert!(matches!(refused, Err(SignerError::OutOfReach { .. })), "{refused:?}");
    let client = machine.authority.client(&[CLIENT]);
    let (ca, endpoint) = (stranger.pem(), format!("https://{}", machine.address));
    let access = SignerAccess {
        endpoint: &endpoint,
        server_name: Some("localhost"),
        ca: ca.as_bytes(),
        certificate: client.chain.as_bytes(),
        key: client.key.as_bytes(),
        timeout: Duration::from_secs(5),
    };
    let refused = RemoteSigner::new(access, KEY, &key.certificate()).unwrap().confirm().await.unwrap_err();
    assert!(refused.to_string().contains("invalid peer certificate"), "{refused}");
    let ca = machine.authority.pem();
    let elsewhere = SignerAccess { ca: ca.as_bytes(), server_name: Some("signer.example"), ..access };
    let refused = RemoteSigner::new(elsewhere, KEY, &key.certificate()).unwrap().confirm().await.unwrap_err();
    assert!(refused.to_string().contains("certificate not valid for name"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_client_certificate_nobody_is_served() {
    let key = VoucherKey::new(Kind::P256);
    let machine = Machine::with(key.under(KEY)).await;
    let tls = tonic::transport::ClientTlsConfig::new()
        .ca_certificate(tonic::transport::Certificate::from_pem(machine.authority.pem()))
        .domain_name("localhost");
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let endpoint = tonic::transport::Endpoint::try_from(format!("https://{}", machine.address)).unwrap();
    let channel = endpoint.tls_config(tls).unwrap().connect_lazy();
    let mut client = ovgs_proto::signer::v1::signer_service_client::SignerServiceClient::new(channel);
    let request = ovgs_proto::signer::v1::GetKeyRequest { name: KEY.into() };
    let refused = timeout(Duration::from_secs(20), client.get_key(request)).await.unwrap().unwrap_err();
    assert!(std::error::Error::source(&refused).is_some(), "the handshake should have failed: {refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_must_be_there_and_the_one_in_the_certificate() {
    let (key, other) = (VoucherKey::new(Kind::P256), VoucherKey::new(Kind::P256));
    let rsa = VoucherKey::new(Kind::Rsa);
    let mut machine = Machine::with(key.under(KEY)).await;
    let client = machine.authority.client(&[CLIENT]);
    let message = to_sign(&key);

    let unknown = machine.remote_as(&client, "acme-2027", &key).unwrap();
    expect!["`https://ADDRESS` (key `acme-2027`) did not sign (NotFound): there is no key `acme-2027`"]
        .assert_eq(&refusal(&machine, &unknown, &message).await);
    for wrong in [&other, &rsa] {
        let signer = machine.remote_as(&client, KEY, wrong).unwrap();
        expect!["`https://ADDRESS` (key `acme-2026`) did not sign (FailedPrecondition): the key `acme-2026` is not the one in the certificate; configure the two that belong together"]
            .assert_eq(&refusal(&machine, &signer, &message).await);
        let refused = signer.confirm().await.unwrap_err().to_string();
        assert!(
            refused.ends_with("is not the one in the certificate; configure the two that belong together"),
            "{refused}"
        );
    }

    // Another key under the name while nobody looked.
    let signer = machine.remote(&key);
    signer.sign(&message).await.unwrap();
    machine.kill().await;
    machine.revive(mount(other.under(KEY))).await;
    assert!(refusal(&machine, &signer, &message).await.contains("is not the one in the certificate"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_work_is_said_before_anything_is_sent() {
    let (key, machine) = (VoucherKey::new(Kind::P256), Authority::new());
    let (ca, client, other) = (machine.pem(), machine.client(&[CLIENT]), machine.client(&[CLIENT]));
    let good = SignerAccess {
        endpoint: "https://signer.example:9444",
        server_name: None,
        ca: ca.as_bytes(),
        certificate: client.chain.as_bytes(),
        key: client.key.as_bytes(),
        timeout: Duration::from_secs(5),
    };
    RemoteSigner::new(good, KEY, &key.certificate()).unwrap();
    assert!(!format!("{good:?}").contains("PRIVATE"));
    let mut said = String::new();
    for wrong in [
        SignerAccess { endpoint: "http://signer.example:9444", ..good },
        SignerAccess { endpoint: "signer", ..good },
        SignerAccess { server_name: Some("not a name"), ..good },
        SignerAccess { timeout: Duration::ZERO, ..good },
        SignerAccess { timeout: Duration::from_secs(11), ..good },
        SignerAccess { ca: b"", ..good },
        SignerAccess { certificate: b"", ..good },
        SignerAccess { key: b"", ..good },
        SignerAccess { key: other.key.as_bytes(), ..good },
    ] {
        said += &format!("{}\n", RemoteSigner::new(wrong, KEY, &key.certificate()).unwrap_err());
    }
    expect![[r#"
        `http://signer.example:9444` is not the address of a signer; write `https://`, host and port
        `signer` is not the address of a signer; write `https://`, host and port
        `not a name` is no name that a certificate of a server has; write a DNS name or an IP address
        a signature may take more than nothing and at most 10 s
        a signature may take more than nothing and at most 10 s
        there is no certificate of the server's CA; expected PEM
        there is no certificate; expected PEM with the certificate itself first, then its intermediates
        there is no private key; expected PEM of PKCS#8, SEC1 or PKCS#1, not encrypted
        the private key does not fit the certificate
    "#]]
    .assert_eq(&said);
}
