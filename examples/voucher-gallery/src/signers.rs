//! Whoever signs vouchers, with each kind of key.

use ovgs_voucher::{FileSigner, SigningChain, VoucherSigner};
use rcgen::{
    KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, PublicKeyData as _,
    SignatureAlgorithm,
};

use crate::issuer;

/// A signer, and its certificates.
pub(crate) struct Kept {
    /// Names its files.
    pub(crate) name: String,
    pub(crate) signer: Box<dyn VoucherSigner>,
    pub(crate) chain: SigningChain,
    /// In PEM.
    pub(crate) root: String,
}

/// A key of one kind, and certificates for it.
pub(crate) struct Certified {
    /// `p256`, `p384` or `rsa2048`.
    pub(crate) kind: &'static str,
    pub(crate) key: KeyPair,
    pub(crate) chain: SigningChain,
    root: String,
}

impl Certified {
    /// The issuers sign as the key does, so that nothing else is in a voucher.
    fn new(kind: &'static str, algorithm: &'static SignatureAlgorithm) -> anyhow::Result<Self> {
        let key = KeyPair::generate_for(algorithm)?;
        let (chain, root) = issuer::certify(&key.subject_public_key_info(), algorithm)?;
        Ok(Self { kind, key, chain, root })
    }

    /// A signer of this maker, which has the key.
    pub(crate) fn kept_by(&self, maker: &str, signer: impl VoucherSigner) -> Kept {
        let name = format!("{maker}-{}", self.kind);
        Kept { name, signer: Box::new(signer), chain: self.chain.clone(), root: self.root.clone() }
    }
}

/// One key of each kind.
pub(crate) fn keys() -> anyhow::Result<Vec<Certified>> {
    let kinds: [(_, &'static SignatureAlgorithm); 3] =
        [("p256", &PKCS_ECDSA_P256_SHA256), ("p384", &PKCS_ECDSA_P384_SHA384), ("rsa2048", &PKCS_RSA_SHA256)];
    kinds.into_iter().map(|(kind, algorithm)| Certified::new(kind, algorithm)).collect()
}

/// The signers that hold their keys in memory, for each kind of key. Each has keys and a root of its own.
pub(crate) fn in_memory() -> anyhow::Result<Vec<Kept>> {
    let mut all = Vec::new();
    for certified in keys()? {
        let signer = FileSigner::from_bytes(certified.key.serialize_pem().as_bytes())?;
        all.push(certified.kept_by("aws-lc", signer));
    }
    #[cfg(feature = "rustcrypto")]
    for certified in keys()? {
        let signer = ovgs_voucher::RustCryptoSigner::from_bytes(certified.key.serialize_pem().as_bytes())?;
        all.push(certified.kept_by("rustcrypto", signer));
    }
    Ok(all)
}
