//! Whoever signs vouchers, with each kind of key.

use ovgs_voucher::{FileSigner, VoucherSigner};
use rcgen::{
    KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, PublicKeyData as _,
    SignatureAlgorithm,
};

/// A signer, and what the rest has to know of it.
pub(crate) struct Kept {
    /// Names its files.
    pub(crate) name: String,
    pub(crate) signer: Box<dyn VoucherSigner>,
    /// DER of the SubjectPublicKeyInfo.
    pub(crate) public_key: Vec<u8>,
    /// How its issuers sign: as it does, so that nothing else is in the voucher.
    pub(crate) issuers: &'static SignatureAlgorithm,
}

pub(crate) const KINDS: [(&str, &SignatureAlgorithm); 3] =
    [("p256", &PKCS_ECDSA_P256_SHA256), ("p384", &PKCS_ECDSA_P384_SHA384), ("rsa2048", &PKCS_RSA_SHA256)];

/// All signers there are. A new one takes a line here, which says how a key in PEM is given to it.
pub(crate) fn all() -> anyhow::Result<Vec<Kept>> {
    let mut all = of_keys("aws-lc", |pem| Ok(Box::new(FileSigner::from_bytes(pem.as_bytes())?)))?;
    #[cfg(feature = "rustcrypto")]
    all.extend(of_keys("rustcrypto", |pem| {
        Ok(Box::new(ovgs_voucher::RustCryptoSigner::from_bytes(pem.as_bytes())?))
    })?);
    Ok(all)
}

/// One signer for each kind of key.
fn of_keys(
    maker: &str,
    open: impl Fn(&str) -> anyhow::Result<Box<dyn VoucherSigner>>,
) -> anyhow::Result<Vec<Kept>> {
    let of = |(kind, algorithm): (&str, &'static SignatureAlgorithm)| {
        let key = KeyPair::generate_for(algorithm)?;
        Ok(Kept {
            name: format!("{maker}-{kind}"),
            signer: open(&key.serialize_pem())?,
            public_key: key.subject_public_key_info(),
            issuers: algorithm,
        })
    };
    KINDS.into_iter().map(of).collect()
}
