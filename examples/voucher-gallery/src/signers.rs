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

impl Kept {
    /// A signer of this maker, which has this key.
    pub(crate) fn new(
        maker: &str,
        kind: &str,
        issuers: &'static SignatureAlgorithm,
        key: &KeyPair,
        signer: impl VoucherSigner,
    ) -> Self {
        let public_key = key.subject_public_key_info();
        Self { name: format!("{maker}-{kind}"), signer: Box::new(signer), public_key, issuers }
    }
}

/// One key of each kind.
pub(crate) fn keys() -> anyhow::Result<Vec<(&'static str, &'static SignatureAlgorithm, KeyPair)>> {
    let kinds: [(_, &'static SignatureAlgorithm); 3] =
        [("p256", &PKCS_ECDSA_P256_SHA256), ("p384", &PKCS_ECDSA_P384_SHA384), ("rsa2048", &PKCS_RSA_SHA256)];
    kinds
        .into_iter()
        .map(|(kind, algorithm)| Ok((kind, algorithm, KeyPair::generate_for(algorithm)?)))
        .collect()
}

/// The signers that hold their keys in memory, for each kind of key.
pub(crate) fn in_memory() -> anyhow::Result<Vec<Kept>> {
    let mut all = Vec::new();
    for (kind, algorithm, key) in keys()? {
        let pem = key.serialize_pem();
        all.push(Kept::new("aws-lc", kind, algorithm, &key, FileSigner::from_bytes(pem.as_bytes())?));
        #[cfg(feature = "rustcrypto")]
        {
            let signer = ovgs_voucher::RustCryptoSigner::from_bytes(pem.as_bytes())?;
            all.push(Kept::new("rustcrypto", kind, algorithm, &key, signer));
        }
    }
    Ok(all)
}
