//! Who is at the keyboard.

use ovgs_domain::Username;

/// The name of the account this process runs under. The password file is asked before the environment, in which
/// anybody can write what they like.
pub(super) fn name() -> Username {
    let names =
        [from_system(), std::env::var("LOGNAME").ok(), std::env::var("USER").ok(), Some("unknown".into())];
    let first = names.into_iter().flatten().find_map(|name| Username::parse(&name).ok());
    // Invariant: the last of the names is a good one.
    #[expect(clippy::expect_used, reason = "`unknown` is a username")]
    first.expect("`unknown` is a username")
}

#[cfg(target_os = "linux")]
fn from_system() -> Option<String> {
    use std::os::linux::fs::MetadataExt as _;

    let uid = std::fs::metadata("/proc/self").ok()?.st_uid();
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    named(&accounts, uid)
}

#[cfg(not(target_os = "linux"))]
fn from_system() -> Option<String> {
    None
}

/// The name of an account in a password file.
#[cfg(any(target_os = "linux", test))]
fn named(accounts: &str, uid: u32) -> Option<String> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, id) = (fields.next()?, fields.nth(1)?);
        (id.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_number() {
        let accounts = "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n";
        assert_eq!(named(accounts, 1000).as_deref(), Some("ann"));
        assert_eq!(named(accounts, 7), None);
        assert!(!name().as_str().is_empty());
    }
}
