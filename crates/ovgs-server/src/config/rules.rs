//! What the values must keep among themselves.

use std::{collections::BTreeMap, path::PathBuf};

use ovgs_domain::{Excerpt, Ien};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use super::{Config, Issuer, IssuerState, Limits, Log, Place, Problem, identity_rules};

/// The problems of a configuration whose values are good one by one.
pub(super) fn broken(config: &Config) -> Vec<Problem> {
    let mut problems = Vec::new();
    problems.extend(response_size(config));
    problems.extend(transport(config));
    problems.extend(http(config));
    problems.extend(log_level(&config.log, &|| config.places.of("log", "level")));
    problems.extend(
        config.issuers.iter().enumerate().flat_map(|(index, issuer)| incomplete(config, index, issuer)),
    );
    problems.extend(signers(config));
    problems.extend(twice(config));
    problems.extend(default_ien(config));
    problems.extend(empty(config));
    problems.extend(super::store::broken(config));
    problems.extend(backdate(config));
    problems.extend(provisioning(config));
    problems.extend(token_ttl(config));
    problems.extend(identity_rules::broken(config));
    problems
}

fn response_size(config: &Config) -> Option<Problem> {
    let (given, least) = (config.limits.max_response_bytes.get(), Limits::LEAST_RESPONSE);
    let text = || format!("`limits.max_response_bytes` is {given}; write at least {least} (64 KiB)");
    (given < least).then(|| config.places.of("limits", "max_response_bytes").problem(text()))
}

fn transport(config: &Config) -> Option<Problem> {
    let server = &config.server;
    let (key, text) = match (&server.tls_certificate, &server.tls_key) {
        (Some(_), None) => {
            ("tls_certificate", "`server.tls_certificate` is set; set `server.tls_key` as well")
        }
        (None, Some(_)) => ("tls_key", "`server.tls_key` is set; set `server.tls_certificate` as well"),
        (Some(_), Some(_)) if server.plaintext => {
            ("plaintext", "`server.plaintext` is on and a TLS certificate is set; remove one of them")
        }
        (None, None) if server.client_ca.is_some() => {
            ("client_ca", "`server.client_ca` takes TLS; set `server.tls_certificate` and `server.tls_key`")
        }
        _ => return None,
    };
    Some(config.places.of("server", key).problem(text))
}

fn http(config: &Config) -> Option<Problem> {
    let (http, server) = (&config.http, &config.server);
    let (key, text) = match http.listen {
        None if http.plaintext => ("plaintext", "`http.plaintext` is on, but `http.listen` is not set"),
        Some(_) if !http.plaintext && server.tls_certificate.is_none() => (
            "listen",
            "`http.listen` takes TLS; set `server.tls_certificate` and `server.tls_key`, or write `plaintext = true` under `[http]`",
        ),
        _ => return None,
    };
    Some(config.places.of("http", key).problem(text))
}

/// A level that is none.
pub(super) fn log_level(log: &Log, place: &dyn Fn() -> Place) -> Option<Problem> {
    // The filter's own parser takes any word for a target of all levels, and so a misspelt level for a target.
    let is_level = |directive: &str| {
        directive.rsplit('=').next().is_some_and(|level| level.parse::<LevelFilter>().is_ok())
    };
    let directives = log.level.split(',');
    let wrong = EnvFilter::try_new(&log.level).is_err() || !directives.map(str::trim).all(is_level);
    let shown = Excerpt::of(&log.level);
    let text = format!("`log.level` is `{shown}`; write `error`, `warn`, `info`, `debug` or `trace`");
    wrong.then(|| place().problem(text))
}

fn incomplete(config: &Config, index: usize, issuer: &Issuer) -> Vec<Problem> {
    let lacks_key = issuer.state == IssuerState::Active && issuer.signer().is_none();
    let lacking = [
        (issuer.name.is_empty(), "name", "`issuers.name` is missing; give the issuer a name"),
        (
            issuer.iens.is_empty(),
            "iens",
            "`issuers.iens` is missing; list the enterprise numbers it signs for",
        ),
        (
            issuer.certificates.as_os_str().is_empty(),
            "certificates",
            "`issuers.certificates` is missing; name the PEM file with the signing certificate and its chain",
        ),
        (
            lacks_key,
            "key",
            "`issuers.key` is missing; name the key's file, or say where else the key is with `[issuers.pkcs11]` or `[issuers.remote]`, or write `state = \"retired\"`",
        ),
    ];
    let is_lacking = lacking.into_iter().filter(|(lacking, ..)| *lacking);
    is_lacking.map(|(_, key, text)| config.places.of_issuer(index, key).problem(text)).collect()
}

fn signers(config: &Config) -> Vec<Problem> {
    let issuers = config.issuers.iter().enumerate();
    let sections = issuers.filter_map(|(index, issuer)| Some((issuer, config.places.issuer(index)?)));
    sections.flat_map(|(issuer, section)| issuer.signer_keys().broken(section)).collect()
}

/// Names, and enterprise numbers of active issuers, that stand twice.
fn twice(config: &Config) -> Vec<Problem> {
    let (mut names, mut active) = (BTreeMap::<&str, ()>::new(), BTreeMap::<Ien, &str>::new());
    let mut problems = Vec::new();
    for (index, issuer) in config.issuers.iter().enumerate() {
        let shown = Excerpt::of(&issuer.name);
        if !issuer.name.is_empty() && names.insert(&issuer.name, ()).is_some() {
            let text = format!("there are two issuers `{shown}`; give each its own name");
            problems.push(config.places.of_issuer(index, "name").problem(text));
        }
        for ien in issuer.iens.iter().filter(|_| issuer.state == IssuerState::Active) {
            if let Some(other) = active.insert(*ien, &issuer.name) {
                let other = Excerpt::of(other);
                let text = format!(
                    "the issuers `{other}` and `{shown}` are both active for {ien}; write `state = \"retired\"` for one"
                );
                problems.push(config.places.of_issuer(index, "iens").problem(text));
            }
        }
    }
    problems
}

fn default_ien(config: &Config) -> Option<Problem> {
    let ien = config.compat.default_ien?;
    let served = config.issuers.iter().any(|issuer| issuer.iens.contains(&ien));
    let text = format!("`compat.default_ien` is {ien}, which no issuer serves; write one of their `iens`");
    (!served).then(|| config.places.of("compat", "default_ien").problem(text))
}

fn empty(config: &Config) -> Vec<Problem> {
    let Config { server, store, tokens, .. } = config;
    let nothing = |path: &Option<PathBuf>| path.as_ref().is_some_and(|path| path.as_os_str().is_empty());
    let values = [
        (nothing(&server.tls_certificate), "server", "tls_certificate"),
        (nothing(&server.tls_key), "server", "tls_key"),
        (nothing(&server.client_ca), "server", "client_ca"),
        (store.path.as_os_str().is_empty(), "store", "path"),
        (nothing(&store.password_file), "store", "password_file"),
        (nothing(&store.tls_ca), "store", "tls_ca"),
        (tokens.issuer.is_empty(), "tokens", "issuer"),
        (tokens.audience.is_empty(), "tokens", "audience"),
        (nothing(&tokens.signing_key), "tokens", "signing_key"),
    ];
    let single = values.into_iter().filter(|(is_empty, ..)| *is_empty);
    let single = single.map(|(_, section, key)| {
        config.places.of(section, key).problem(format!("`{section}.{key}` must not be empty"))
    });
    let keys = config.issuers.iter().enumerate().flat_map(|(index, issuer)| {
        let keys =
            [(nothing(&issuer.key), "key"), (nothing(&issuer.key_passphrase_file), "key_passphrase_file")];
        keys.into_iter().filter_map(move |(is_empty, key)| is_empty.then_some((index, key)))
    });
    let keys = keys.map(|(index, key)| {
        config.places.of_issuer(index, key).problem(format!("`issuers.{key}` must not be empty"))
    });
    single.chain(keys).collect()
}

/// Devices refuse what was made long before their own time as well.
fn backdate(config: &Config) -> Vec<Problem> {
    let too_far = config.issuers.iter().enumerate();
    let too_far = too_far.filter(|(_, issuer)| issuer.created_on_backdate > Issuer::LONGEST_BACKDATE);
    let text = "`issuers.created_on_backdate` is more than an hour; write at most `1h`";
    too_far.map(|(index, _)| config.places.of_issuer(index, "created_on_backdate").problem(text)).collect()
}

/// Who provisions and where belong together.
fn provisioning(config: &Config) -> Option<Problem> {
    let provisioning = &config.provisioning;
    let served = provisioning.listen.is_some() || provisioning.on_main;
    let (key, text) = match (provisioning.listen, provisioning.on_main, provisioning.principals.is_empty()) {
        (Some(_), true, _) => {
            ("on_main", "`provisioning.listen` is set and `provisioning.on_main` is on; remove one of them")
        }
        (_, _, true) if served => {
            ("principals", "`provisioning.principals` names nobody, so nobody could provision; name somebody")
        }
        (None, false, false) => (
            "principals",
            "`provisioning.principals` names somebody, but nothing is served to them; set `provisioning.listen`, or write `on_main = true`",
        ),
        (Some(listen), ..) if listen == config.server.listen && listen.port() != 0 => {
            ("listen", "`provisioning.listen` is `server.listen` as well; write `on_main = true` instead")
        }
        _ => return None,
    };
    Some(config.places.of("provisioning", key).problem(text))
}

fn token_ttl(config: &Config) -> Option<Problem> {
    let accounts = &config.accounts;
    let text = "`accounts.min_token_ttl` is longer than `accounts.max_token_ttl`; make it shorter";
    let wrong = accounts.min_token_ttl > accounts.max_token_ttl;
    wrong.then(|| config.places.of("accounts", "min_token_ttl").problem(text))
}
