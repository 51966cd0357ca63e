//! The folder.

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use chrono::SecondsFormat;
use ovgs_voucher::{PinnedCert, Profile, Template, Voucher};
use serde::Serialize;

use crate::{issuer, signers::Kept, tamper, texts};

/// What `index.json` says of one voucher.
#[derive(Serialize)]
struct Entry {
    name: String,
    /// The voucher in DER.
    file: String,
    /// The only root to trust, in PEM.
    anchor: String,
    /// What came of tampering with the voucher. No verifier may accept these.
    tampered: Vec<String>,
    /// `rfc8366` or `pkcs7`.
    profile: &'static str,
    /// `p256`, `p384` or `rsa2048`.
    key: String,
    /// The exact content.
    content: String,
    /// Files in DER: the signer's certificate, the intermediate's and the root's.
    certificates: Vec<String>,
    pinned_domain_cert: String,
    serial_number: String,
    created_on: String,
}

/// A folder being filled.
pub(crate) struct Gallery {
    folder: PathBuf,
    pinned: PinnedCert,
    entries: Vec<Entry>,
}

impl Gallery {
    pub(crate) fn open(folder: PathBuf) -> anyhow::Result<Self> {
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let pinned = issuer::domain()?;
        fs::write(folder.join("pinned.der"), &pinned)?;
        Ok(Self { folder, pinned: PinnedCert::from_der(pinned)?, entries: Vec::new() })
    }

    /// Adds all vouchers by this signer.
    pub(crate) async fn add(&mut self, kept: &Kept) -> anyhow::Result<()> {
        let anchor = self.write(format!("{}.root.pem", kept.name), kept.root.as_bytes())?;
        let mut certificates = Vec::new();
        for (number, certificate) in kept.chain.certificates().iter().enumerate() {
            certificates.push(self.write(format!("{}.{number}.der", kept.name), certificate.der())?);
        }
        for (profile, name) in [(Profile::Rfc8366, "rfc8366"), (Profile::Pkcs7, "pkcs7")] {
            let template = Template::new(&kept.chain, profile, kept.signer.algorithm())?;
            for (text, voucher) in texts::all(&self.pinned)? {
                let der = template.issue(&voucher, kept.signer.as_ref()).await?;
                let file = format!("{}-{name}-{text}", kept.name);
                let mut entry = self.entry(file, &der, &voucher)?;
                entry.profile = name;
                entry.anchor.clone_from(&anchor);
                entry.certificates.clone_from(&certificates);
                entry.key = kept.name.rsplit('-').next().unwrap_or_default().to_owned();
                self.entries.push(entry);
            }
        }
        Ok(())
    }

    fn entry(&self, name: String, der: &[u8], voucher: &Voucher) -> anyhow::Result<Entry> {
        let content = voucher.to_json();
        let tampered = tamper::all(der, &content)
            .into_iter()
            .map(|(what, forged)| self.write(format!("{name}.{what}-changed.vcj"), &forged))
            .collect::<anyhow::Result<_>>()?;
        Ok(Entry {
            file: self.write(format!("{name}.vcj"), der)?,
            name,
            anchor: String::new(),
            tampered,
            profile: "",
            key: String::new(),
            content: String::from_utf8(content)?,
            certificates: Vec::new(),
            pinned_domain_cert: "pinned.der".to_owned(),
            serial_number: voucher.serial_number().to_owned(),
            created_on: voucher.created_on().to_rfc3339_opts(SecondsFormat::Micros, true),
        })
    }

    fn write(&self, name: String, octets: &[u8]) -> anyhow::Result<String> {
        fs::write(self.folder.join(&name), octets)?;
        Ok(name)
    }

    /// Writes the index, and says how many good vouchers there are.
    pub(crate) fn close(self) -> anyhow::Result<usize> {
        fs::write(self.folder.join("index.json"), serde_json::to_vec_pretty(&self.entries)?)?;
        Ok(self.entries.len())
    }
}
