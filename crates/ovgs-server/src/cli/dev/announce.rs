//! What clients are told: `dev.json`, and commands to paste.

use std::{collections::BTreeMap, path::Path};

use chrono::TimeDelta;
use ovgs_authz::Provisioner;
use serde::Serialize;

use super::{
    folder::{Folder, Reader},
    seed,
};
use crate::{
    authn::TokenRequest,
    cli::{CliError, Output, server::Prepared},
    clock::{Clock, System},
    provisioning::{Provisioning, ProvisioningError},
};

/// How long the tokens are good.
const TTL: TimeDelta = TimeDelta::days(30);

/// What `dev.json` says. Paths are absolute.
#[derive(Serialize)]
struct Announcement {
    endpoint: String,
    ca: String,
    voucher_trust_anchor: String,
    config: String,
    org: &'static str,
    /// By username.
    tokens: BTreeMap<String, String>,
}

/// Writes `dev.json`, and prints commands.
pub(super) async fn announce(
    folder: &Folder,
    prepared: &Prepared,
    provisioning: &Provisioning,
    vendor: &Provisioner,
    output: &mut Output,
) -> Result<(), CliError> {
    let path = |name: &str| folder.path(name).display().to_string();
    let announcement = Announcement {
        endpoint: prepared.endpoint(),
        ca: path("tls-ca.pem"),
        voucher_trust_anchor: path("voucher-root.pem"),
        config: path("ovgs.toml"),
        org: seed::ORG,
        tokens: tokens(prepared, provisioning, vendor).await?,
    };
    let text = serde_json::to_string(&announcement)
        .map_err(|error| CliError::said("`dev.json` cannot be written").because(error))?;
    folder.write("dev.json", &format!("{text}\n"), Reader::Owner)?;
    let commands = announcement.tokens.keys().next().map(|name| commands(folder, prepared, name));
    match output.text(&commands.unwrap_or_default()) {
        // A server whose standard output nobody reads serves all the same.
        Err(CliError::NobodyReads) => Ok(()),
        written => written,
    }
}

/// A fresh token for each of the users that are still registered.
async fn tokens(
    prepared: &Prepared,
    provisioning: &Provisioning,
    vendor: &Provisioner,
) -> Result<BTreeMap<String, String>, CliError> {
    let mut tokens = BTreeMap::new();
    for user in seed::users()? {
        let name = user.username.to_string();
        let request = TokenRequest { user, ttl: TTL, bind: None };
        match provisioning.issue_token(vendor, &prepared.authority, request).await {
            Ok(issued) => drop(tokens.insert(name, issued.token.reveal().to_owned())),
            Err(ProvisioningError::NotRegistered { .. } | ProvisioningError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(tokens)
}

/// From this user's token to a voucher that OpenSSL accepts, ready to paste.
fn commands(folder: &Folder, prepared: &Prepared, user: &str) -> String {
    let quoted = |name: &str| quoted(&folder.path(name));
    let (dev_json, ca, root) = (quoted("dev.json"), quoted("tls-ca.pem"), quoted("voucher-root.pem"));
    let server = prepared.authority_part();
    let end = (System.now() + TimeDelta::days(300)).format("%Y-%m-%dT00:00:00Z");
    let transport =
        if prepared.endpoint().starts_with("https") { format!("-cacert {ca}") } else { "-plaintext".into() };
    format!(
        r#"
# A token, and how to call
TOKEN=$(sed 's/.*"{user}":"\([^"]*\)".*/\1/' {dev_json})
ovgs() {{ grpcurl {transport} -H "Cookie: access_token=$TOKEN" -d "$2" {server} "ovgs.v1.OwnershipVoucherService/$1"; }}

# What there is
ovgs GetGroup '{{"group_id": "org-acmeco"}}'

# A domain certificate, and a voucher that pins it
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=owner -days 365 \
  -keyout owner.key -outform DER -out owner.der
CERT=$(ovgs CreateDomainCert "{{\"group_id\": \"org-acmeco\", \"certificate_der\": \"$(openssl base64 -A -in owner.der)\", \"expiry_time\": \"{end}\"}}" \
  | sed -n 's/.*"certId": "\(.*\)".*/\1/p')
ovgs GetOwnershipVoucher "{{\"component\": {{\"ien\": \"30065\", \"serial_number\": \"ABC101\"}}, \"cert_id\": \"$CERT\", \"lifetime\": \"{end}\"}}" \
  | sed -n 's/.*"voucherCms": "\([^"]*\)".*/\1/p' | openssl base64 -d -A > ABC101.vcj

# Does a device accept it?
openssl cms -verify -binary -inform DER -CAfile {root} -in ABC101.vcj

"#
    )
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-+@%".contains(&b));
    if plain { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive_a_shell() {
        assert_eq!(quoted("/tmp/ovgs-dev/dev.json".as_ref()), "/tmp/ovgs-dev/dev.json");
        assert_eq!(quoted("/tmp/it's mine/x".as_ref()), r"'/tmp/it'\''s mine/x'");
    }
}
