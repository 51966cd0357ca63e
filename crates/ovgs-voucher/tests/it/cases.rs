//! Every conformance case is a test, or a line of `cases.md`.

use std::{collections::BTreeSet, fs, path::Path};

#[test]
fn every_case_is_a_test_or_is_listed_with_a_reason() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let mut tested = BTreeSet::new();
    collect(&folder, &mut tested);
    let listed: BTreeSet<String> = fs::read_to_string(folder.join("cases.md"))
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" |"))
        .map(|(case, _)| case.to_lowercase())
        .filter(|case| is_case(case))
        .collect();
    let of = |letters: &str, count: usize| {
        (1..=count).map(|number| format!("{letters}{number:02}")).collect::<Vec<_>>()
    };
    let all: BTreeSet<String> = [of("ve", 25), of("cm", 33), of("vr", 24)].concat().into_iter().collect();
    let neither: Vec<_> =
        all.iter().filter(|case| !tested.contains(*case) && !listed.contains(*case)).collect();
    let both: Vec<_> = tested.intersection(&listed).collect();
    let unknown: Vec<_> = tested.union(&listed).filter(|case| !all.contains(*case)).collect();
    assert_eq!((neither, both, unknown), (vec![], vec![], vec![]));
}

/// The ids in the names of the tests in this folder and those below.
fn collect(folder: &Path, cases: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, cases);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            let names = source.lines().filter_map(|line| line.trim_start().strip_prefix("fn "));
            cases.extend(
                names.flat_map(|name| name.split('_')).filter(|word| is_case(word)).map(str::to_owned),
            );
        }
    }
}

/// Two letters and two digits, as in `cm07`.
fn is_case(word: &str) -> bool {
    let letters = ["ve", "cm", "vr"].iter().find_map(|letters| word.strip_prefix(letters));
    letters.is_some_and(|digits| digits.len() == 2 && digits.bytes().all(|c| c.is_ascii_digit()))
}
