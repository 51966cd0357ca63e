//! An operator's whole way with OVGS, against a running `ovgs-server dev`:
//!
//! ```text
//! cargo run --release -p ovgs-server -- dev
//! cargo run -p operator-journey            # in another terminal
//! ```
//!
//! One file per stage, in the order of the journey: a [`group`] is made, people and programs get [`roles`] in it, a
//! domain [`certificate`] is deposited, [`serials`] are moved there, [`vouchers`] are fetched, everything is
//! [cleared away](clean_up) again, and the voucher is checked as a device would, with no server at hand
//! ([`verification`]). [`connection`] is all that it takes to call the service.
//!
//! The journey may be repeated, also after one that was broken off: what that one left behind is cleared away first.

mod certificate;
mod clean_up;
mod connection;
mod dev;
mod group;
mod roles;
mod serials;
mod time;
mod verification;
mod vouchers;

use std::{
    fmt,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Parser;
use ovgs_proto::v1 as pb;

use crate::{connection::Client, dev::Dev, vouchers::Issued};

/// Walks an operator's whole workflow against a running `ovgs-server dev`.
#[derive(Debug, Parser)]
struct Arguments {
    /// The file in which `ovgs-server dev` says where it is and who may call it.
    #[arg(long, value_name = "PATH", default_value = "./ovgs-dev/dev.json")]
    dev_json: PathBuf,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match journey(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// All stages. What was made is cleared away however far the journey got.
async fn journey(arguments: &Arguments) -> anyhow::Result<()> {
    let dev = Dev::read(&arguments.dev_json)?;
    let mut admin = connection::open(&dev, "admin").await?;
    let mut robot = connection::open(&dev, "srv-admin").await?;

    let group = group::create(&mut admin, &dev.org).await?;
    let issued = from_roles_to_vouchers(&mut admin, &mut robot, &dev.org, &group).await;
    let cleared = clean_up::group(&mut admin, &group).await;
    let issued = issued?;
    cleared?;

    verification::as_a_device_would(&issued, &dev.trust_anchor()?)?;
    tell("done", format_args!("{} walked the whole way", dev.org));
    Ok(())
}

/// A person hands over to a program, and the program does the rest.
async fn from_roles_to_vouchers(
    admin: &mut Client,
    robot: &mut Client,
    org: &str,
    group: &str,
) -> anyhow::Result<Issued> {
    roles::entrust(admin, org).await?;
    roles::add_people(robot, org, group).await?;
    let deposited = certificate::deposit(robot, group).await?;
    serials::assign(robot, org, group).await?;
    vouchers::fetch(robot, deposited).await
}

/// The two parts that `ovgs-server dev` says we own.
fn parts() -> [pb::Component; 2] {
    ["ABC101", "ABC102"].map(|serial| pb::Component { ien: "30065".into(), serial_number: serial.into() })
}

/// Prints one step.
fn tell(call: &str, what: impl fmt::Display) {
    // Whoever was reading may have left; the journey goes on all the same, and clears up behind it.
    let _ = writeln!(io::stdout(), "{call:<20}  {what}");
}
