//! `component`: parts, through files and standard input.

use expect_test::expect;
use serde_json::{Value, json};

use super::site::Site;

const IMPORT: [&str; 5] = ["component", "import", "parts.csv", "--org", "org-acmeco"];

#[test]
fn cl30_good_rows_are_taken_bad_ones_reported_and_the_exit_code_says_so() {
    let site = Site::with_orgs();
    site.write("parts.csv", "ien,serial_number,model\n30065,A,M\n30065,,M\n12,B,M\n2636,A,\n");
    let ran = site.run(&IMPORT);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, "2 added, 0 updated, 0 unchanged, 2 refused\n"));
    expect![[r#"
        line 3, serial_number: must not be empty
        line 4, ien: `12` is not served here; add it to an issuer's `iens`
        warning: line 5, serial_number: `2636/A` has the serial number of `30065/A` under one root, so no voucher is issued for either until their `idevid_issuer` tells them apart
    "#]]
    .assert_eq(&ran.stderr);
    site.write("parts.csv", "ien,serial_number,model\n30065,A,M\n");
    assert_eq!(site.done(&IMPORT), "0 added, 0 updated, 1 unchanged, 0 refused\n");
}

#[test]
fn cl31_updates_and_dry_runs() {
    let site = Site::with_orgs();
    site.write("parts.csv", "ien,serial_number,model\n30065,A,M\n");
    let dry = site.done(&[&IMPORT[..], &["--dry-run"]].concat());
    assert_eq!(dry, "nothing was written; it would be: 1 added, 0 updated, 0 unchanged, 0 refused\n");
    assert_eq!(
        site.refused(&["component", "show", "30065", "A"]),
        "error: component `30065/A` does not exist\n"
    );
    site.done(&IMPORT);
    site.write("parts.csv", "ien,serial_number,model\n30065,A,N\n");
    assert_eq!(site.run(&IMPORT).code, 1);
    let tally = site.done(&[&IMPORT[..], &["--update", "--json"]].concat());
    let tally: Value = serde_json::from_str(&tally).unwrap();
    assert_eq!(tally, json!({ "added": 0, "updated": 1, "unchanged": 0, "refused": 0, "dry_run": false }));
}

#[test]
fn cl32_files_that_cannot_be_read_are_refused_in_a_sentence() {
    let site = Site::with_orgs();
    expect![[r#"
        error: `parts.csv` cannot be read: No such file or directory (os error 2)
    "#]]
    .assert_eq(&site.refused(&IMPORT));
    site.write("parts.csv", "ien,serial_number,colour\n");
    expect![[r#"
        error: line 1, colour: is not a known column; the nearest one is `model`
    "#]]
    .assert_eq(&site.refused(&IMPORT));
    site.write("parts.csv", "ien,serial_number\n30065,A\n");
    let elsewhere = ["component", "import", "parts.csv", "--org", "org-nobody"];
    assert_eq!(site.refused(&elsewhere), "error: organization `org-nobody` does not exist\n");
}

#[test]
fn cl33_a_part_is_shown_as_the_wire_names_it() {
    let site = Site::with_orgs();
    let ran = site.run_with_input(
        &["component", "import", "-", "--org", "org-acmeco"],
        "{\"ien\":\"30065\",\"serial_number\":\"A\",\"model\":\"M\",\"mac_addr\":\"001C73ABCD01\"}\n",
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    expect![[r#"
        ien: 30065
        manufacturer: Acme Devices
        serial_number: A
        org_id: org-acmeco
        group_id: org-acmeco
        model: M
        mac_addr: 00:1c:73:ab:cd:01
    "#]]
    .assert_eq(&site.done(&["component", "show", "30065", "A"]));
    let shown: Value =
        serde_json::from_str(&site.done(&["component", "show", "30065", "A", "--json"])).unwrap();
    assert_eq!(
        shown,
        json!({
            "ien": "30065", "serial_number": "A", "model": "M", "mac_addr": "00:1c:73:ab:cd:01",
            "manufacturer": "Acme Devices", "org_id": "org-acmeco", "group_ids": ["org-acmeco"]
        })
    );
}

#[test]
fn cl34_what_is_exported_can_be_imported() {
    let site = Site::with_orgs();
    let file = "ien,serial_number,model,mac_addr,endorsement_key,ek_certificate,platform_primary_key,idevid_issuer\n\
                30065,A,\"a, \"\"b\"\"\",00:1c:73:ab:cd:01,,,,\n\
                30065,B,,,,,,MBaAFAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
    site.write("parts.csv", file);
    site.done(&IMPORT);
    let exported = site.done(&["component", "export", "--org", "org-acmeco"]);
    assert_eq!(exported, file);
    assert_eq!(site.done(&["component", "export"]), file);
    let lines = site.done(&["component", "export", "--json", "--org", "org-acmeco"]);
    site.write("parts.csv", &lines);
    assert_eq!(site.done(&IMPORT), "0 added, 0 updated, 2 unchanged, 0 refused\n");
    assert_eq!(site.done(&["component", "export", "--org", "org-other"]).lines().count(), 1);
    assert_eq!(
        site.refused(&["component", "export", "--org", "org-nobody"]),
        "error: organization `org-nobody` does not exist\n"
    );
}

#[test]
fn cl35_parts_leave_their_organization() {
    let site = Site::with_orgs();
    site.write("parts.csv", "ien,serial_number\n30065,A\n");
    site.done(&IMPORT);
    let transfer = ["component", "transfer", "30065", "A", "--to", "org-other"];
    assert_eq!(site.done(&transfer), "transferred 30065/A to org-other\n");
    assert_eq!(site.done(&transfer), "unchanged\n");
    let ran = site.run(&IMPORT);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.stderr, "line 2, serial_number: the part belongs to `org-other`; a transfer moves it\n");
    let refused = site.refused(&["component", "transfer", "30065", "A", "--to", "org-nobody"]);
    assert_eq!(refused, "error: organization `org-nobody` does not exist\n");
    assert_eq!(site.done(&["component", "retire", "30065", "A"]), "retired 30065/A\n");
    for arguments in [&["component", "retire", "30065", "A"][..], &transfer] {
        assert_eq!(site.refused(arguments), "error: component `30065/A` does not exist\n");
    }
    assert_eq!(site.done(&IMPORT), "1 added, 0 updated, 0 unchanged, 0 refused\n");
}

#[test]
fn cl36_what_breaks_an_import_off_is_said_after_what_was_taken() {
    let site = Site::with_orgs();
    let rows = "ien,serial_number\n30065,A\n12,B\n";
    site.write("parts.csv", format!("{rows}30065,\"C{}", "30065,D\n".repeat(200_000)));
    let ran = site.run(&IMPORT);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, "1 added, 0 updated, 0 unchanged, 1 refused\n"));
    expect![[r#"
        line 3, ien: `12` is not served here; add it to an issuer's `iens`
        error: line 4, row: a quote is not closed
    "#]]
    .assert_eq(&ran.stderr);
}

#[test]
fn a_fact_is_corrected_and_cleared_and_the_journal_says_so() {
    let site = Site::with_orgs();
    site.write("parts.csv", "ien,serial_number,model\n30065,A,old\n");
    site.done(&["component", "import", "parts.csv", "--org", "org-acmeco"]);
    let correct = |options: &[&str]| {
        let arguments: Vec<&str> =
            ["component", "correct", "30065", "A"].iter().chain(options).copied().collect();
        site.done(&arguments)
    };
    assert_eq!(correct(&["--model", "new", "--mac-addr", "001c.73ab.cd01"]), "corrected 30065/A\n");
    assert_eq!(correct(&["--model", "new"]), "unchanged\n");
    let shown = site.done(&["component", "show", "30065", "A"]);
    assert!(shown.contains("model: new") && shown.contains("mac_addr: 00:1c:73:ab:cd:01"), "{shown}");
    assert_eq!(correct(&["--clear", "model"]), "corrected 30065/A\n");
    assert!(!site.done(&["component", "show", "30065", "A"]).contains("model"));
    let refused = site.refused(&["component", "correct", "30065", "A", "--mac-addr", "x"]);
    assert!(refused.starts_with("error: mac_addr: `x` is not a MAC address"), "{refused}");
    let unknown = site.refused(&["component", "correct", "30065", "NONE", "--model", "x"]);
    assert_eq!(unknown, "error: component `30065/NONE` does not exist\n");
    assert!(site.done(&["audit", "list", "--component", "30065", "A"]).contains("component_updated"));
}

#[test]
fn cl37_refused_rows_are_kept_mended_and_imported() {
    let site = Site::with_orgs();
    site.write(
        "parts.csv",
        "ien,serial_number,model\n30065,A,M\n12,B,\"M, \"\"N\"\"\"\n30065,C,M\n030065,D,M\n",
    );
    let ran = site.run(&IMPORT);
    assert_eq!((ran.code, ran.stderr.lines().count()), (1, 2), "{ran:?}");
    let rejects = std::fs::read_to_string(site.path("parts.rejects.csv")).unwrap();
    assert_eq!(rejects, "ien,serial_number,model\n12,B,\"M, \"\"N\"\"\"\n030065,D,M\n");
    site.write("mended.csv", rejects.replace("030065", "30065").replace("12,", "30065,"));
    let mended = ["component", "import", "mended.csv", "--org", "org-acmeco"];
    assert_eq!(site.done(&mended), "2 added, 0 updated, 0 unchanged, 0 refused\n");
    assert!(!site.path("mended.rejects.csv").exists(), "there is nothing to keep");

    site.write("bad.csv", "ien,serial_number\n12,B\n");
    let to = |arguments: &[&str]| {
        let import = ["component", "import", "bad.csv", "--org", "org-acmeco"];
        site.run(&[&import[..], arguments].concat())
    };
    assert_eq!(to(&["--dry-run"]).code, 1);
    assert!(!site.path("bad.rejects.csv").exists(), "a dry run writes nothing");
    assert_eq!(to(&["--dry-run", "--rejects", "mine"]).code, 1);
    assert_eq!(std::fs::read_to_string(site.path("mine")).unwrap(), "ien,serial_number\n12,B\n");
    expect![[r#"
        error: `bad.csv` is what is imported; give another file for `--rejects`
    "#]]
    .assert_eq(&to(&["--rejects", "bad.csv"]).stderr);
    let ran = to(&["--rejects", "nowhere/mine"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "nothing was imported");
    assert!(ran.stderr.starts_with("error: refused rows cannot be kept in `nowhere/mine`"), "{ran:?}");
}

#[test]
fn cl39_converted_cells_are_told_and_counted() {
    let site = Site::with_orgs();
    let pem = "-----BEGIN PUBLIC KEY-----\n\
               MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEO0eBr86rq3RuPfsFkF1C2OUEFNV3\n\
               dL3sm3oKXQe6tTPGEHcgl+GNayFpLnnZ4RTiI6rwsJL4fm3tGd5WQp1Kwg==\n\
               -----END PUBLIC KEY-----\n";
    site.write("parts.csv", format!("ien,serial_number,endorsement_key\n30065,A,\"{pem}\"\n"));
    let ran = site.run(&IMPORT);
    let told = "1 added, 0 updated, 0 unchanged, 0 refused (1 with converted cells)\n";
    assert_eq!((ran.code, ran.stdout.as_str()), (0, told));
    assert_eq!(ran.stderr, "converted: line 2, endorsement_key: taken out of PEM\n");
}
