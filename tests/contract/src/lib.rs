//! What every edge must do, whatever it runs in: the scenarios in `tests/` are written once, against
//! HTTP, and run against the native edge, a Cloudflare Worker in `workerd`, and a component in a host
//! of WASI HTTP. Here is what they share: a real nats-server in operator mode with the roles' own
//! permissions, edges on it, a media node that answers, a person's requests by hand, and a line to
//! NATS that can be meddled with.

// A test fails by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod bench;
pub mod edges;
pub mod http;
pub mod line;
pub mod node;
pub mod person;
pub mod scrub;

pub use conclave_test_nats::Nats;
pub use edges::{Edge, Kind};

/// Runs scenarios, `async fn(Kind)`, against the edge in every runtime.
#[macro_export]
macro_rules! on_every_edge {
    ($($scenario:ident),* $(,)?) => {
        mod native {
            $(#[tokio::test] async fn $scenario() { super::$scenario($crate::Kind::Native).await })*
        }
        mod worker {
            $(#[tokio::test] async fn $scenario() { super::$scenario($crate::Kind::Worker).await })*
        }
        mod spin {
            $(#[tokio::test] async fn $scenario() { super::$scenario($crate::Kind::Spin).await })*
        }
    };
}
