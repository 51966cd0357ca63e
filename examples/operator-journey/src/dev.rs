//! What `ovgs-server dev` tells its clients.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde::Deserialize;

/// The part of `dev.json` that a client needs.
#[derive(Deserialize)]
pub(crate) struct Dev {
    /// `https://` with host and port.
    pub(crate) endpoint: String,
    /// The organization to act for.
    pub(crate) org: String,
    ca: PathBuf,
    voucher_trust_anchor: PathBuf,
    /// By username.
    tokens: BTreeMap<String, String>,
}

impl Dev {
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let json = fs::read(path).with_context(|| {
            format!("`{}` cannot be read; is `ovgs-server dev` running, in this folder?", path.display())
        })?;
        serde_json::from_slice(&json).with_context(|| format!("`{}` is no dev.json", path.display()))
    }

    /// Whom to trust as the server, in PEM.
    pub(crate) fn ca(&self) -> anyhow::Result<Vec<u8>> {
        read(&self.ca)
    }

    /// Whom a device trusts to issue vouchers, in PEM.
    pub(crate) fn trust_anchor(&self) -> anyhow::Result<Vec<u8>> {
        read(&self.voucher_trust_anchor)
    }

    pub(crate) fn token(&self, username: &str) -> anyhow::Result<&str> {
        let token = self.tokens.get(username).map(String::as_str);
        token.with_context(|| format!("dev.json has no token for `{username}`"))
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("`{}` cannot be read", path.display()))
}
