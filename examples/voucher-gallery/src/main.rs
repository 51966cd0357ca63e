//! Fills a folder with vouchers by every signer, of every profile and kind of key, good ones and tampered ones, each
//! with the root that its signer has. For trying a verifier on them: a device's, or a library's.
//!
//! `index.json` in the folder says what is there and what has to be found in it.

mod gallery;
mod issuer;
#[cfg(feature = "remote")]
mod remote;
mod signers;
mod softhsm;
mod tamper;
mod texts;

use std::path::PathBuf;

use clap::Parser;

use gallery::Gallery;

/// Fills a folder with vouchers for verifiers to be tried on.
#[derive(Parser)]
struct Arguments {
    /// The folder; made if it is not there.
    folder: PathBuf,
    /// The library of SoftHSM2, to have it sign as well; it makes a token where `SOFTHSM2_CONF` says.
    #[arg(long, value_name = "LIBRARY")]
    softhsm: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let mut gallery = Gallery::open(arguments.folder.clone())?;
    let mut all = signers::in_memory()?;
    if let Some(library) = &arguments.softhsm {
        all.extend(softhsm::all(library, &arguments.folder).await?);
    }
    #[cfg(feature = "remote")]
    all.extend(remote::all().await?);
    for kept in &all {
        gallery.add(kept).await?;
    }
    println!("{} vouchers in {}", gallery.close()?, arguments.folder.display());
    Ok(())
}
