mod form;
mod pipeline;
mod refused;
mod tpm;

use std::{
    io::{self, Read},
    sync::Arc,
};

use expect_test::{Expect, expect};
use futures_util::TryStreamExt;
use ovgs_authz::Provisioner;
use ovgs_domain::{ComponentId, Event, Ien, OrgId, SerialNumber, Username};
use ovgs_store::{EventFilter, MemoryStore};

use super::*;
use crate::{
    issuers::IssuerSet,
    provisioning::{Effect, Provisioning, ProvisioningError, Settings, fixtures},
};

/// A vendor with two manufacturers under one root, a third under another, and two organizations.
struct Vendor {
    provisioning: Provisioning,
    by: Provisioner,
}

const KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEO0eBr86rq3RuPfsFkF1C2OUEFNV3dL3sm3oKXQe6tTPGEHcgl+GNayFpLnnZ4RTiI6rwsJL4fm3tGd5WQp1Kwg==";

fn org(id: &str) -> OrgId {
    OrgId::parse(id).expect("an organization id")
}

fn part(ien: &str, serial: &str) -> ComponentId {
    ComponentId {
        ien: Ien::parse(ien).expect("an ien"),
        serial_number: SerialNumber::parse(serial).expect("a serial"),
    }
}

impl Vendor {
    async fn new() -> Vendor {
        let issuers: IssuerSet = fixtures::issuers(&[&["30065", "2636"], &["9"]]);
        let settings = Settings { issuers: issuers.into(), ..Settings::default() };
        let provisioning = Provisioning::new(Arc::new(MemoryStore::new()), settings);
        let by = Provisioner::cli(Username::parse("ann").expect("a name"));
        for id in ["org-acmeco", "org-other"] {
            let created = provisioning.create_org(&by, &org(id), None).await.expect("created");
            assert_eq!(created, Effect::Done);
        }
        Vendor { provisioning, by }
    }

    async fn try_import(
        &self,
        input: impl AsRef<[u8]> + Sync,
        options: &ImportOptions,
    ) -> Result<String, ProvisioningError> {
        self.import_from(io::Cursor::new(input.as_ref().to_vec()), options).await
    }

    /// Notices, the tally, and what broke it off.
    async fn import_from(
        &self,
        input: impl Read + Send + 'static,
        options: &ImportOptions,
    ) -> Result<String, ProvisioningError> {
        let mut said = Vec::new();
        let mut notify = |notice: &Notice| said.push(notice.to_string());
        let taken = self.provisioning.import_components(&self.by, input, options, &mut notify).await;
        match taken {
            Ok(tally) => said.push(format!("{tally:?}")),
            Err(ProvisioningError::BrokenOff { tally, why }) => {
                said.extend([format!("{tally:?}"), format!("error: {why}")]);
            }
            Err(error) => return Err(error),
        }
        Ok(said.join("\n"))
    }

    async fn import(&self, input: impl AsRef<[u8]> + Sync) -> String {
        self.try_import(input, &options()).await.expect("imported")
    }

    async fn update(&self, input: &str) -> String {
        self.try_import(input, &ImportOptions { update: true, ..options() }).await.expect("imported")
    }

    async fn refused(&self, input: &str) -> String {
        self.try_import(input, &options()).await.expect_err("refused").to_string()
    }

    async fn texts(&self, id: &ComponentId) -> FactTexts {
        let part = self.provisioning.show_component(id).await.expect("a part");
        FactTexts::of(&part.component.facts)
    }
}

fn options() -> ImportOptions {
    ImportOptions { org: org("org-acmeco"), update: false, dry_run: false }
}

fn tally(added: u64, updated: u64, unchanged: u64, refused: u64) -> String {
    format!("{:?}", Tally { added, updated, unchanged, refused, converted: 0 })
}

#[tokio::test]
async fn im01_a_file_is_imported_once_and_unchanged_the_second_time() {
    let vendor = Vendor::new().await;
    let file = format!(
        "serial_number,ien,mac_addr,model,endorsement_key\nA1,30065,00-1C-73-AB-CD-01,M,{KEY}\nA2,30065,,,\n"
    );
    assert_eq!(vendor.import(&file).await, tally(2, 0, 0, 0));
    assert_eq!(vendor.import(&file).await, tally(0, 0, 2, 0));
    let texts = vendor.texts(&part("30065", "A1")).await;
    assert_eq!(texts.mac_addr.as_deref(), Some("00:1c:73:ab:cd:01"));
    assert_eq!(texts.endorsement_key.as_deref(), Some(KEY));
    assert_eq!(vendor.texts(&part("30065", "A2")).await, FactTexts::default());
}

#[tokio::test]
async fn im02_rows_stand_alone_and_each_refusal_names_line_and_column() {
    let vendor = Vendor::new().await;
    vendor
        .try_import(
            "ien,serial_number\n30065,THEIRS\n",
            &ImportOptions { org: org("org-other"), ..options() },
        )
        .await
        .expect("imported");
    let file = format!(
        "ien,serial_number,model,mac_addr,endorsement_key,ek_certificate,idevid_issuer\n\
         30065,G1,,,,,\n\
         030065,B1,,,,,\n\
         7,B2,,,,,\n\
         30065, B3,,,,,\n\
         30065,,,,,,\n\
         30065,B4,{},,,,\n\
         30065,B5,,00:11,,,\n\
         30065,B6,,,AAAA,,\n\
         30065,B7,,,not base64!,,\n\
         30065,B8,,,{KEY},AAAA,\n\
         30065,B9,,,,,AAAA\n\
         30065,THEIRS,,,,,\n\
         30065,C1,M\n\
         30065,C2,,,,,,surplus\n\
         30065,\"C\n3\",,,,,\n\
         30065,G2,,,,,\n",
        "x".repeat(200)
    );
    expect![[r#"
        line 3, ien: `030065` is not an IANA enterprise number: decimal digits without sign or leading zero, 1 to 4294967295
        line 4, ien: `7` is not served here; add it to an issuer's `iens`
        line 5, serial_number: ` B3` begins or ends with a space
        line 6, serial_number: must not be empty
        line 7, model: has 200 characters, at most 128 are allowed
        line 8, mac_addr: `00:11` is not a MAC address: six octets in hexadecimal, such as `00:1c:73:ab:cd:01`
        line 9, endorsement_key: is not one DER SubjectPublicKeyInfo
        line 10, endorsement_key: is not base64 with padding on one line
        line 11, ek_certificate: is not exactly one X.509 certificate in DER
        line 12, idevid_issuer: is neither a 20-byte key id nor a DER AuthorityKeyIdentifier with a key id
        line 13, serial_number: the part belongs to `org-other`; a transfer moves it
        line 14, mac_addr: is missing; the row has 3 cells, the header 7
        line 15, column 8: `surplus` stands under no header; the row has 8 cells, the header 7
        line 16, serial_number: contains U+000A; control, format and line-separator characters are not allowed
        Tally { added: 2, updated: 0, unchanged: 0, refused: 14, converted: 0 }"#]]
    .assert_eq(&vendor.import(&file).await);
}

#[tokio::test]
async fn im03_differing_facts_need_to_be_asked_for() {
    let vendor = Vendor::new().await;
    vendor.import("ien,serial_number,model,mac_addr\n30065,A1,M1,001C73ABCD01\n").await;
    let changed = "ien,serial_number,model\n30065,A1,M2\n";
    expect![[r#"
        line 2, model: is `M2`, but `M1` is known; import with `update` to change it
        Tally { added: 0, updated: 0, unchanged: 0, refused: 1, converted: 0 }"#]]
    .assert_eq(&vendor.import(changed).await);
    assert_eq!(vendor.update(changed).await, tally(0, 1, 0, 0));
    let texts = vendor.texts(&part("30065", "A1")).await;
    assert_eq!(texts.model.as_deref(), Some("M2"));
    assert_eq!(texts.mac_addr.as_deref(), Some("00:1c:73:ab:cd:01"), "an absent column is not changed");

    assert_eq!(vendor.update("ien,serial_number,mac_addr\n30065,A1,\n").await, tally(0, 1, 0, 0));
    assert_eq!(vendor.texts(&part("30065", "A1")).await.mac_addr, None, "an empty cell is no value");
    assert_eq!(vendor.import("ien,serial_number\n30065,A1\n").await, tally(0, 0, 1, 0));
}

#[tokio::test]
async fn im04_a_key_and_a_certificate_do_not_stand_side_by_side() {
    let vendor = Vendor::new().await;
    let certificate = fixtures::certificate();
    vendor.import(format!("ien,serial_number,ek_certificate\n30065,A1,{certificate}\n")).await;
    let by_key = format!("ien,serial_number,endorsement_key\n30065,A1,{KEY}\n");
    expect![[r#"
        line 2, endorsement_key: the part has an `ek_certificate`; to replace it, give that column too, and leave it empty
        Tally { added: 0, updated: 0, unchanged: 0, refused: 1, converted: 0 }"#]]
    .assert_eq(&vendor.update(&by_key).await);
    let replaced = format!("ien,serial_number,endorsement_key,ek_certificate\n30065,A1,{KEY},\n");
    assert_eq!(vendor.update(&replaced).await, tally(0, 1, 0, 0));
    assert_eq!(vendor.texts(&part("30065", "A1")).await.endorsement_key.as_deref(), Some(KEY));
}

#[tokio::test]
async fn im05_a_row_twice_in_one_file_is_held_against_the_first() {
    let vendor = Vendor::new().await;
    let twice = "ien,serial_number,model\n30065,A1,M1\n30065,A1,M1\n30065,A1,M2\n";
    for dry_run in [true, false] {
        let said = vendor.try_import(twice, &ImportOptions { dry_run, ..options() }).await.expect("imported");
        expect![[r#"
            line 4, model: is `M2`, but `M1` is known; import with `update` to change it
            Tally { added: 1, updated: 0, unchanged: 1, refused: 1, converted: 0 }"#]]
        .assert_eq(&said);
    }
    assert_eq!(vendor.texts(&part("30065", "A1")).await.model.as_deref(), Some("M1"));
}

#[tokio::test]
async fn im06_a_dry_run_writes_nothing() {
    let vendor = Vendor::new().await;
    let rows: String = (0..5_000).map(|n| format!("30065,A{n}\n")).collect();
    let file = format!("ien,serial_number\n{rows}30065,A1\n");
    let dry = ImportOptions { dry_run: true, ..options() };
    assert_eq!(vendor.try_import(&file, &dry).await.expect("imported"), tally(5_000, 0, 1, 0));
    assert!(vendor.provisioning.show_component(&part("30065", "A1")).await.is_err());
    assert_eq!(vendor.import(&file).await, tally(5_000, 0, 1, 0));
}

#[tokio::test]
async fn im07_an_ambiguous_serial_is_taken_with_a_warning() {
    let vendor = Vendor::new().await;
    let said = vendor.import("ien,serial_number\n30065,X\n9,X\n2636,X\n").await;
    expect![[r#"
        line 4, serial_number: `2636/X` has the serial number of `30065/X` under one root, so no voucher is issued for either until their `idevid_issuer` tells them apart
        Tally { added: 3, updated: 0, unchanged: 0, refused: 0, converted: 0 }"#]]
    .assert_eq(&said);
    assert_eq!(
        vendor.import("ien,serial_number\n2636,X\n").await,
        tally(0, 0, 1, 0),
        "it makes nothing ambiguous"
    );

    let told_apart = "ien,serial_number,idevid_issuer\n30065,X,AAAAAAAAAAAAAAAAAAAAAAAAAAA=\n2636,X,AQEBAQEBAQEBAQEBAQEBAQEBAQE=\n";
    let said = vendor.update(told_apart).await;
    assert_eq!(said.lines().count(), 2, "the first row alone does not tell them apart: {said}");
    assert!(said.ends_with(&tally(0, 2, 0, 0)));
}
