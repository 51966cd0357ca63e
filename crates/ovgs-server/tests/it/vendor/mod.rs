//! `ovgs.provisioning.v1.ProvisioningService` from outside.

mod day;
mod errors;
mod parts;
mod refused;

use ovgs_proto::{provisioning::v1 as pb, v1};
use tonic::{Request, Status, Streaming, transport::Channel};

use crate::support::{Options, Server, erp, org, seed, with_token};

type Client = pb::provisioning_service_client::ProvisioningServiceClient<Channel>;

const PERSON: i32 = v1::AccountType::User as i32;

/// A server with the organization of its principal alone, and a client that calls as that principal.
struct Vendor {
    server: Server,
    client: Client,
    token: String,
}

impl Vendor {
    async fn new() -> Vendor {
        Vendor::with(Options::default()).await
    }

    async fn with(options: Options) -> Vendor {
        let server = Server::start_with(options).await;
        seed::create_org(&server.store, "org-vendor").await;
        let token = server.token(&erp()).await;
        Vendor { client: server.vendor().await, token, server }
    }

    fn asks<T>(&self, message: T) -> Request<T> {
        with_token(message, &self.token)
    }

    /// Creates an organization with its first ADMIN.
    async fn create_org(&self, org_id: &str, admin: &str) {
        let new = pb::CreateOrgRequest {
            org_id: org_id.into(),
            description: Some(format!("{org_id} Inc")),
            admin_username: admin.into(),
            admin_type: PERSON,
        };
        let created = self.client.clone().create_org(self.asks(new)).await.unwrap().into_inner();
        assert!(!created.unchanged);
    }

    /// Imports rows in batches of so many, and gives the answers.
    async fn import(
        &self,
        begin: pb::import_components_request::Begin,
        rows: Vec<pb::ComponentRow>,
        batch: usize,
    ) -> Result<Vec<pb::ImportComponentsResponse>, Status> {
        let batches: Vec<_> = rows.chunks(batch).map(|rows| rows_of(rows.to_vec())).collect();
        self.send([begin_of(begin)].into_iter().chain(batches)).await
    }

    /// Sends the messages of an import, and gives the answers.
    async fn send(
        &self,
        messages: impl IntoIterator<Item = pb::ImportComponentsRequest>,
    ) -> Result<Vec<pb::ImportComponentsResponse>, Status> {
        let messages: Vec<_> = messages.into_iter().collect();
        let request = self.asks(tokio_stream::iter(messages));
        all(self.client.clone().import_components(request).await?.into_inner()).await
    }

    async fn changes(&self, filter: pb::ListChangesRequest) -> Vec<pb::ListChangesResponse> {
        all(self.client.clone().list_changes(self.asks(filter)).await.unwrap().into_inner()).await.unwrap()
    }
}

fn begin(org_id: &str) -> pb::import_components_request::Begin {
    pb::import_components_request::Begin { org_id: org_id.into(), update: false, dry_run: false }
}

fn begin_of(begin: pb::import_components_request::Begin) -> pb::ImportComponentsRequest {
    pb::ImportComponentsRequest { kind: Some(pb::import_components_request::Kind::Begin(begin)) }
}

fn rows_of(rows: Vec<pb::ComponentRow>) -> pb::ImportComponentsRequest {
    let rows = pb::import_components_request::Rows { rows };
    pb::ImportComponentsRequest { kind: Some(pb::import_components_request::Kind::Rows(rows)) }
}

fn component(ien: &str, serial: &str) -> Option<v1::Component> {
    Some(v1::Component { ien: ien.into(), serial_number: serial.into() })
}

fn part(serial: &str) -> pb::ComponentRow {
    pb::ComponentRow { component: component("30065", serial), ..pb::ComponentRow::default() }
}

async fn all<T>(mut stream: Streaming<T>) -> Result<Vec<T>, Status> {
    let mut items = Vec::new();
    while let Some(item) = stream.message().await? {
        items.push(item);
    }
    Ok(items)
}
