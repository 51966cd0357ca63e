//! Fills a folder with vouchers by every signer, of every profile and kind of key, good ones and tampered ones, each
//! with the root that its signer has. For trying a verifier on them: a device's, or a library's.
//!
//! `index.json` in the folder says what is there and what has to be found in it.

mod gallery;
mod issuer;
mod signers;
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
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let mut gallery = Gallery::open(arguments.folder.clone())?;
    for kept in signers::all()? {
        gallery.add(&kept).await?;
    }
    println!("{} vouchers in {}", gallery.close()?, arguments.folder.display());
    Ok(())
}
