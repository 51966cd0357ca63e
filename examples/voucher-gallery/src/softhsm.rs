//! Keys on a token of SoftHSM2, behind PKCS#11.
//!
//! The library finds its tokens by the configuration that `SOFTHSM2_CONF` names in our environment.

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, bail};
use ovgs_voucher::{Passphrase, Pkcs11Key, Pkcs11Modules, Pkcs11Signer};

use crate::signers::{self, Kept};

const TOKEN: &str = "voucher-gallery";
const PIN: &str = "4711-0815";

/// A signer for each kind of key, on a new token. `library` is `libsofthsm2.so`, `scratch` a folder for what goes to
/// the token.
pub(crate) async fn all(library: &Path, scratch: &Path) -> anyhow::Result<Vec<Kept>> {
    util(&["--init-token", "--free", "--label", TOKEN, "--so-pin", "12345678", "--pin", PIN])?;
    let file = scratch.join("softhsm-import.key");
    let file = file.to_str().context("a path that is not text")?;
    let keys = signers::keys()?;
    for (number, certified) in keys.iter().enumerate() {
        fs::write(file, certified.key.serialize_pem())?;
        let id = format!("0{number}");
        util(&["--import", file, "--token", TOKEN, "--pin", PIN, "--label", certified.kind, "--id", &id])?;
    }
    fs::remove_file(file)?;
    let module = Pkcs11Modules::default().open(library).await?;
    let mut kept = Vec::new();
    for certified in keys {
        let named = Pkcs11Key::new(TOKEN, certified.kind).pin(Passphrase::new(PIN)?);
        kept.push(certified.kept_by("pkcs11", Pkcs11Signer::open(&module, named).await?));
    }
    Ok(kept)
}

fn util(arguments: &[&str]) -> anyhow::Result<()> {
    let output = Command::new("softhsm2-util").args(arguments).output().context("softhsm2-util")?;
    if !output.status.success() {
        bail!("softhsm2-util: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
