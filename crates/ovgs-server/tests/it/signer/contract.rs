//! A signer on another machine keeps the contract of every signer.

use std::sync::Arc;

use async_trait::async_trait;
use ovgs_server::rpc::signer::Accepts;
use ovgs_voucher::contract::{Fixture, Opened, Subject};
use tokio::sync::Mutex;

use super::{KEY, Kind, Machine, VoucherKey, mount};

/// A machine that signs whatever it is given, since the contract's messages are no vouchers.
struct Elsewhere {
    key: VoucherKey,
    machine: Mutex<Option<Machine>>,
}

impl Elsewhere {
    fn of(kind: Kind) -> Elsewhere {
        Elsewhere { key: VoucherKey::new(kind), machine: Mutex::new(None) }
    }

    fn mount(&self) -> ovgs_server::rpc::signer::SignerMount {
        mount(self.key.under(KEY)).accepting(Accepts::Anything)
    }
}

#[async_trait]
impl Fixture for Elsewhere {
    async fn open(&self) -> Opened {
        let machine = Machine::serving(self.mount()).await;
        let signer = Arc::new(machine.remote(&self.key));
        signer.confirm().await?;
        *self.machine.lock().await = Some(machine);
        Ok(Subject { signer, public_key: self.key.certificate().public_key_info().to_vec() })
    }

    async fn take_away(&self) -> bool {
        self.machine.lock().await.as_mut().unwrap().kill().await;
        true
    }

    async fn bring_back(&self) {
        self.machine.lock().await.as_mut().unwrap().revive(self.mount()).await;
    }
}

macro_rules! held {
    ($name:ident, $kind:expr) => {
        mod $name {
            use super::*;

            ovgs_voucher::signer_contract!(Elsewhere::of($kind));
        }
    };
}

held!(p256, Kind::P256);
held!(p384, Kind::P384);
held!(rsa, Kind::Rsa);
