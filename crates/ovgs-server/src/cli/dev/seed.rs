//! What an empty database begins with.

use std::io::Cursor;

use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::StreamExt;
use ovgs_authz::Provisioner;
use ovgs_domain::{Description, Invalid, OrgId, Role, User, UserType, Username, commands::Membership};
use rcgen::PublicKeyData;

use super::{
    authority,
    folder::{Folder, Reader},
};
use crate::{
    cli::CliError,
    provisioning::{ImportOptions, Notice, Provisioning},
};

/// The organization that clients play with.
pub(super) const ORG: &str = "org-acmeco";
/// The organization of the vendor's support, empty.
const SUPPORT: &str = "org-vendor";
/// Stands while seeding is not finished, so that the next start goes on with it.
const UNFINISHED: &str = "seeding";

/// The users, both ADMIN of the organization.
pub(super) fn users() -> Result<[User; 2], CliError> {
    let user =
        |name, user_type| Ok(User { org: OrgId::parse(ORG)?, username: Username::parse(name)?, user_type });
    let users = [user("admin", UserType::User), user("srv-admin", UserType::ServiceAccount)];
    let [admin, service] = users;
    Ok([admin.map_err(unnamed)?, service.map_err(unnamed)?])
}

/// Fills a database that is empty.
pub(super) async fn seed(
    folder: &Folder,
    provisioning: &Provisioning,
    vendor: &Provisioner,
) -> Result<(), CliError> {
    let is_empty = provisioning.orgs().next().await.transpose()?.is_none();
    if !is_empty && !folder.has(UNFINISHED) {
        return Ok(());
    }
    folder.write(UNFINISHED, "", Reader::Anybody)?;
    let (org, support) = (OrgId::parse(ORG).map_err(unnamed)?, OrgId::parse(SUPPORT).map_err(unnamed)?);
    for (org, description) in [(&org, "Acme Co"), (&support, "The vendor's support")] {
        let description = Description::parse(description).map_err(unnamed)?;
        provisioning.create_org(vendor, org, Some(&description)).await?;
    }
    for user in users()? {
        provisioning.add_user(vendor, &user).await?;
        let membership = Membership { group: org.root(), user, role: Role::Admin };
        provisioning.grant_role(vendor, &membership).await?;
    }
    let options = ImportOptions { org, update: true, dry_run: false };
    let mut told = |notice: &Notice| tracing::warn!(%notice, "a part was not seeded as planned");
    provisioning.import_components(vendor, Cursor::new(parts()?), &options, &mut told).await?;
    folder.remove(UNFINISHED)
}

/// Two parts, one of which has a TPM whose endorsement key is known. Nobody has the private half.
fn parts() -> Result<String, CliError> {
    let key = authority::new_key()
        .map_err(|error| CliError::said("a key cannot be made").because(error))?
        .subject_public_key_info();
    let key = STANDARD.encode(key);
    Ok(format!(
        "ien,serial_number,model,mac_addr,endorsement_key\n\
         30065,ABC101,ACME-7050,00:1c:73:ab:c1:01,{key}\n\
         30065,ABC102,ACME-7050,00:1c:73:ab:c1:02,\n"
    ))
}

fn unnamed(invalid: Invalid) -> CliError {
    CliError::said("the data of `dev` are wrong").because(invalid)
}
