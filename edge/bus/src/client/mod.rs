//! Flights over a connection that is made for the first of them and kept for the next.

mod network;

pub use network::{Network, Transport, TransportError};

use crate::session::{Credential, Fault, Session};
use conclave_edge_core::platform::{BusError, BusOp, BusReply};
use conclave_protocol::encoding::keyed_hash;
use conclave_protocol::subjects::EDGE_INBOX;
use futures_util::future::{Either, select};
use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;

/// How long a flight may take, connecting included; as with the native edge.
pub const DEADLINE: Duration = Duration::from_secs(3);
/// How long the good order of an end is worth.
const CLOSING: Duration = Duration::from_millis(500);

/// A client for one HTTP request. Nothing outlives that in a Worker, so nothing here reconnects,
/// pings or waits for work: while no flight is under way, nothing is.
///
/// Nothing is sent twice either. Who asked knows what may be asked again: writes are bound to a
/// revision, so that a repetition is harmless where the first was heard.
pub struct Client<N: Network> {
    network: N,
    credential: Credential,
    secret: [u8; 16],
    deadline: Duration,
    dialled: Cell<u64>,
    /// The connection, while no flight uses it. A flight takes it out, so that another at the same time
    /// makes one of its own and neither waits or sees the other's state.
    kept: Cell<Option<Connection<N::Transport>>>,
}

struct Connection<T> {
    transport: T,
    session: Session,
}

impl<N: Network> std::fmt::Debug for Client<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client(…)")
    }
}

impl<N: Network> Client<N> {
    /// Of a network, a credential, and 16 bytes fit for keys that serve nothing else.
    #[must_use]
    pub fn new(network: N, credential: Credential, secret: [u8; 16]) -> Self {
        let (dialled, kept) = (Cell::new(0), Cell::new(None));
        Self { network, credential, secret, deadline: DEADLINE, dialled, kept }
    }

    /// With another deadline than [`DEADLINE`].
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Carries all operations at once and returns their answers in the same order. After a fault, or
    /// where something was not answered in time, the next flight makes a new connection.
    pub async fn flight(&self, operations: Vec<BusOp>) -> Vec<Result<BusReply, BusError>> {
        if operations.is_empty() {
            return Vec::new();
        }
        let (mut transport, mut session) = match self.kept.take() {
            Some(kept) => (Some(kept.transport), kept.session),
            None => (None, self.session()),
        };
        session.begin(operations);
        let in_time = {
            let carried = pin!(self.carry(&mut transport, &mut session));
            let late = pin!(self.network.sleep(self.deadline));
            matches!(select(carried, late).await, Either::Left(_))
        };
        if !in_time {
            session.fail(Fault::Late);
        }
        let answers = session.finish();
        match (session.fault(), transport) {
            (None, Some(transport)) => self.kept.set(Some(Connection { transport, session })),
            (Some(fault), _) => self.network.failed(fault),
            (None, None) => {}
        }
        answers
    }

    /// Ends the connection, where one is kept.
    pub async fn close(self) {
        if let Some(kept) = self.kept.take() {
            let closed = pin!(kept.transport.close());
            let late = pin!(self.network.sleep(CLOSING));
            select(closed, late).await;
        }
    }

    /// Moves bytes until the flight has all its answers or the connection has a fault.
    ///
    /// Writing and reading take turns: a server goes on reading while it cannot write (it gives up on us
    /// after some megabytes), so that neither side waits for the other for ever.
    async fn carry(&self, transport: &mut Option<N::Transport>, session: &mut Session) {
        if transport.is_none() {
            *transport = self.network.connect().await.ok();
        }
        let Some(transport) = transport else {
            return session.fail(Fault::Unreachable);
        };
        loop {
            let output = session.take_output();
            if !output.is_empty() && transport.write(output).await.is_err() {
                return session.fail(Fault::Lost);
            }
            if session.is_done() {
                return;
            }
            match transport.read().await {
                Ok(bytes) if !bytes.is_empty() => session.receive(&bytes),
                _ => return session.fail(Fault::Lost),
            }
        }
    }

    /// For a new connection, with a secret of its own.
    fn session(&self) -> Session {
        let count = self.dialled.replace(self.dialled.get() + 1);
        let hash = keyed_hash(&self.secret, &[&count.to_be_bytes()]);
        let mut secret = [0; 16];
        secret.copy_from_slice(&hash[..16]);
        Session::new(self.credential.clone(), EDGE_INBOX, secret, self.network.encrypted())
    }
}
