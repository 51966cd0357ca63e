//! All that it takes to call the service: TLS, a token, and sentences for what comes back.

use std::time::Duration;

use anyhow::{Context, anyhow};
use ovgs_proto::v1::ownership_voucher_service_client::OwnershipVoucherServiceClient;
use tonic::{
    Request, Response, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Certificate, Channel, ClientTlsConfig},
};

use crate::{dev::Dev, tell};

/// The service, as called by one user.
pub(crate) type Client = OwnershipVoucherServiceClient<InterceptedService<Channel, Bearer>>;

/// How long any one call may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Adds the user's token to every call.
#[derive(Clone)]
pub(crate) struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// Connects as one of the users for whom `dev.json` holds a token.
pub(crate) async fn open(dev: &Dev, username: &str) -> anyhow::Result<Client> {
    let mut token: MetadataValue<Ascii> = format!("Bearer {}", dev.token(username)?).parse()?;
    token.set_sensitive(true);
    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(dev.ca()?));
    let endpoint = Channel::from_shared(dev.endpoint.clone())?.tls_config(tls)?.timeout(PATIENCE);
    let channel =
        endpoint.connect().await.with_context(|| format!("there is no connection to `{}`", dev.endpoint))?;
    tell("connect", format_args!("`{username}` is connected to {}", dev.endpoint));
    Ok(OwnershipVoucherServiceClient::with_interceptor(channel, Bearer(token)))
}

/// The answer of a call, or a sentence that says which call was refused and why.
pub(crate) fn answer<T>(call: &str, outcome: Result<Response<T>, Status>) -> anyhow::Result<T> {
    outcome.map(Response::into_inner).map_err(|refusal| refused(call, &refusal))
}

pub(crate) fn refused(call: &str, refusal: &Status) -> anyhow::Error {
    anyhow!("{call} was refused with {:?}: {}", refusal.code(), refusal.message())
}
