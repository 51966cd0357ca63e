//! What callers rely on in the messages themselves.

use ovgs_proto::v1 as pb;
use prost::Message;

#[test]
fn maps_encode_in_the_order_of_their_keys() {
    let forwards = ["a", "b", "c"];
    let encode = |keys: &mut dyn Iterator<Item = &&str>| {
        let groups = keys.map(|key| ((*key).to_owned(), pb::UserRole::Admin.into())).collect();
        pb::GetUserRoleResponse { groups }.encode_to_vec()
    };
    assert_eq!(encode(&mut forwards.iter()), encode(&mut forwards.iter().rev()));
}

#[test]
fn unknown_enum_numbers_survive_decoding() {
    // The service refuses them by name of the field, so the decoder may not swallow them.
    let request = pb::AddUserRoleRequest { user_role: 77, ..Default::default() };
    let back = pb::AddUserRoleRequest::decode(request.encode_to_vec().as_slice()).unwrap();
    assert_eq!(back.user_role, 77);
    assert_eq!(back.user_role(), pb::UserRole::Unspecified);
}

#[test]
fn enum_names_on_the_wire_keep_their_prefix() {
    assert_eq!(pb::UserRole::Requestor.as_str_name(), "USER_ROLE_REQUESTOR");
    assert_eq!(pb::AccountType::ServiceAccount.as_str_name(), "ACCOUNT_TYPE_SERVICE_ACCOUNT");
}
