//! NATS for native services: connecting with a role's credential, and KV operations by the raw
//! subjects that the roles permit. (The client library's own KV asks for more rights than a role
//! has: it wants to see streams.)

mod connect;
mod kv;

pub use connect::{ConnectError, connect};
pub use kv::{Expect, Kv, KvError};
