use super::*;

fn files(entries: &[(&str, &str)]) -> Files {
    entries.iter().map(|(name, content)| (name.into(), content.as_bytes().to_vec())).collect()
}

#[test]
fn generation_repeats_to_the_byte() {
    let proto_dir = root().join(PROTO_DIR);
    assert_eq!(generate(&proto_dir).unwrap(), generate(&proto_dir).unwrap());
}

#[test]
fn tampering_is_seen() {
    let wanted = files(&[("a.rs", "one"), ("b.rs", "two")]);
    assert!(differences(&wanted, &wanted).is_empty());
    for tampered in [
        files(&[("a.rs", "one"), ("b.rs", "two ")]),
        files(&[("a.rs", "one")]),
        files(&[("a.rs", "one"), ("b.rs", "two"), ("c.rs", "three")]),
    ] {
        assert_eq!(differences(&wanted, &tampered).len(), 1);
    }
}
