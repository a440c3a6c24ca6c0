//! Counters for metrics. All count since the [`Sfu`](crate::Sfu) was made.

use std::ops::AddAssign;

/// What one shard did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SfuStats {
    /// Datagrams that belonged to a peer.
    pub packets_in: u64,
    /// Their bytes, without IP and UDP headers.
    pub bytes_in: u64,
    /// Datagrams to be sent.
    pub packets_out: u64,
    /// Their bytes, without IP and UDP headers.
    pub bytes_out: u64,
    /// Datagrams that belonged to nobody, or were broken, or refused.
    pub dropped_garbage: u64,
    /// RTP packets of sources which are off or not permitted.
    pub dropped_silenced: u64,
    /// Outputs dropped because the caller did not poll.
    pub dropped_outputs: u64,
    /// RTP packets handed to receivers' slots.
    pub forwarded: u64,
    /// Times a slot took another source or layer.
    pub switches: u64,
    /// Key frame requests sent to senders.
    pub plis: u64,
    /// Messages of data channels.
    pub relay: RelayStats,
    /// Rooms with at least one peer, now.
    pub rooms: usize,
    /// Peers that have joined, now.
    pub peers: usize,
}

/// What became of messages that came over data channels.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RelayStats {
    /// Messages queued for their receivers.
    pub messages: u64,
    /// Their bytes, names included.
    pub bytes: u64,
    /// Dropped: too short, too long, of no kind, text, or on another channel.
    pub malformed: u64,
    /// Dropped: its sender sends more than one may.
    pub limited: u64,
    /// Dropped: its sender may not relay that.
    pub refused: u64,
    /// Dropped: nobody of that name is in the room, or may be reached, or has a channel.
    pub unreachable: u64,
    /// Dropped: as much as may wait for its receiver waits already.
    pub congested: u64,
}

impl AddAssign for RelayStats {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.bytes += other.bytes;
        self.malformed += other.malformed;
        self.limited += other.limited;
        self.refused += other.refused;
        self.unreachable += other.unreachable;
        self.congested += other.congested;
    }
}

/// What is known of one peer's transport.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PeerStats {
    /// ICE and DTLS are up.
    pub connected: bool,
    /// Estimated bits a second that its downlink carries.
    pub egress_estimate: u64,
    /// Bits a second that its video slots are given now.
    pub egress_allocated: u64,
}
