//! One connection.

use crate::output::{append, needed};
use crate::{Roots, TlsError, config};
use rustls::client::UnbufferedClientConnection;
use rustls::pki_types::ServerName;
use rustls::unbuffered::{ConnectionState, EncodeError};
use std::fmt;
use std::mem::take;
use std::sync::Arc;

/// How many bytes [`Tls::send`] keeps until the connection is ready.
pub const MAX_PENDING: usize = 64 << 10;

/// The client's side of one TLS 1.3 connection.
///
/// It moves when it is given something: after [`Tls::new`] and after every call of
/// [`Tls::receive`], [`Tls::send`] and [`Tls::close`], failed ones too, what [`Tls::take_output`]
/// gives is to be written to the wire.
pub struct Tls {
    connection: UnbufferedClientConnection,
    /// Of the wire and not whole yet. rustls bounds it: a record and a message of the handshake.
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    /// Waits for the connection to be ready.
    pending: Vec<u8>,
    ready: bool,
    ending: Ending,
    closed: bool,
    failed: Option<TlsError>,
}

/// How far this side has come in ending.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Ending {
    No,
    Asked,
    Said,
}

impl Tls {
    /// A connection to the server of that name, a DNS name or an IP address without brackets, whose
    /// certificate must be valid at `now`, in seconds since 1970. Nothing is kept to resume it.
    pub fn new(name: &str, roots: &Roots, now: u64) -> Result<Self, TlsError> {
        let name = ServerName::try_from(name).map_err(|_| TlsError::BadName)?.to_owned();
        let config = config::new(roots, now)?;
        let mut tls = Self {
            connection: UnbufferedClientConnection::new(Arc::new(config), name)?,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            pending: Vec::new(),
            ready: false,
            ending: Ending::No,
            closed: false,
            failed: None,
        };
        tls.go_on()?;
        Ok(tls)
    }

    /// What is to be written to the wire, in order; nothing of it comes twice.
    pub fn take_output(&mut self) -> Vec<u8> {
        take(&mut self.outgoing)
    }

    /// What the server said by these bytes of the wire, cut wherever they are; often nothing. An
    /// error is final: it is given again by every call, and what came before it in the same call
    /// is not delivered. What comes after an end, from either side, is ignored.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<Vec<u8>, TlsError> {
        // After the end rustls is not to be asked: it would answer nonsense by a second alert.
        if !self.closed && self.ending != Ending::Said {
            self.incoming.extend_from_slice(bytes);
        }
        self.go_on()
    }

    /// Lets rustls do all that it can.
    fn go_on(&mut self) -> Result<Vec<u8>, TlsError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let (mut used, mut said) = (0, Vec::new());
        let result = loop {
            match self.step(&mut used, &mut said) {
                Ok(true) => {}
                Ok(false) => break Ok(said),
                // Only the first bytes can tell what kind of server it is.
                Err(TlsError::NotTls) if self.ready => break Err(TlsError::Protocol),
                Err(error) => break Err(error),
            }
        };
        if let Err(error) = result {
            self.failed = Some(error);
            // The alert that tells the server. While there is output, rustls looks at nothing else.
            while self.connection.wants_write() && self.step(&mut used, &mut Vec::new()).is_ok() {}
        }
        self.incoming.drain(..used.min(self.incoming.len()));
        result
    }

    /// Lets rustls do one thing with what is `incoming` beyond what is `used`. Gives whether there
    /// may be more for it to do.
    fn step(&mut self, used: &mut usize, said: &mut Vec<u8>) -> Result<bool, TlsError> {
        let unused = self.incoming.get_mut(*used..).unwrap_or_default();
        let status = self.connection.process_tls_records(unused);
        *used = used.saturating_add(status.discard);
        match status.state? {
            ConnectionState::ReadTraffic(mut records) => {
                while let Some(record) = records.next_record() {
                    said.extend_from_slice(record?.payload);
                }
            }
            ConnectionState::EncodeTlsData(mut data) => {
                append(&mut self.outgoing, |space| {
                    data.encode(space).map_err(|error| match error {
                        EncodeError::InsufficientSize(size) => size.required_size,
                        EncodeError::AlreadyEncoded => 0,
                    })
                })?;
            }
            ConnectionState::TransmitTlsData(data) => data.done(),
            ConnectionState::PeerClosed => self.closed = true,
            ConnectionState::WriteTraffic(mut traffic) => {
                self.ready = true;
                let pending = take(&mut self.pending);
                if !pending.is_empty() {
                    append(&mut self.outgoing, |space| {
                        traffic.encrypt(&pending, space).map_err(needed)
                    })?;
                } else if self.ending == Ending::Asked {
                    self.ending = Ending::Said;
                    append(&mut self.outgoing, |space| {
                        traffic.queue_close_notify(space).map_err(needed)
                    })?;
                } else {
                    return Ok(false);
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Whether the handshake is done: the server has proved who it is. Until then nothing that was
    /// sent is on the wire.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ready && self.failed.is_none()
    }

    /// Says this to the server, as soon as the connection is ready: until then at most
    /// [`MAX_PENDING`] bytes wait, and what does not fit is refused whole.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), TlsError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if self.ending != Ending::No {
            return Err(TlsError::Closed);
        }
        if !self.ready && self.pending.len().saturating_add(bytes.len()) > MAX_PENDING {
            return Err(TlsError::Full);
        }
        self.pending.extend_from_slice(bytes);
        // All that was said was heard when it came.
        self.go_on().map(drop)
    }

    /// Says to the server, after all that was sent, that no more will come; when that is said,
    /// nothing more is heard either.
    pub fn close(&mut self) {
        if self.ending == Ending::No {
            self.ending = Ending::Asked;
            // Whether it fails is said by the next call.
            let _ = self.go_on();
        }
    }

    /// Whether the server has said that it will send no more. A connection that ends without it was
    /// cut, by whom is unknown (RFC 8446, section 6.1): what came before is authentic, but may not be
    /// all. Whether that is enough is the caller's to judge.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("ready", &self.is_ready())
            .field("ending", &self.ending)
            .field("closed", &self.closed)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}
