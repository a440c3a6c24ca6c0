//! What an adapter gives: connections and a timer.

use crate::session::Fault;
use std::future::Future;
use std::time::Duration;

/// A connection could not be made, or is lost. The adapter knows why; addresses stay with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection cannot be made or is lost")]
pub struct TransportError;

/// A stream of bytes to NATS, already encrypted where it is to be. Dropping it must end it, for that
/// is what happens after a fault; the peer learns of it whenever it does.
///
/// Futures carry no `Send` bound, because those of Workers are not `Send`. They may be dropped before
/// they are ready; the transport is not used afterwards.
pub trait Transport {
    /// Sends all bytes.
    fn write(&mut self, bytes: Vec<u8>) -> impl Future<Output = Result<(), TransportError>>;

    /// Waits for bytes, as many as have come; none where the peer has closed.
    fn read(&mut self) -> impl Future<Output = Result<Vec<u8>, TransportError>>;

    /// Ends it in good order.
    fn close(self) -> impl Future<Output = ()>;
}

/// Where connections come from. Futures as with [`Transport`].
pub trait Network {
    /// Its connections.
    type Transport: Transport;

    /// True where they are encrypted: TLS, or WebSocket over it.
    fn encrypted(&self) -> bool;

    /// Makes a connection, TLS included.
    fn connect(&self) -> impl Future<Output = Result<Self::Transport, TransportError>>;

    /// Waits.
    fn sleep(&self, time: Duration) -> impl Future<Output = ()>;

    /// Hears why a flight's connection was given up, to say so in a log: the faults name no subject,
    /// no address and nobody.
    fn failed(&self, fault: Fault) {
        let _unless_it_wants_to_know = fault;
    }
}
