//! Genuine digests and signatures over what was changed.

use der::{Tag, TagNumber, asn1::ObjectIdentifier};
use ovgs_voucher::{FileSigner, LocalSigner as _};
use sha2::{Digest as _, Sha256};

use crate::{Body, Element};

/// RFC 5652 §11.2.
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNED_ATTRIBUTES: Tag = Tag::ContextSpecific { constructed: true, number: TagNumber::N0 };

/// What came of signing again.
pub struct Resigned {
    /// The CMS object.
    pub der: Vec<u8>,
    /// The signature in it.
    pub signature: Vec<u8>,
}

/// Writes the SHA-256 of the content into the signed attributes, and a genuine signature under them.
///
/// None if `der` does not look like a SignedData with a signer. Whether it is a good one is for others to say.
pub fn resign(der: &[u8], key: &FileSigner) -> Option<Resigned> {
    let mut tree = Element::read(der)?;
    let digest = content(&tree).map(|content| Sha256::digest(content).to_vec());
    let signer = tree.at_mut(&[1, 0])?.elements_mut()?.last_mut()?.at_mut(&[0])?;
    let to_sign =
        signer.elements_mut()?.iter_mut().find(|part| part.tag == SIGNED_ATTRIBUTES).map(|set| {
            digest.iter().for_each(|digest| put_digest(set, digest));
            Element { tag: Tag::Set, ..set.clone() }.write()
        })?;
    let place = signer.elements_mut()?.iter_mut().find(|part| part.tag == Tag::OctetString)?;
    let signature = key.sign_now(&to_sign).ok()?;
    place.body = Body::Octets(signature.clone());
    Some(Resigned { der: tree.write(), signature })
}

fn content(tree: &Element) -> Option<&[u8]> {
    match &tree.at(&[1, 0, 2, 1, 0])?.body {
        Body::Octets(octets) => Some(octets),
        Body::Elements(_) => None,
    }
}

fn put_digest(attributes: &mut Element, digest: &[u8]) {
    for attribute in attributes.elements_mut().into_iter().flatten() {
        if let (true, Some(value)) = (is_digest(attribute), attribute.at_mut(&[1, 0])) {
            value.body = Body::Octets(digest.to_vec());
        }
    }
}

fn is_digest(attribute: &Element) -> bool {
    match attribute.at(&[0]) {
        Some(Element { tag: Tag::ObjectIdentifier, body: Body::Octets(oid) }) => {
            oid == MESSAGE_DIGEST.as_bytes()
        }
        _ => false,
    }
}
