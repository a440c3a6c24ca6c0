//! One connection's state, without its sockets: bytes in, bytes out.
//!
//! A connection is made for one HTTP request and carries the few flights of that request, one after
//! another. Until the server has spoken nothing is sent; then credential, subscription and all of the
//! first flight go out in one write, and each later flight in one more.

mod credential;
mod fault;
mod hear;
mod names;
mod pending;
#[cfg(test)]
mod tests;

pub use credential::Credential;
pub use fault::{Fault, code};
pub use pending::{MAX_ANSWERED, MAX_ANSWERS};

use crate::codec::{self, Decoder};
use crate::redact::hidden_debug;
use conclave_edge_core::platform::{BusError, BusOp, BusReply};
use names::Names;
use pending::{Budget, Pending};
use std::mem;

/// Most bytes that a server may send during a flight, whatever they are. A media node may publish to an
/// inbox that it was told of as much as it likes; where reading never has to wait, no deadline would be
/// noticed.
pub const MAX_HEARD: usize = 16 << 20;

/// A connection as far as it has come. `Debug` shows nothing.
pub struct Session {
    credential: Credential,
    names: Names,
    /// True where the transport hides what it carries.
    encrypted: bool,
    phase: Phase,
    decoder: Decoder,
    /// Largest message that the server takes, in bytes.
    max_payload: usize,
    flight: Vec<Pending>,
    budget: Budget,
    /// Bytes that came during the flight.
    heard: usize,
    /// True where the flight has been written, so that it may have happened.
    sent: bool,
    output: Vec<u8>,
    /// True where the server has asked for a sign of life.
    pong: bool,
}

#[derive(Clone, Copy)]
enum Phase {
    /// The server has not spoken.
    Greeting,
    Ready,
    Failed(Fault),
}

hidden_debug!(Session);

impl Session {
    /// Before the connection's first byte. Answers will come below `inbox`, where the role of the
    /// credential must let us subscribe, under names made of `secret`: 16 bytes fit for keys, drawn for
    /// this connection. `encrypted` says that the transport is TLS; without it a server that wants TLS
    /// gets nothing.
    #[must_use]
    pub fn new(credential: Credential, inbox: &str, secret: [u8; 16], encrypted: bool) -> Self {
        Self {
            credential,
            names: Names::new(inbox, secret),
            encrypted,
            phase: Phase::Greeting,
            decoder: Decoder::new(),
            max_payload: codec::MAX_MESSAGE,
            flight: Vec::new(),
            budget: Budget::default(),
            heard: 0,
            sent: false,
            output: Vec::new(),
            pong: false,
        }
    }

    /// Begins a flight. What an earlier one still waits for is given up.
    pub fn begin(&mut self, operations: Vec<BusOp>) {
        let names = &mut self.names;
        self.flight = operations.into_iter().map(|op| Pending::new(op, names.next())).collect();
        self.budget = Budget::default();
        self.heard = 0;
        self.sent = false;
        if matches!(self.phase, Phase::Ready) {
            self.launch();
        }
    }

    /// Takes bytes that the server sent.
    pub fn receive(&mut self, mut bytes: &[u8]) {
        self.heard += bytes.len();
        if self.heard > MAX_HEARD {
            return self.fail(Fault::Flooded);
        }
        while !matches!(self.phase, Phase::Failed(_)) {
            match self.decoder.read(&mut bytes) {
                Ok(Some(operation)) => self.handle(operation),
                Ok(None) => return,
                Err(error) => self.fail(Fault::Decode(error)),
            }
        }
    }

    /// Takes what is to be sent now; often nothing.
    #[must_use]
    pub fn take_output(&mut self) -> Vec<u8> {
        // However often it asked: servers count what is unanswered, and one answer resets the count.
        if mem::take(&mut self.pong) {
            codec::pong(&mut self.output);
        }
        mem::take(&mut self.output)
    }

    /// True where nothing more has to be waited for.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.fault().is_some() || !self.flight.iter().any(Pending::is_open)
    }

    /// Ends the flight: its answers, in the order of its operations. What has none has timed out,
    /// unless the connection's fault says more.
    #[must_use]
    pub fn finish(&mut self) -> Vec<Result<BusReply, BusError>> {
        let fault = self.fault();
        let otherwise = fault.map_or(BusError::Timeout, |fault| fault.of_operation(self.sent));
        self.flight.drain(..).map(|pending| pending.finish(otherwise)).collect()
    }

    /// Gives the connection up. A fault that came first stays.
    pub fn fail(&mut self, fault: Fault) {
        if self.fault().is_none() {
            self.phase = Phase::Failed(fault);
            self.output = Vec::new();
            self.pong = false;
        }
    }

    /// Why the connection is of no further use; `None` while it is.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        if let Phase::Failed(fault) = self.phase { Some(fault) } else { None }
    }

    /// Writes the flight: what cannot be written fails by itself.
    fn launch(&mut self) {
        for pending in &mut self.flight {
            pending.write(&mut self.output, self.max_payload);
        }
        self.sent = true;
    }
}
