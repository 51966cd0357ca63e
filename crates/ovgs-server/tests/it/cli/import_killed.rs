//! An import that is killed, again and again, and then run to its end.

use std::{
    collections::BTreeSet,
    io::Write,
    process::{Child, Stdio},
};

use rand::Rng;

use super::site::Site;

const ROWS: usize = 24_000;

/// How often the import is killed.
const KILLS: usize = 4;

const HEADER: &str =
    "ien,serial_number,model,mac_addr,endorsement_key,ek_certificate,platform_primary_key,idevid_issuer";

/// The rows as an export writes them.
fn rows() -> Vec<String> {
    (0..ROWS)
        .map(|n| format!("30065,JPE{n:06},M{},00:1c:73:00:{:02x}:{:02x},,,,", n % 9, n / 256, n % 256))
        .collect()
}

/// Starts an import and feeds it so many rows, without an end: what it has read by then, but for what is in the pipe, it
/// writes as it goes.
fn feed(site: &Site, rows: &[String]) -> Child {
    let mut command = site.command(&["component", "import", "-", "--org", "org-acmeco"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{HEADER}").unwrap();
    for row in rows {
        writeln!(stdin, "{row}").unwrap();
    }
    // It goes with the process, so that the import never sees an end.
    child.stdin = Some(stdin);
    child
}

#[test]
fn cl38_an_import_that_was_killed_is_finished_by_running_it_again() {
    let site = Site::with_orgs();
    let rows = rows();
    let all: BTreeSet<&str> = rows.iter().map(String::as_str).collect();
    let mut known = 0;
    for _ in 0..KILLS {
        let fed = rand::rng().random_range(1..ROWS);
        let mut child = feed(&site, &rows[..fed]);
        child.kill().unwrap();
        child.wait().unwrap();
        let export = site.done(&["component", "export", "--org", "org-acmeco"]);
        let parts: Vec<&str> = export.lines().skip(1).collect();
        assert!(
            parts.iter().all(|part| all.contains(part)),
            "a part is not as in the file, after {fed} rows"
        );
        assert!((known..=known.max(fed)).contains(&parts.len()), "{} parts after {fed} rows", parts.len());
        known = parts.len();
    }
    let file = format!("{HEADER}\n{}\n", rows.join("\n"));
    site.write("parts.csv", &file);
    let told = site.done(&["component", "import", "parts.csv", "--org", "org-acmeco"]);
    assert_eq!(told, format!("{} added, 0 updated, {known} unchanged, 0 refused\n", ROWS - known));
    assert!(site.done(&["component", "export", "--org", "org-acmeco"]) == file, "the export is not the file");
    // One event for each part, however often its row was read.
    let events = site.done(&["audit", "export", "--org", "org-acmeco"]);
    assert_eq!(events.lines().count(), ROWS + 1);
}
