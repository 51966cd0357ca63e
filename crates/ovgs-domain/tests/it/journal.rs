//! Who did it, and in which request.

use ovgs_domain::{Author, Excerpt, Invalid, RequestId, Username};

use crate::generators::users;

#[test]
fn authors_are_users_or_somebody_at_the_command_line() {
    let names: Vec<String> = users().into_iter().take(2).map(|user| Author::User(user).to_string()).collect();
    assert_eq!(names, ["org-acmeco/user/ann", "org-acmeco/service-account/ann"]);
    assert_eq!(Author::Cli(Username::parse("root").unwrap()).to_string(), "cli:root");
}

#[test]
fn request_ids_are_up_to_64_printable_ascii_characters() {
    for good in ["a", " ", "~", &"x".repeat(64)] {
        assert_eq!(RequestId::parse(good).map(|id| id.to_string()).as_deref(), Ok(good));
    }
    assert_eq!(RequestId::parse(""), Err(Invalid::Empty));
    assert_eq!(RequestId::parse(&"x".repeat(65)), Err(Invalid::TooLong { length: 65, max: 64 }));
    for bad in ["\u{7f}", "a\nb", "ü", "\0"] {
        assert_eq!(RequestId::parse(bad), Err(Invalid::NotAscii(Excerpt::of(bad))));
    }
}
