//! A network that is slow or loses packets, on one machine: relays for TCP and UDP that delay what
//! they carry. (The kernel's own emulation is not available everywhere.)

mod tcp;
mod udp;

use serde::Serialize;
use std::net::SocketAddr;
use std::time::Duration;

/// How the link behaves in each direction.
#[derive(Debug, Clone, Copy, Default)]
pub struct Link {
    /// Time that every byte takes one way.
    pub delay: Duration,
    /// Share of datagrams that are lost, 0.0 to 1.0. Streams lose nothing: TCP would repair it.
    pub loss: f32,
    /// Bytes that a stream carries in a second each way; as many as there are where absent.
    pub bytes_per_second: Option<u32>,
    /// Seed of the losses, so that a run can be repeated.
    pub seed: u64,
}

/// A relay's two ends.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Ends {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where it leads.
    pub target: SocketAddr,
}

/// Starts relays in the background of the current runtime; they live as long as it does.
///
/// # Errors
/// Where an address cannot be bound.
pub async fn start(link: Link, tcp: &[Ends], udp: &[Ends]) -> std::io::Result<()> {
    for ends in tcp {
        let listener = tokio::net::TcpListener::bind(ends.listen).await?;
        tokio::spawn(tcp::accept(listener, ends.target, link));
    }
    for ends in udp {
        let socket = tokio::net::UdpSocket::bind(ends.listen).await?;
        tokio::spawn(udp::relay(socket, ends.target, link));
    }
    Ok(())
}
