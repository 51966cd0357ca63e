//! `config`: checking a configuration, or beginning one.

use std::{io::Write, sync::Arc};

use clap::Subcommand;
use ovgs_domain::Excerpt;
use ovgs_store::SqlDatabase;

use super::{CliError, Output, session::ConfigFile};
use crate::{
    clock::{Clock, System},
    config::{Config, EXAMPLE, Engine, Findings},
    provisioning::Provisioning,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check a configuration with the files it names; print each problem as one sentence with its place
    Check {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Print a complete configuration with comments
    Example {
        #[command(flatten)]
        config: ConfigFile,
    },
}

impl Command {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        match self {
            Command::Check { config } => check(&config, output).await,
            Command::Example { config: _ } => output.text(EXAMPLE),
        }
    }
}

async fn check(file: &ConfigFile, output: &mut Output) -> Result<(), CliError> {
    let config = file.load()?;
    let Findings { problems, warnings } = config.check(System.now()).await;
    let mut warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    let mut errors: Vec<CliError> = problems.into_iter().map(CliError::from).collect();
    match database(&config).await {
        Ok(found) => warnings.extend(found.iter().map(|found| format!("{}: {found}", config.file.display()))),
        Err(error) => errors.push(error),
    }
    let mut stderr = std::io::stderr();
    for warning in warnings {
        // There is nobody left to tell if standard error is gone.
        let _ = writeln!(stderr, "warning: {warning}");
    }
    errors.iter().for_each(|error| error.tell(&mut stderr));
    if !errors.is_empty() {
        return Err(CliError::Told);
    }
    output.line(format_args!("{} is good", config.file.display()))
}

/// What should be known of the database. One that is not there yet is not made.
async fn database(config: &Config) -> Result<Vec<String>, CliError> {
    let path = config.store.path.display();
    if config.store.engine == Engine::Sqlite && !config.store.path.exists() {
        return match config
            .store
            .path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir())
        {
            Some(folder) => {
                Err(CliError::said(format!("there is no folder `{}` for the database", folder.display())))
            }
            None => Ok(vec![format!("there is no database `{path}` yet; `ovgs-server db migrate` makes it")]),
        };
    }
    let database = config.opening()?.open().await?;
    let found = in_database(config, database.clone()).await;
    database.close().await;
    found
}

async fn in_database(config: &Config, database: SqlDatabase) -> Result<Vec<String>, CliError> {
    match database.pending().await?.as_slice() {
        [] => {}
        [one] => {
            return Ok(vec![format!(
                "the database lacks the migration `{one}`; `ovgs-server db migrate` applies it"
            )]);
        }
        several => {
            let named = several.join("`, `");
            return Ok(vec![format!(
                "the database lacks the migrations `{named}`; `ovgs-server db migrate` applies them"
            )]);
        }
    }
    let Ok(settings) = config.provisioning_settings() else {
        return Ok(Vec::new()); // which issuers serve what is not known, and that is a problem already
    };
    let provisioning = Provisioning::new(Arc::new(database.store().await?), settings);
    let unserved = provisioning.unserved_iens().await?;
    let unserved = unserved.iter().map(|ien| {
        format!(
            "there are parts of the manufacturer {ien}, which no issuer serves; add it to an issuer's `iens`"
        )
    });
    let missing = provisioning.missing_support_orgs().await?;
    let missing = missing.iter().map(|org| {
        let org = Excerpt::of(org.as_str());
        format!("the support organization `{org}` does not exist; create it, or take it off `security.support_orgs`")
    });
    Ok(unserved.chain(missing).collect())
}
