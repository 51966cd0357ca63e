//! What a voucher's signature is made over, read back by the one who is asked to sign it.

use chrono::{DateTime, Utc};

use crate::{Invalid, Profile, SignatureAlgorithm, cms::encode};

/// The signed attributes of a voucher: what [`Prepared::to_sign`](crate::Prepared::to_sign) says.
///
/// A signer that signs whatever it is given can be made to sign certificates, tokens and orders. One that reads
/// its messages first signs vouchers alone, or at the worst another CMS object of plain data:
///
/// ```
/// use ovgs_voucher::{Profile, SignatureAlgorithm, SignedAttributes};
/// # use ovgs_voucher::{SigningChain, Template};
/// # let root = rcgen::generate_simple_self_signed(["root".to_owned()])?;
/// # let chain = SigningChain::from_pem(root.cert.pem().as_bytes())?;
/// # let algorithm = SignatureAlgorithm::EcdsaP256Sha256;
/// # let now = "2026-11-21T20:33:03Z".parse()?;
/// # let prepared = Template::new(&chain, Profile::Rfc8366, algorithm)?.prepare(b"{}".to_vec(), now)?;
/// let asked = SignedAttributes::read(prepared.to_sign(), algorithm)?;
/// assert_eq!((asked.profile, asked.signing_time), (Profile::Rfc8366, now));
/// assert!(SignedAttributes::read(b"a certificate, a token, an order", algorithm).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedAttributes {
    /// The profile, by the content type.
    pub profile: Profile,
    /// When the voucher is signed, in whole seconds.
    pub signing_time: DateTime<Utc>,
    /// The digest of the voucher's JSON, by the hash of the algorithm.
    pub digest: Vec<u8>,
}

impl SignedAttributes {
    /// Reads octets that are to be signed with `algorithm`: content type, signing time and digest, each once,
    /// in DER and nothing beside them, byte for byte as this crate writes them.
    ///
    /// # Errors
    /// [`Invalid::SignedAttributes`] for anything else.
    pub fn read(to_sign: &[u8], algorithm: SignatureAlgorithm) -> Result<Self, Invalid> {
        let (content_type, signing_time, digest) = encode::read_signed_attributes(to_sign)
            .map_err(|_| Invalid::SignedAttributes("they are not content type, signing time and digest"))?;
        let profile = Profile::of(content_type)
            .ok_or(Invalid::SignedAttributes("the content type is none of a voucher"))?;
        if digest.len() != algorithm.hash().octets() {
            return Err(Invalid::SignedAttributes("the digest is not by the hash of the algorithm"));
        }
        let again = encode::content_type_attribute(content_type)
            .and_then(|attribute| encode::signed_attributes(&attribute, digest, signing_time))
            .map_err(Invalid::Encoding)?;
        if again != to_sign {
            return Err(Invalid::SignedAttributes("they are not in DER"));
        }
        Ok(Self { profile, signing_time, digest: digest.to_vec() })
    }
}
