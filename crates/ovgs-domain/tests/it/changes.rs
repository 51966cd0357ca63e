//! Random changes, whether they fit or not.

use ovgs_domain::{Org, Revision};
use proptest::prelude::*;

use crate::{
    generators::{an_organization, draws},
    reference::sorted,
};

proptest! {
    #[test]
    fn a_change_fits_or_leaves_the_tree_as_it_was(naive in an_organization(30), draws in draws(30)) {
        let mut naive = naive;
        let mut org = Org::from_records(naive.0.clone()).unwrap();
        for draw in draws {
            let change = draw.change(&naive);
            let before = org.clone();
            let fits = org.apply(&change).is_ok();
            prop_assert_eq!(fits, naive.fits(&change), "{:?}", change);
            if fits {
                naive.apply(&change);
                prop_assert_eq!(org.revision(), Revision(before.revision().0 + 1));
                prop_assert_eq!(sorted(org.records()), sorted(naive.0.clone()), "{:?}", change);
                // What is kept twice, by group and by user or certificate, still agrees.
                prop_assert_eq!(&Org::from_records(org.records()).unwrap(), &org, "{:?}", change);
            } else {
                prop_assert_eq!(&org, &before, "{:?}", change);
            }
        }
    }
}
