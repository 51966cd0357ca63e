//! The value table of the contract, row by row.

use proptest::prelude::*;

use crate::{
    CertId, Delegate, Description, Excerpt, GroupId, Ien, Invalid, MacAddress, Model, OrgId, Role,
    SerialNumber, UserType, Username, fixtures::time, floor_to_micros, floor_to_seconds,
};

/// A value's reader, as far as these tests care: what stands there afterwards, or what is wrong.
type Reader = (&'static str, fn(&str) -> Result<String, Invalid>);

macro_rules! reader {
    ($type:ident) => {
        (stringify!($type), |value| $type::parse(value).map(|it| it.as_str().to_owned()))
    };
}

/// Those that take any printable text, with their bounds.
const PRINTABLE: [(Reader, usize); 3] =
    [(reader!(Username), 256), (reader!(Description), 256), (reader!(Model), 128)];

/// Those that take printable ASCII with spaces anywhere, with their bounds.
const ASCII: [(Reader, usize); 2] = [(reader!(GroupId), 128), (reader!(CertId), 128)];

fn serial_number() -> Reader {
    reader!(SerialNumber)
}

fn org_name() -> Reader {
    ("OrgId", |name| OrgId::parse(&format!("org-{name}")).map(|org| org.name().to_owned()))
}

/// Those that take printable ASCII without space at either end, with their bounds.
fn trimmed() -> [(Reader, usize); 2] {
    [(serial_number(), 64), (org_name(), 124)]
}

fn every() -> Vec<(Reader, usize)> {
    PRINTABLE.into_iter().chain(ASCII).chain(trimmed()).collect()
}

#[test]
fn texts_have_their_bounds_in_characters() {
    for ((name, parse), max) in every() {
        assert!(parse("x").is_ok(), "{name}");
        assert!(parse(&"x".repeat(max)).is_ok(), "{name}");
        let length = if name == "OrgId" { max + 5 } else { max + 1 };
        let too_long = Invalid::TooLong { length, max: length - 1 };
        assert_eq!(parse(&"x".repeat(max + 1)), Err(too_long), "{name}");
    }
    for ((name, parse), max) in PRINTABLE {
        assert!(parse(&"ü".repeat(max)).is_ok(), "{name} counts bytes");
        assert_eq!(parse(&"ü".repeat(max + 1)), Err(Invalid::TooLong { length: max + 1, max }), "{name}");
    }
}

#[test]
fn only_an_organizations_description_may_be_empty() {
    for ((name, parse), _) in every().into_iter().filter(|((name, _), _)| *name != "OrgId") {
        assert_eq!(parse(""), Err(Invalid::Empty), "{name}");
    }
    assert_eq!(Description::parse_or_empty("").map(|d| d.as_str().to_owned()), Ok(String::new()));
    assert_eq!(Description::parse_or_empty("a\n"), Err(Invalid::Unprintable { code: 0x0a }));
}

#[test]
fn control_format_and_separator_characters_are_refused_everywhere() {
    let control = ['\0', '\t', '\n', '\r', '\u{1b}', '\u{1f}', '\u{7f}', '\u{80}', '\u{85}', '\u{9f}'];
    let format = [
        '\u{ad}',
        '\u{600}',
        '\u{61c}',
        '\u{200b}',
        '\u{200d}',
        '\u{202e}',
        '\u{2066}',
        '\u{feff}',
        '\u{e0001}',
    ];
    let separators = ['\u{2028}', '\u{2029}'];
    for character in control.into_iter().chain(format).chain(separators) {
        let refused = Err(Invalid::Unprintable { code: u32::from(character) });
        for ((name, parse), _) in every() {
            assert_eq!(parse(&format!("a{character}b")), refused, "{name}");
            assert_eq!(parse(&format!("{character}\0")), refused, "{name} does not name the first one");
        }
    }
}

#[test]
fn other_characters_are_taken_where_any_text_is() {
    // Letters with and without marks, blanks of other widths, symbols, private use, not assigned.
    for text in
        ["Zürich", "Zu\u{308}rich", "東京 🏢", "a\u{a0}b", "\u{3000}", " ", "\u{e000}", "\u{378}", "`\"'\\"]
    {
        for ((name, parse), _) in PRINTABLE {
            assert_eq!(parse(text).as_deref(), Ok(text), "{name} changes or refuses {text:?}");
        }
        for ((name, parse), _) in ASCII.into_iter().chain(trimmed()).filter(|_| !text.is_ascii()) {
            assert_eq!(parse(text), Err(Invalid::NotAscii(Excerpt::of(&shown(name, text)))), "{name}");
        }
    }
}

/// What a message shows of a value that a reader was given.
fn shown(name: &str, text: &str) -> String {
    if name == "OrgId" { format!("org-{text}") } else { text.to_owned() }
}

#[test]
fn ascii_is_taken_from_the_space_to_the_tilde() {
    for character in ' '..='~' {
        for ((name, parse), _) in ASCII.into_iter().chain(trimmed()) {
            let inside = format!("a{character}b");
            assert_eq!(parse(&inside).as_deref(), Ok(&*inside), "{name}");
        }
    }
}

#[test]
fn outer_spaces_are_refused_in_names_and_serial_numbers_and_kept_elsewhere() {
    for text in [" a", "a ", " a ", " "] {
        for ((name, parse), _) in trimmed() {
            assert_eq!(parse(text), Err(Invalid::OuterSpace(Excerpt::of(text))), "{name}");
        }
        for ((name, parse), _) in PRINTABLE.into_iter().chain(ASCII) {
            assert_eq!(parse(text).as_deref(), Ok(text), "{name}");
        }
    }
}

#[test]
fn tp13_serial_numbers_are_neither_trimmed_nor_folded() {
    let [upper, lower] = ["ABC101", "abc101"].map(|serial| SerialNumber::parse(serial).unwrap());
    assert_ne!(upper, lower);
    assert_eq!(upper.to_string(), "ABC101");
}

#[test]
fn organizations_are_org_and_a_name() {
    for bad in ["acmeco", "Org-acmeco", "ORG-acmeco", "org", "org-", "group-1", " org-acmeco"] {
        assert_eq!(OrgId::parse(bad), Err(Invalid::NoOrgPrefix(Excerpt::of(bad))));
    }
    let org = OrgId::parse("org-Acme & Co.").unwrap();
    assert_eq!((org.name(), org.root().as_str()), ("Acme & Co.", "org-Acme & Co."));
    // The longest organization's root is still a group id.
    let longest = OrgId::parse(&format!("org-{}", "x".repeat(124))).unwrap();
    assert_eq!(GroupId::parse(longest.root().as_str()), Ok(longest.root()));
}

#[test]
fn delegates_are_the_star_or_an_organization() {
    let (acme, other) = (OrgId::parse("org-acmeco").unwrap(), OrgId::parse("org-other").unwrap());
    let [any, one] = ["*", "org-acmeco"].map(|text| Delegate::parse(text).unwrap());
    assert_eq!((any.as_str(), one.as_str()), ("*", "org-acmeco"));
    assert!(any.covers(&acme) && any.covers(&other) && one.covers(&acme) && !one.covers(&other));
    assert!(any < one, "the star sorts before every organization, as its text does");
    for bad in ["", "**", " *", "acmeco", "org-*\n"] {
        assert!(Delegate::parse(bad).is_err(), "{bad:?} was taken");
    }
}

#[test]
fn iens_are_what_the_pattern_says() {
    for good in ["1", "9", "10", "30065", "999999999", "1000000000", "4294967295"] {
        assert_eq!(Ien::parse(good).map(|ien| ien.to_string()).as_deref(), Ok(good));
    }
    for bad in
        ["0", "00", "01", "4294967296", "9999999999", "10000000000", "-1", "1.0", "1e3", "1 ", "1_0", "١"]
    {
        assert_eq!(Ien::parse(bad), Err(Invalid::NotIen(Excerpt::of(bad))));
    }
    assert_eq!(Ien::parse(""), Err(Invalid::Empty));
}

#[test]
fn mac_addresses_are_kept_as_lower_case_with_colons() {
    let forms =
        ["001C73abCD01", "00:1c:73:AB:cd:01", "00-1C-73-AB-CD-01", "00.1c.73.ab.cd.01", "001c.73ab.cd01"];
    for form in forms {
        assert_eq!(MacAddress::parse(form).map(|mac| mac.to_string()).as_deref(), Ok("00:1c:73:ab:cd:01"));
    }
    let bad = [
        "",
        "001c73abcd0",
        "001c73abcd011",
        "00:1c:73:ab:cd",
        "00:1c:73:ab:cd:01:02",
        "00:1c-73:ab:cd:01",
        "001c:73ab:cd01",
        "001-c73-abc-d01",
        "0:1c:73:ab:cd:001",
        "00:1c:73:ab:cd:0g",
        " 001c73abcd01",
        "+01c73abcd01",
        "00 1c 73 ab cd 01",
        "::::::",
        "00:1c:73:ab:cd:é",
        "0x1c73abcd01",
    ];
    for bad in bad {
        assert_eq!(MacAddress::parse(bad), Err(Invalid::NotMac(Excerpt::of(bad))));
    }
}

#[test]
fn names_of_roles_and_user_types_come_back() {
    for role in Role::ALL {
        assert_eq!(Role::parse(role.as_str()), Ok(role));
        assert_eq!(role.to_string(), role.as_str().to_uppercase());
    }
    for user_type in [UserType::User, UserType::ServiceAccount] {
        assert_eq!(UserType::parse(&user_type.to_string()), Ok(user_type));
    }
    for bad in ["", "ADMIN", "Admin", "owner", "user ", "SERVICE_ACCOUNT", "service_account"] {
        assert!(Role::parse(bad).is_err() && UserType::parse(bad).is_err(), "{bad:?} was taken");
    }
}

#[test]
fn times_are_floored_before_the_epoch_too() {
    let early = time("0001-01-01T00:00:00.999999999Z");
    assert_eq!(floor_to_seconds(early), time("0001-01-01T00:00:00Z"));
    assert_eq!(floor_to_micros(early), time("0001-01-01T00:00:00.999999Z"));
    let late = time("2026-11-21T20:33:03.123456789Z");
    assert_eq!(floor_to_seconds(late), time("2026-11-21T20:33:03Z"));
    assert_eq!(floor_to_micros(late), time("2026-11-21T20:33:03.123456Z"));
}

#[test]
fn an_excerpt_says_that_it_is_one() {
    assert_eq!(Excerpt::of(&"x".repeat(64)).to_string(), "x".repeat(64));
    assert_eq!(Excerpt::of(&"x".repeat(65)).to_string(), format!("{}…", "x".repeat(63)));
    assert_eq!(Excerpt::of("a\u{202e}b\0\n").to_string(), r"a\u{202e}b\0\n");
    assert_eq!(Excerpt::of(&"\n".repeat(64)).to_string(), format!("{}\\…", r"\n".repeat(31)));
}

proptest! {
    #[test]
    fn no_message_shows_more_than_64_characters_of_a_value_or_anything_unprintable(
        value in prop_oneof!["\\PC{0,300}", "[a-z]{65,300}", any::<String>()],
    ) {
        let of_texts = every().into_iter().filter_map(|((_, parse), _)| parse(&value).err());
        let of_others = [
            OrgId::parse(&value).err(), Delegate::parse(&value).err(), Ien::parse(&value).err(),
            MacAddress::parse(&value).err(), Role::parse(&value).err(), UserType::parse(&value).err(),
        ];
        let beyond: String = value.chars().take(65).collect();
        for invalid in of_texts.chain(of_others.into_iter().flatten()) {
            let message = invalid.to_string();
            prop_assert!(value.chars().count() <= 64 || !message.contains(&beyond), "{}", message);
            prop_assert!(!message.chars().any(|c| c.is_control() || c == '\u{2028}'), "{message:?}");
            prop_assert!(message.chars().count() <= 64 + 120, "{message:?}");
        }
    }

    #[test]
    fn what_is_taken_is_kept_byte_for_byte(value in "[ -~]{1,70}|\\PC{1,40}") {
        for ((name, parse), _) in every() {
            if let Ok(kept) = parse(&value) {
                prop_assert_eq!(&kept, &value, "{}", name);
            }
        }
    }
}
