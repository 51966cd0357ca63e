//! The sizes that `service` foretells are those that the encoder makes.

use std::sync::LazyLock;

use ovgs_domain::{Description, EkCertificate, Ien, MacAddress, Model, OrgId, SerialNumber, Username};
use proptest::{collection, option, prelude::*};
use prost::Message;

use super::*;
use crate::service::sizes;

/// A public key, and a certificate of one.
static KEYS: LazyLock<(PublicKey, EkCertificate)> = LazyLock::new(|| {
    use rcgen::PublicKeyData;
    let key = rcgen::KeyPair::generate().expect("a key");
    let certificate = rcgen::CertificateParams::default().self_signed(&key).expect("a certificate");
    let public = PublicKey::parse(&key.subject_public_key_info()).expect("a public key");
    (public, EkCertificate::parse(certificate.der()).expect("a certificate"))
});

fn group_ids(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<GroupId>> {
    collection::vec("[a-z-]{1,128}".prop_map(|id| GroupId::parse(&id).expect("an id")), count)
}

fn org_id() -> impl Strategy<Value = OrgId> {
    "org-[a-z]{1,124}".prop_map(|id| OrgId::parse(&id).expect("an id"))
}

fn component_id() -> impl Strategy<Value = ComponentId> {
    (1..=u32::MAX, "[A-Z0-9]{1,64}").prop_map(|(ien, serial)| ComponentId {
        ien: Ien::parse(&ien.to_string()).expect("a number"),
        serial_number: SerialNumber::parse(&serial).expect("a serial number"),
    })
}

prop_compose! {
    fn facts()(
        model in option::of("[a-zä]{1,128}"),
        mac in any::<bool>(),
        endorsement in 0..3,
        primary in any::<bool>(),
    ) -> Facts {
        let (key, certificate) = &*KEYS;
        Facts {
            model: model.map(|model| Model::parse(&model).expect("a model")),
            mac_addr: mac.then(|| MacAddress::parse("001c73abcd01").expect("an address")),
            endorsement: match endorsement {
                0 => None,
                1 => Some(Endorsement::Key(key.clone())),
                _ => Some(Endorsement::Certificate(certificate.clone())),
            },
            platform_primary_key: primary.then(|| key.clone()),
            idevid_issuer: None,
        }
    }
}

prop_compose! {
    fn group_details()(
        mut ids in group_ids(1..40),
        description in "[a-zä]{0,256}",
        certs in collection::vec("[a-z-]{1,128}", 0..4),
        components in collection::vec(component_id(), 0..50),
        users in collection::vec(("[a-zö]{1,256}", org_id()), 0..10),
        delegations in collection::vec((option::of(org_id()), group_ids(0..20)), 0..4),
    ) -> GroupDetails {
        let id = ids.pop().expect("one at least");
        let user = |(name, org): (String, OrgId)| {
            let username = Username::parse(&name).expect("a name");
            (User { org, username, user_type: UserType::ServiceAccount }, Role::Requestor)
        };
        let delegation = |(org, groups): (Option<OrgId>, _)| (org.map_or(Delegate::Any, Delegate::Org), groups);
        GroupDetails {
            id,
            description: Description::parse_or_empty(&description).expect("a description"),
            cert_ids: certs.iter().map(|id| CertId::parse(id).expect("an id")).collect(),
            components,
            users: users.into_iter().map(user).collect(),
            child_group_ids: ids,
            delegated_orgs: delegations.into_iter().map(delegation).collect(),
        }
    }
}

proptest! {
    #[test]
    fn the_size_of_a_group_is_foretold(details in group_details()) {
        let octets = |id: &ComponentId| id.ien.to_string().len() + id.serial_number.as_str().len();
        let id_octets: usize = details.components.iter().map(octets).sum();
        let components = sizes::components(details.components.len() as u64, id_octets as u64);
        let foretold = sizes::group(&details) + components;
        prop_assert_eq!(foretold, get_group(details).encoded_len());
    }

    #[test]
    fn the_size_of_a_component_is_foretold(facts in facts(), group_ids in group_ids(1..3), id in component_id()) {
        let details = SerialDetails { id, group_ids: group_ids.into(), facts };
        let foretold = sizes::field(sizes::serial(&details));
        prop_assert_eq!(foretold, get_serials(vec![details]).encoded_len());
    }

    #[test]
    fn the_size_of_a_voucher_is_foretold(facts in facts(), length in 1..40_000_usize) {
        let foretold = sizes::field(sizes::field(length) + sizes::identity(&facts));
        let voucher = SignedVoucher { cms: vec![0; length], facts };
        prop_assert_eq!(foretold, get_ownership_vouchers(vec![voucher]).encoded_len());
    }
}
