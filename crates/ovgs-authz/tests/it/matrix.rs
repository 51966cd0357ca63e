//! The policy matrix: printed, checked in, and held against the naive reference.

use expect_test::expect_file;
use ovgs_authz::Operation;
use ovgs_domain::User;

use crate::{
    scenario::{HELD, ROWS, Relation, Row, call, scene},
    world::{Call, World},
};

/// What the file says before the table.
const HEAD: &str = "\
# Who may make which call, and from where. `cargo test -p ovgs-authz` fails if this file and the permission
# table differ (UPDATE_EXPECT=1 writes it anew); the server's tests read it and try every cell through gRPC.
#
# A cell has one place each for a caller with no role, REQUESTOR, ASSIGNER, ADMIN and SUPPORT. A letter (N, R, A,
# M, S): allowed. A dot: refused. A dash: there is no such caller, because SUPPORT is held in root groups only.
#
# R            The groups of org-acmeco; G is acted on. There are also org-partner, org-other and org-vendor, the only
# └── P        support organization. G is delegated to org-partner and org-vendor. `member` of org-acmeco and `member`
#     ├── G    of org-partner hold REQUESTOR in G. The caller holds its role, and nobody else holds any:
#     │   └── D    same-group, ancestor, descendant, sibling   a user of org-acmeco holds it in G, R, D, S
#     └── S        delegated                                   a user of org-partner holds it in G
#                  foreign                                     a user of org-other holds it in org-other's root
# A caller with SUPPORT is of org-vendor: as ancestor it holds it in R, as foreign in org-vendor's own root.
#
# on: the group, or the group of the component or certificate. G<D: a component of D moves into G (R: of the root
# alone). G+D: a component of G, a certificate of D. CreateGroup makes a child of G. The two delegation calls name
# `*` (Add) and org-vendor (Remove). The role calls name REQUESTOR and a user of org-partner where the caller is the
# delegated one, else of org-acmeco: `newcomer`, who holds no role, for AddUserRole, `member` for the other two.
# R: the accounts of org-acmeco; RegisterUser names `newcomer`, RemoveUser and the token calls the service account
# `robot`, who holds no role.
#
# Each cell starts anew, `security.conceal_foreign` is off, and nothing but the permission stands in the way. Allowed
# is OK, refused PERMISSION_DENIED, with two exceptions: DeleteGroup, allowed, is FAILED_PRECONDITION, because G is
# not empty; GetUserRole is always OK, and G is in its answer if allowed.

";

fn cell(row: Row, relation: Relation, allows: &impl Fn(&World, &User, &Call) -> bool) -> String {
    let letter = |(letter, held)| match scene(relation, held) {
        None => '-',
        Some((world, caller)) if allows(&world, &caller, &call(row, relation)) => letter,
        Some(_) => '.',
    };
    HELD.map(letter).iter().collect()
}

fn line(operation: &str, on: &str, cells: [&str; 6]) -> String {
    let [a, b, c, d, e, f] = cells;
    format!("{operation:<24} {on:<4} {a:<11} {b:<9} {c:<11} {d:<8} {e:<10} {f}\n")
}

fn table(allows: impl Fn(&World, &User, &Call) -> bool) -> String {
    let header = line("call", "on", Relation::ALL.map(Relation::name));
    let rows = ROWS.iter().map(|row| {
        let cells = Relation::ALL.map(|relation| cell(*row, relation, &allows));
        line(row.operation.name(), row.on, cells.each_ref().map(String::as_str))
    });
    [header].into_iter().chain(rows).collect()
}

#[test]
fn the_matrix_is_as_it_was_checked_in() {
    let decided = table(|world, caller, call| world.trees().allows(caller, call));
    expect_file!["./policy-matrix.txt"].assert_eq(&format!("{HEAD}{decided}"));
}

#[test]
fn the_matrix_is_what_the_contract_says() {
    let decided = table(|world, caller, call| world.trees().allows(caller, call));
    assert_eq!(decided, table(World::may));
}

#[test]
fn every_call_has_a_row() {
    let mut listed: Vec<Operation> = ROWS.iter().map(|row| row.operation).collect();
    listed.dedup();
    assert_eq!(listed, Operation::ALL);
}

#[test]
fn get_user_role_shows_the_group_where_the_matrix_allows_it() {
    let shows_it = |world: &World, caller: &User, call: &Call| {
        let trees = world.trees();
        let view = trees.policy.view(caller, trees.org_of(&call.group));
        view.assignments(&call.user).any(|(group, _)| *group == call.group)
    };
    let row = Row { operation: Operation::GetUserRole, on: "G" };
    for relation in Relation::ALL {
        let decided = cell(row, relation, &|world, caller, call| world.trees().allows(caller, call));
        assert_eq!(cell(row, relation, &shows_it), decided, "{relation:?}");
    }
}
