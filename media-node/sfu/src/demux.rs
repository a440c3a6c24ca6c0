//! Which peer a datagram is for.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

use str0m::ice::StunMessage;

use crate::types::{DropReason, PeerId};

/// Most addresses remembered for one peer; a client has a handful of interfaces.
const MAX_ADDRESSES: usize = 8;

/// Larger datagrams than any path carries; str0m's buffers end at 2,000 bytes.
const MAX_DATAGRAM: usize = 1_500;

/// Where a datagram belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Route {
    pub peer: PeerId,
    /// A STUN message: proves the address if the peer's ICE agent accepts it.
    pub stun: bool,
}

/// Address and ICE user fragment to peer. Looked up only, never iterated, so that
/// the hash order has no influence.
#[derive(Default)]
pub(crate) struct Demux {
    by_address: HashMap<SocketAddr, PeerId>,
    by_ufrag: HashMap<String, PeerId>,
    peers: HashMap<PeerId, Known>,
}

struct Known {
    ufrag: String,
    addresses: VecDeque<SocketAddr>,
}

impl Demux {
    pub(crate) fn has_ufrag(&self, ufrag: &str) -> bool {
        self.by_ufrag.contains_key(ufrag)
    }

    pub(crate) fn insert(&mut self, peer: PeerId, ufrag: String) {
        self.by_ufrag.insert(ufrag.clone(), peer);
        self.peers.insert(peer, Known { ufrag, addresses: VecDeque::new() });
    }

    pub(crate) fn remove(&mut self, peer: PeerId) {
        let Some(known) = self.peers.remove(&peer) else {
            return;
        };
        self.by_ufrag.remove(&known.ufrag);
        for address in known.addresses {
            if self.by_address.get(&address) == Some(&peer) {
                self.by_address.remove(&address);
            }
        }
    }

    /// The peer has proven that it is at this address (message integrity).
    pub(crate) fn proven(&mut self, peer: PeerId, address: SocketAddr) {
        if self.by_address.get(&address) == Some(&peer) {
            return;
        }
        let Some(known) = self.peers.get_mut(&peer) else {
            return;
        };
        if known.addresses.len() >= MAX_ADDRESSES
            && let Some(oldest) = known.addresses.pop_front()
            && self.by_address.get(&oldest) == Some(&peer)
        {
            self.by_address.remove(&oldest);
        }
        known.addresses.push_back(address);
        self.by_address.insert(address, peer);
    }

    /// By first byte (RFC 7983): a STUN request by the user fragment in its
    /// USERNAME (RFC 8445 section 7.2.2: ours, colon, theirs), everything else by
    /// address.
    pub(crate) fn route(&self, source: SocketAddr, data: &[u8]) -> Result<Route, DropReason> {
        let (Some(first), 1..=MAX_DATAGRAM) = (data.first(), data.len()) else {
            return Err(DropReason::Malformed);
        };
        let by_address = self.by_address.get(&source).copied();
        match first {
            0..=1 => {
                let message = StunMessage::parse(data).map_err(|_| DropReason::Malformed)?;
                // Nothing but connectivity checks and their answers concerns ICE.
                let check = message.is_binding_request();
                let by_name = message.username().and_then(|name| name.split_once(':'));
                let peer = match by_name {
                    Some((ours, _)) if check => self.by_ufrag.get(ours).copied(),
                    None if check => None,
                    _ => by_address,
                };
                peer.map(|peer| Route { peer, stun: true }).ok_or(DropReason::Unknown)
            }
            20..=63 | 128..=191 => {
                let peer = by_address.ok_or(DropReason::Unknown)?;
                Ok(Route { peer, stun: false })
            }
            _ => Err(DropReason::Malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    #[test]
    fn addresses_are_few_and_go_with_their_peer() {
        let mut demux = Demux::default();
        demux.insert(PeerId(1), "one".into());
        demux.insert(PeerId(2), "two".into());
        for port in 1..=9 {
            demux.proven(PeerId(1), address(port));
        }
        let rtp = [128u8; 20];
        assert_eq!(demux.route(address(1), &rtp), Err(DropReason::Unknown));
        assert_eq!(demux.route(address(9), &rtp), Ok(Route { peer: PeerId(1), stun: false }));
        // The address now belongs to another; the first one's leaving does not take it away.
        demux.proven(PeerId(2), address(9));
        demux.remove(PeerId(1));
        assert_eq!(demux.route(address(9), &rtp), Ok(Route { peer: PeerId(2), stun: false }));
        assert_eq!(demux.route(address(8), &rtp), Err(DropReason::Unknown));
        assert!(!demux.has_ufrag("one"));
    }

    #[test]
    fn refuses_by_first_byte_and_size() {
        let demux = Demux::default();
        for data in [&[][..], &[70; 30], &[5; 30], &[255; 3], &[128; 1_501], &[0; 20]] {
            assert_eq!(demux.route(address(1), data), Err(DropReason::Malformed));
        }
        assert_eq!(demux.route(address(1), &[22; 100]), Err(DropReason::Unknown));
    }
}
