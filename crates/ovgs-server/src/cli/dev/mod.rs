//! `dev`: everything embedded, in one folder.

mod announce;
mod authority;
mod folder;
mod keys;
mod seed;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use clap::Args;
use ovgs_authz::Provisioner;
use ovgs_store::SqlStore;

use self::{folder::Folder, keys::Keys};
use super::{
    CliError, Output,
    server::Prepared,
    session::{Upgrade, open_store},
    system_user,
};
use crate::{
    clock::{Clock, System},
    config::Config,
    provisioning::Provisioning,
    telemetry,
};

/// Serve with everything embedded, for development: keys, certificates, database, an organization with two users
///
/// All of it is in one folder, made at the first start and reused by the next ones. `dev.json` in it tells clients
/// where the server is, whom to trust, and tokens.
#[derive(Debug, Args)]
pub(super) struct Dev {
    /// The folder
    #[arg(long, value_name = "DIR", default_value = "./ovgs-dev")]
    data_dir: PathBuf,
    /// Address and port; port 0 takes any [default: 127.0.0.1:9443, or what `ovgs.toml` in the folder says]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
}

impl Dev {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        let folder = Folder::lock(&self.data_dir)?;
        folder.write_missing("ovgs.toml", CONFIG)?;
        let config = Config::load(&folder.path("ovgs.toml"))?;
        telemetry::init(&config.log).map_err(|error| CliError::Said(Box::new(error)))?;
        let listen = self.listen.unwrap_or(config.server.listen);
        Keys::new(&folder, System.now()).complete(listen.ip())?;
        let store = Arc::new(open_store(&config, Upgrade::Always).await?);
        let served = serve(&folder, &config, listen, store.clone(), output).await;
        store.close().await;
        served
        // Invariant: the folder is locked until here.
    }
}

async fn serve(
    folder: &Folder,
    config: &Config,
    listen: SocketAddr,
    store: Arc<SqlStore>,
    output: &mut Output,
) -> Result<(), CliError> {
    let provisioning = Provisioning::new(store.clone(), config.provisioning_settings()?);
    let vendor = Provisioner::cli(system_user::name());
    seed::seed(folder, &provisioning, &vendor).await?;
    let prepared = Prepared::new(config, listen, store).await?;
    announce::announce(folder, &prepared, &provisioning, &vendor, output).await?;
    prepared.serve(output).await
}

/// The configuration of a new folder.
const CONFIG: &str = include_str!("ovgs.toml");
