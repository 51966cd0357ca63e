use super::{Wanted, targets};

#[test]
fn every_target_has_a_corpus() {
    for target in targets().unwrap() {
        let corpus = crate::workspace::root().join(super::FUZZ).join("corpus").join(&target);
        assert!(std::fs::read_dir(corpus).is_ok_and(|files| files.count() > 0), "{target}");
    }
}

#[test]
fn options_and_targets_come_in_any_order() {
    let wanted = Wanted::read(&["verify", "--smoke", "cms"]).unwrap();
    assert!(wanted.smoke);
    assert_eq!(wanted.targets, ["verify", "cms"]);
    assert!(!Wanted::read(&[]).unwrap().smoke);
    assert!(Wanted::read(&["--fast"]).is_err());
}
