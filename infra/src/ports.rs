//! Choosing ports: what was asked for must be free; what was not is kept from one `up` to the next
//! where it can be, so that open pages and firewall rules go on to work.

use crate::addresses::{GatePorts, Ports, Wishes};
use crate::failure::Failure;
use crate::files;
use serde::{Deserialize, Serialize};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;

/// The media port where browsers come from elsewhere and the operator named none.
const PUBLIC_MEDIA_PORT: u16 = 10_000;

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Remembered {
    nats: u16,
    nats_ws: u16,
    media: u16,
    metrics: u16,
    leaf: u16,
}

/// Ports that the operator named.
#[derive(Debug, Clone, Copy, Default)]
pub struct Named {
    /// `--media-port`.
    pub media: Option<u16>,
    /// `--nats-ws-port`.
    pub nats_ws: Option<u16>,
}

/// Chooses every port, and remembers the choice in the state folder.
///
/// # Errors
/// [`Failure::PortBusy`] where a port that the operator named is taken.
pub fn choose(wishes: &Wishes, named: Named, state: &Path) -> Result<Ports, Failure> {
    let path = state.join("ports.json");
    let kept: Remembered = files::read_json(&path)?.unwrap_or_default();
    let listen = wishes.listen();
    let loopback = IpAddr::from(Ipv4Addr::LOCALHOST);
    let http = exact(listen, "--listen ADDR:PORT", tcp)?;
    let nats_ws = match named.nats_ws {
        Some(port) => exact(SocketAddr::new(listen.ip(), port), "--nats-ws-port PORT", tcp)?,
        None => first(listen.ip(), &[kept.nats_ws, http.wrapping_add(1)], &[http], tcp)?,
    };
    let nats = first(loopback, &[kept.nats], &[http, nats_ws], tcp)?;
    let media = match named.media {
        Some(port) => exact(SocketAddr::new(wishes.media_ip(), port), "--media-port PORT", udp)?,
        None if wishes.public_ip.is_some() => {
            exact(SocketAddr::new(wishes.media_ip(), PUBLIC_MEDIA_PORT), "--media-port PORT", udp)?
        }
        None => first(wishes.media_ip(), &[kept.media], &[], udp)?,
    };
    let metrics = first(loopback, &[kept.metrics], &[http, nats_ws, nats], tcp)?;
    let gate = match &wishes.edges {
        None => None,
        Some(wish) => {
            let edges = exact(wish.listen, "--edges-listen ADDR:PORT", tcp)?;
            let taken = [http, nats_ws, nats, metrics, edges];
            Some(GatePorts { edges, leaf: first(loopback, &[kept.leaf], &taken, tcp)? })
        }
    };
    let leaf = gate.map_or(kept.leaf, |gate| gate.leaf);
    files::write_json(&path, &Remembered { nats, nats_ws, media, metrics, leaf })?;
    Ok(Ports { http, nats, nats_ws, media, metrics, gate })
}

type Bind = fn(SocketAddr) -> io::Result<u16>;

/// Binds and lets go again; port 0 becomes a free one.
fn tcp(address: SocketAddr) -> io::Result<u16> {
    Ok(TcpListener::bind(address)?.local_addr()?.port())
}

fn udp(address: SocketAddr) -> io::Result<u16> {
    Ok(UdpSocket::bind(address)?.local_addr()?.port())
}

fn exact(address: SocketAddr, option: &str, bind: Bind) -> Result<u16, Failure> {
    bind(address).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => Failure::PortBusy(format!(
            "{address} is in use by another program: stop that, or choose another port with {option}"
        )),
        ErrorKind::AddrNotAvailable => Failure::Usage(format!(
            "{} is not an address of this machine: choose another with {option}",
            address.ip()
        )),
        ErrorKind::PermissionDenied => Failure::Usage(format!(
            "port {} is reserved for root: choose one above 1023 with {option}",
            address.port()
        )),
        _ => Failure::Other(format!("cannot listen on {address}: {error}")),
    })
}

/// The first free port of `wanted`, else any, and none of `taken`.
fn first(ip: IpAddr, wanted: &[u16], taken: &[u16], bind: Bind) -> Result<u16, Failure> {
    let any = [0; 8];
    wanted
        .iter()
        .filter(|port| **port != 0)
        .chain(&any)
        .filter_map(|port| bind(SocketAddr::new(ip, *port)).ok())
        .find(|port| !taken.contains(port))
        .ok_or_else(|| Failure::Other(format!("no port is free on {ip}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free() -> SocketAddr {
        SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0)
    }

    #[test]
    fn ports_are_distinct_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let wishes = Wishes { listen: Some(free()), ..Wishes::default() };
        let one = choose(&wishes, Named::default(), dir.path()).unwrap();
        assert!(one.http != one.nats && one.nats != one.nats_ws && one.http != one.nats_ws);
        let two = choose(&wishes, Named::default(), dir.path()).unwrap();
        assert_eq!((one.nats, one.media, one.metrics), (two.nats, two.media, two.metrics));
    }

    #[test]
    fn a_busy_port_that_was_named_is_an_error_and_another_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let busy = TcpListener::bind(free()).unwrap();
        let listen = Some(busy.local_addr().unwrap());
        let wishes = Wishes { listen, ..Wishes::default() };
        let error = choose(&wishes, Named::default(), dir.path()).unwrap_err();
        assert_eq!(error.exit_code(), 3);
        assert!(error.to_string().contains("--listen"), "{error}");

        let wishes = Wishes { listen: Some(free()), ..Wishes::default() };
        let taken = busy.local_addr().unwrap().port();
        let named = Named { nats_ws: Some(taken), ..Named::default() };
        assert_eq!(choose(&wishes, named, dir.path()).unwrap_err().exit_code(), 3);
        let kept = Remembered { nats_ws: taken, ..Remembered::default() };
        files::write_json(&dir.path().join("ports.json"), &kept).unwrap();
        let ports = choose(&wishes, Named::default(), dir.path()).unwrap();
        assert_ne!(ports.nats_ws, taken);
    }
}
