//! TLS 1.3 for an edge whose platform has none to offer: no sockets, no clock, no C. Bytes that came
//! and the time go in, bytes for the wire and what the server said come out. It is rustls with the
//! primitives of RustCrypto, for the one connection such an edge makes: to the bus.

mod config;
mod error;
mod output;
mod provider;
mod roots;
mod tls;

pub use error::{RootsError, TlsError};
pub use roots::Roots;
pub use tls::{MAX_PENDING, Tls};
