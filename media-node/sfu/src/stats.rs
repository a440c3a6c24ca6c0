//! Counters for metrics. All count since the [`Sfu`](crate::Sfu) was made.

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
    /// Rooms with at least one peer, now.
    pub rooms: usize,
    /// Peers that have joined, now.
    pub peers: usize,
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
