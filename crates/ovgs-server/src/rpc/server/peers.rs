//! How many connections any one address has.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Whoever is connected, by address.
#[derive(Debug)]
pub(super) struct Peers {
    most: usize,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// One connection of an address; it counts until this is dropped.
#[derive(Debug)]
pub(super) struct Peer {
    address: IpAddr,
    among: Arc<Peers>,
}

impl Peers {
    pub(super) fn new(most: usize) -> Arc<Peers> {
        Arc::new(Peers { most, open: Mutex::new(HashMap::new()) })
    }

    /// One more connection from an address, if that is not one too many.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Peer> {
        let address = network(address);
        let mut open = self.open();
        let count = open.entry(address).or_default();
        // Nobody is listed with no connection, so an entry made just now is taken at once.
        if *count >= self.most.max(1) {
            return None;
        }
        *count += 1;
        Some(Peer { address, among: self.clone() })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let mut open = self.among.open();
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

/// What counts as one address. Of IPv6 that is the /64, because whoever has one address of it has them all.
pub(in crate::rpc) fn network(address: IpAddr) -> IpAddr {
    const NETWORK: u128 = u128::MAX << 64;
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & NETWORK)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn every_address_has_so_many_and_no_more() {
        let peers = Peers::new(2);
        let ann = address("192.0.2.1");
        let (first, _second) = (peers.admit(ann).expect("a first"), peers.admit(ann).expect("a second"));
        assert!(peers.admit(ann).is_none());
        assert!(peers.admit(address("::ffff:192.0.2.1")).is_none(), "the same in another form");
        drop(peers.admit(address("192.0.2.2")).expect("another address has its own"));
        drop(first);
        drop(peers.admit(ann).expect("room again"));
        assert_eq!(peers.open().len(), 1, "who has left is forgotten");
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one() {
        let peers = Peers::new(1);
        let _first = peers.admit(address("2001:db8::1")).expect("a first");
        assert!(peers.admit(address("2001:db8::2")).is_none());
        assert!(peers.admit(address("2001:db8:0:1::1")).is_some());
    }
}
