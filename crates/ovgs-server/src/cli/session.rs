//! What most commands begin with: the configuration and the database.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use ovgs_authz::Provisioner;
use ovgs_store::{SqlDatabase, SqlStore};

use super::{CliError, system_user};
use crate::{
    config::{Config, Engine},
    provisioning::{Provisioning, Settings},
};

/// Names the configuration.
#[derive(Clone, Debug, Args)]
pub(super) struct ConfigFile {
    /// The configuration file [default: $OVGS_CONFIG, then ./ovgs.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl ConfigFile {
    pub(super) fn path(&self) -> PathBuf {
        Config::locate(self.config.clone())
    }

    pub(super) fn load(&self) -> Result<Config, CliError> {
        Ok(Config::load(&self.path())?)
    }

    /// Opens the database, of whatever version, for a task that looks after it as a whole, and closes it after.
    pub(super) async fn database(
        &self,
        access: Access,
        task: impl AsyncFnOnce(&Config, &SqlDatabase) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let config = self.load()?;
        must_be_there(&config, access)?;
        let database = config.opening()?.open().await?;
        let done = task(&config, &database).await;
        database.close().await;
        done
    }

    /// Opens the database for a task that does not ask who signs for whom, and closes it after.
    pub(super) async fn session(
        &self,
        access: Access,
        task: impl AsyncFnOnce(&Session) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let config = self.load()?;
        let settings = Settings {
            policy: config.service_settings().policy,
            strict_users: config.users.strict,
            ..Settings::default()
        };
        Session::run(config, settings, access, task).await
    }

    /// Opens the database for a task that does, and closes it after.
    pub(super) async fn session_with_issuers(
        &self,
        access: Access,
        task: impl AsyncFnOnce(&Session) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let config = self.load()?;
        let settings = config.provisioning_settings()?;
        Session::run(config, settings, access, task).await
    }
}

/// What a command is about to do with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Look at it. One that is not there is not made: more likely its path is wrong.
    Reading,
    /// Change it. One that is not there is made.
    Writing,
}

/// A configuration, its database, and who is at the keyboard.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) config: Config,
    pub(super) store: Arc<SqlStore>,
    pub(super) provisioning: Provisioning,
    pub(super) by: Provisioner,
}

impl Session {
    async fn run(
        config: Config,
        settings: Settings,
        access: Access,
        task: impl AsyncFnOnce(&Session) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        must_be_there(&config, access)?;
        let upgrade = match access {
            Access::Reading => Upgrade::Never,
            Access::Writing => Upgrade::OnlyNew,
        };
        let store = Arc::new(open_store(&config, upgrade).await?);
        let provisioning = Provisioning::new(store.clone(), settings);
        let session = Session { config, store, provisioning, by: Provisioner::cli(system_user::name()) };
        let done = task(&session).await;
        session.store.close().await;
        done
    }
}

/// Refuses to look at a database that is not there.
fn must_be_there(config: &Config, access: Access) -> Result<(), CliError> {
    let is_file = config.store.engine == Engine::Sqlite;
    if access == Access::Reading && is_file && matches!(config.store.path.try_exists(), Ok(false)) {
        let path = config.store.path.display();
        let text = format!(
            "there is no database `{path}`; correct `store.path`, or make one with `ovgs-server db migrate`"
        );
        return Err(CliError::said(text));
    }
    Ok(())
}

/// When an opened database is brought up to date, unless `store.auto_migrate` is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Upgrade {
    /// Always: for the server.
    Always,
    /// Only if it is empty: a command must not change what an older server beside it is working on.
    OnlyNew,
    /// Never: for what only reads.
    Never,
}

/// Opens the database.
pub(super) async fn open_store(config: &Config, upgrade: Upgrade) -> Result<SqlStore, CliError> {
    let database = config.opening()?.open().await?;
    let upgrades = match upgrade {
        Upgrade::Always => true,
        Upgrade::OnlyNew => database.is_empty().await?,
        Upgrade::Never => false,
    };
    if config.store.auto_migrate && upgrades {
        database.migrate().await?;
    }
    Ok(database.store().await?)
}
