//! How many connections each peer has, so that one alone cannot have them all.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts connections by where they come from.
#[derive(Debug, Clone)]
pub(crate) struct Peers {
    most: usize,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A connection that is counted; no more once this is dropped.
#[derive(Debug)]
pub(crate) struct Counted {
    peers: Peers,
    /// `None` on this machine.
    from: Option<IpAddr>,
}

impl Peers {
    /// Each may have `most`.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, open: Arc::default() }
    }

    /// Counts a connection; `None` where its peer has enough.
    pub(crate) fn admit(&self, address: IpAddr) -> Option<Counted> {
        let from = place(address);
        if let Some(from) = from {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            let count = open.entry(from).or_default();
            if *count >= self.most {
                return None;
            }
            *count += 1;
        }
        Some(Counted { peers: self.clone(), from })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let Some(from) = self.from else { return };
        let mut open = self.peers.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&from) {
            *count -= 1;
            if *count == 0 {
                open.remove(&from);
            }
        }
    }
}

/// By what a peer is counted: an IPv6 host has a network of 64 bits for itself.
fn place(address: IpAddr) -> Option<IpAddr> {
    match address.to_canonical() {
        address if address.is_loopback() => None,
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            Some(Ipv6Addr::from_bits(network).into())
        }
        address => Some(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_peer_has_so_many_and_leaves_the_rest_to_others() {
        let peers = Peers::new(2);
        let one = peers.admit(ip("192.0.2.1"));
        let _two = peers.admit(ip("::ffff:192.0.2.1")).unwrap();
        assert!(one.is_some());
        assert!(peers.admit(ip("192.0.2.1")).is_none());
        let _other = peers.admit(ip("192.0.2.2")).unwrap();
        drop(one);
        let again = peers.admit(ip("192.0.2.1")).unwrap();
        assert!(peers.admit(ip("192.0.2.1")).is_none());
        drop(again);
    }

    #[test]
    fn a_network_of_ipv6_is_one_peer_and_this_machine_none() {
        let peers = Peers::new(1);
        let _one = peers.admit(ip("2001:db8::1")).unwrap();
        assert!(peers.admit(ip("2001:db8::2")).is_none());
        let _other = peers.admit(ip("2001:db8:0:1::1")).unwrap();
        let proxy: Vec<_> = ["127.0.0.1", "127.0.0.1", "::1", "::1", "::ffff:127.0.0.1"]
            .into_iter()
            .map(|address| peers.admit(ip(address)).unwrap())
            .collect();
        drop(proxy);
        assert_eq!(peers.open.lock().unwrap().len(), 2, "who is gone is forgotten");
    }
}
