//! Wrong usage, help, and output that nobody reads.

use std::process::Stdio;

use super::site::{Site, binary, finish};

fn code(arguments: &[&str]) -> i32 {
    finish(&mut binary(std::env::temp_dir().as_ref(), arguments), b"").code
}

#[test]
fn cl01_what_the_parser_can_see_is_wrong_usage() {
    let wrong: &[&[&str]] = &[
        &[],
        &["fly"],
        &["org"],
        &["org", "create"],
        &["org", "create", "acmeco"],
        &["org", "create", "org-"],
        &["org", "create", "org-a", "--description", "a\nb"],
        &["org", "show", "org- a"],
        &["user", "add", "--org", "acmeco", "--type", "user", "ann"],
        &["user", "add", "--org", "org-a", "--type", "robot", "ann"],
        &["user", "add", "--org", "org-a", "--type", "user", ""],
        &[
            "role", "grant", "--group", "g", "--org", "org-a", "--type", "user", "--user", "a", "--role",
            "owner",
        ],
        &["role", "grant", "--group", "g", "--org", "org-a", "--type", "user", "--user", "a"],
        &[
            "role", "revoke", "--group", "g", "--org", "org-a", "--type", "user", "--user", "a", "--role",
            "admin",
        ],
        &["token", "issue", "--org", "org-a", "--type", "user", "ann", "--ttl", "90"],
        &["token", "issue", "--org", "org-a", "--type", "user", "ann", "--ttl", "0s"],
        &["token", "issue", "--org", "org-a", "--type", "user", "ann", "--ttl", "3000000d"],
        &["token", "revoke"],
        &["component", "import", "parts.csv"],
        &["component", "show", "030065", "A"],
        &["component", "show", "30065"],
        &["component", "transfer", "30065", "A"],
        &["audit", "list", "--since", "yesterday"],
        &["audit", "list", "--component", "x", "A"],
        &["voucher", "verify", "v.vcj"],
        &["voucher", "verify", "v.vcj", "--trust-anchor", "r.pem", "--at", "noon"],
        &["voucher", "verify", "v.vcj", "--trust-anchor", "r.pem", "--profile", "jws"],
        &["dev", "--listen", "localhost"],
        &["dev", "--listen", "127.0.0.1:99999"],
        &["dev", "--config", "ovgs.toml"],
        &["serve", "--listen", "127.0.0.1:1"],
    ];
    for arguments in wrong {
        assert_eq!(code(arguments), 2, "{arguments:?}");
    }
}

#[test]
fn cl02_help_is_everywhere() {
    let commands = [
        "dev",
        "serve",
        "config check",
        "config example",
        "db migrate",
        "db status",
        "db backup",
        "db restore",
        "db check",
        "org create",
        "org list",
        "org show",
        "org delete",
        "user add",
        "user list",
        "user remove",
        "role grant",
        "role revoke",
        "token issue",
        "token list",
        "token revoke",
        "component import",
        "component export",
        "component show",
        "component retire",
        "component transfer",
        "audit list",
        "audit export",
        "voucher verify",
        "voucher inspect",
        "voucher list",
        "org",
        "",
    ];
    for command in commands {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let ran = finish(&mut binary(std::env::temp_dir().as_ref(), &arguments), b"");
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{command}");
        assert!(ran.stdout.contains("Usage: ovgs-server"), "{command}: {}", ran.stdout);
    }
    assert_eq!(code(&["--version"]), 0);
}

#[test]
fn cl03_output_that_nobody_reads_is_no_failure() {
    let site = Site::with_orgs();
    for arguments in [&["config", "example"][..], &["org", "list"], &["--help"]] {
        let mut child =
            site.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
}

#[test]
fn cl04_a_failure_stays_one_though_nobody_reads() {
    let site = Site::with_orgs();
    site.write("parts.csv", "ien,serial_number\n30065,\n");
    let import = ["component", "import", "parts.csv", "--org", "org-acmeco"];
    let mut child = site.command(&import).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "line 2, serial_number: must not be empty\n");
}

#[test]
fn cl05_help_says_what_it_is_and_what_each_argument_is() {
    let help = |arguments: &[&str]| finish(&mut binary(std::env::temp_dir().as_ref(), arguments), b"").stdout;
    let first = help(&["--help"]);
    assert!(first.starts_with("Ownership vouchers for devices (RFC 8366), served over gRPC"), "{first}");
    for command in ["create", "show", "delete"] {
        let shown = help(&["org", command, "--help"]);
        assert!(shown.contains("<ORG_ID>  Its id"), "{shown}");
    }
}

#[test]
fn cl06_wrong_usage_shows_no_more_of_a_value_than_64_characters() {
    let long = format!("x{}", "y".repeat(1000));
    for arguments in [&["org", "show", &long][..], &["org", &long], &[&format!("--{long}")], &["dev", &long]]
    {
        let ran = finish(&mut binary(std::env::temp_dir().as_ref(), arguments), b"");
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains("yyyy…") && !ran.stderr.contains(&"y".repeat(65)), "{}", ran.stderr);
    }
}
