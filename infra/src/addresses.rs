//! Who listens where, what browsers are told, and from which pages they may speak to NATS.

mod gate;

pub use gate::{EdgesWish, Gate, GatePorts};

use crate::failure::Failure;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What an operator said about addresses.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// `--listen`.
    pub listen: Option<SocketAddr>,
    /// `--public-ip`.
    pub public_ip: Option<IpAddr>,
    /// `--advertise`.
    pub advertise: Option<SocketAddr>,
    /// `--origin`.
    pub origins: Vec<Origin>,
    /// `--nats-ws-url`.
    pub nats_ws_url: Option<String>,
    /// `--edges-listen`, `--edges-cert` and `--edges-key`.
    pub edges: Option<EdgesWish>,
}

/// The ports that were chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// The edge's.
    pub http: u16,
    /// NATS for services.
    pub nats: u16,
    /// NATS for browsers.
    pub nats_ws: u16,
    /// Media, UDP.
    pub media: u16,
    /// The media node's counters.
    pub metrics: u16,
    /// Where a gate is asked for.
    pub gate: Option<GatePorts>,
}

/// Every address of a deployment on one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// Where the edge listens.
    pub listen: SocketAddr,
    /// Where NATS listens for services: always loopback.
    pub nats: SocketAddr,
    /// Where NATS listens for browsers.
    pub nats_ws: SocketAddr,
    /// Where the media node listens (UDP).
    pub media: SocketAddr,
    /// Where the media node shows its counters: always loopback.
    pub metrics: SocketAddr,
    /// The media address that browsers are told, where it is not `media`.
    pub advertise: Option<SocketAddr>,
    /// What people open.
    pub url: String,
    /// Where browsers reach NATS.
    pub nats_ws_url: String,
    /// The pages from which they may.
    pub origins: Vec<String>,
    /// Where edges elsewhere arrive, if they are to.
    pub gate: Option<Gate>,
}

/// Scheme, host and port of a page: `https://meet.example.org`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

impl std::str::FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rule = "an origin is http:// or https://, a host and perhaps a port, and nothing else";
        let text = text.strip_suffix('/').unwrap_or(text).to_ascii_lowercase();
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let host = host.ok_or(rule)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
        if host.is_empty() || !host.chars().all(plain) {
            return Err(rule.into());
        }
        Ok(Self(text))
    }
}

impl Wishes {
    /// Where the edge is to listen; its port may be 0 for a free one.
    #[must_use]
    pub fn listen(&self) -> SocketAddr {
        self.listen.unwrap_or_else(|| {
            let ip = match self.public_ip {
                None => Ipv4Addr::LOCALHOST.into(),
                Some(IpAddr::V4(_)) => Ipv4Addr::UNSPECIFIED.into(),
                Some(IpAddr::V6(_)) => Ipv6Addr::UNSPECIFIED.into(),
            };
            SocketAddr::new(ip, 8080)
        })
    }

    /// Where the media node is to listen: beside the edge, or everywhere where browsers are told
    /// another address than its own.
    #[must_use]
    pub fn media_ip(&self) -> IpAddr {
        match self.listen().ip() {
            IpAddr::V4(_) if self.public_ip.is_some() => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) if self.public_ip.is_some() => Ipv6Addr::UNSPECIFIED.into(),
            ip => ip,
        }
    }

    /// Refuses wishes that cannot work, before anything is started.
    ///
    /// # Errors
    /// [`Failure::Usage`].
    pub fn check(&self) -> Result<(), Failure> {
        let told = self.public_ip.is_some() || self.advertise.is_some();
        if self.listen().ip().is_unspecified() && !told {
            return Err(Failure::Usage(format!(
                "--listen {} needs --public-ip IP as well: the address that browsers are told",
                self.listen()
            )));
        }
        if self.public_ip.or(self.advertise.map(|a| a.ip())).is_some_and(|ip| ip.is_unspecified()) {
            return Err(Failure::Usage("browsers need an address that they can reach".into()));
        }
        let secure_page = self.origins.iter().any(|origin| origin.0.starts_with("https://"));
        match &self.nats_ws_url {
            Some(url) if !(url.starts_with("ws://") || url.starts_with("wss://")) => {
                Err(Failure::Usage("--nats-ws-url begins with ws:// or wss://".into()))
            }
            Some(url) if secure_page && !url.starts_with("wss://") => Err(Failure::Usage(
                "an https origin needs a wss:// address in --nats-ws-url: browsers open no ws:// from such a page".into(),
            )),
            None if secure_page => Err(Failure::Usage(
                "an https --origin needs --nats-ws-url wss://… as well: where the reverse proxy passes browsers on to NATS".into(),
            )),
            _ => Ok(()),
        }
    }

    /// Works everything out from the wishes and the chosen ports.
    #[must_use]
    pub fn resolve(&self, ports: Ports) -> Addresses {
        let listen = SocketAddr::new(self.listen().ip(), ports.http);
        let host = self.public_ip.unwrap_or(reachable(listen.ip()));
        let own = http(host, ports.http);
        let media = SocketAddr::new(self.media_ip(), ports.media);
        let advertise = self
            .advertise
            .or_else(|| self.public_ip.map(|ip| SocketAddr::new(ip, ports.media)))
            .or_else(|| media.ip().is_unspecified().then(|| SocketAddr::new(host, ports.media)));
        let mut origins = vec![own.clone(), http(reachable(listen.ip()), ports.http)];
        if listen.ip().is_loopback() || listen.ip().is_unspecified() {
            for ip in [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()] {
                origins.push(http(ip, ports.http));
            }
            origins.push(format!("http://localhost:{}", ports.http));
        }
        origins.extend(self.origins.iter().map(|origin| origin.0.clone()));
        origins.sort();
        origins.dedup();
        let gate = self.edges.as_ref().zip(ports.gate).map(|(wish, ports)| wish.resolve(ports));
        Addresses {
            listen,
            nats: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), ports.nats),
            nats_ws: SocketAddr::new(listen.ip(), ports.nats_ws),
            media,
            metrics: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), ports.metrics),
            advertise,
            url: self.origins.first().map_or(own, |origin| origin.0.clone()),
            nats_ws_url: self
                .nats_ws_url
                .clone()
                .unwrap_or_else(|| format!("ws://{}", SocketAddr::new(host, ports.nats_ws))),
            origins,
            gate,
        }
    }
}

impl Addresses {
    /// Where this machine itself reaches the edge.
    #[must_use]
    pub fn local_edge(&self) -> SocketAddr {
        SocketAddr::new(reachable(self.listen.ip()), self.listen.port())
    }

    /// True where browsers will give the page no camera, for it comes neither encrypted nor from
    /// their own machine.
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        let local = ["http://127.", "http://localhost", "http://[::1]"];
        !self.url.starts_with("https://") && !local.iter().any(|start| self.url.starts_with(start))
    }
}

/// A wildcard is reached at loopback.
fn reachable(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    }
}

fn http(ip: IpAddr, port: u16) -> String {
    match port {
        // Browsers leave the scheme's own port out of an origin.
        80 => match ip {
            IpAddr::V4(ip) => format!("http://{ip}"),
            IpAddr::V6(ip) => format!("http://[{ip}]"),
        },
        port => format!("http://{}", SocketAddr::new(ip, port)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTS: Ports =
        Ports { http: 8080, nats: 4222, nats_ws: 8081, media: 10000, metrics: 9090, gate: None };

    #[test]
    fn by_default_everything_is_on_loopback() {
        let wishes = Wishes::default();
        wishes.check().unwrap();
        let a = wishes.resolve(PORTS);
        for address in [a.listen, a.nats, a.nats_ws, a.media] {
            assert!(address.ip().is_loopback());
        }
        assert_eq!(a.advertise, None);
        assert_eq!(a.url, "http://127.0.0.1:8080");
        assert_eq!(a.nats_ws_url, "ws://127.0.0.1:8081");
        let expected = ["http://127.0.0.1:8080", "http://[::1]:8080", "http://localhost:8080"];
        assert_eq!(a.origins, expected);
        assert!(!a.is_insecure());
    }

    #[test]
    fn a_public_address_opens_the_edge_and_is_told_to_browsers() {
        let wishes =
            Wishes { public_ip: Some("203.0.113.5".parse().unwrap()), ..Wishes::default() };
        wishes.check().unwrap();
        let a = wishes.resolve(PORTS);
        assert_eq!(a.listen, "0.0.0.0:8080".parse().unwrap());
        assert_eq!(a.media, "0.0.0.0:10000".parse().unwrap());
        assert_eq!(a.advertise, Some("203.0.113.5:10000".parse().unwrap()));
        assert_eq!(a.nats_ws_url, "ws://203.0.113.5:8081");
        assert!(a.nats.ip().is_loopback(), "services stay on loopback");
        assert!(a.origins.contains(&"http://203.0.113.5:8080".to_owned()));
        assert!(a.origins.contains(&"http://localhost:8080".to_owned()));
        assert_eq!(a.local_edge(), "127.0.0.1:8080".parse().unwrap());
        assert!(a.is_insecure());
    }

    #[test]
    fn behind_a_reverse_proxy_the_page_and_nats_have_the_proxys_names() {
        let wishes = Wishes {
            origins: vec!["https://Meet.example.org/".parse().unwrap()],
            nats_ws_url: Some("wss://meet.example.org/nats".into()),
            public_ip: Some("203.0.113.5".parse().unwrap()),
            listen: Some("127.0.0.1:9000".parse().unwrap()),
            ..Wishes::default()
        };
        wishes.check().unwrap();
        let a = wishes.resolve(Ports { http: 9000, ..PORTS });
        assert!(a.listen.ip().is_loopback() && a.nats_ws.ip().is_loopback());
        assert_eq!(a.media, "0.0.0.0:10000".parse().unwrap(), "media does not pass the proxy");
        assert_eq!(a.url, "https://meet.example.org");
        assert_eq!(a.nats_ws_url, "wss://meet.example.org/nats");
        assert!(a.origins.contains(&"https://meet.example.org".to_owned()));
        assert!(!a.is_insecure());
    }

    #[test]
    fn port_forwarding_tells_browsers_another_media_address() {
        let wishes =
            Wishes { advertise: Some("198.51.100.7:7000".parse().unwrap()), ..Wishes::default() };
        assert_eq!(wishes.resolve(PORTS).advertise, Some("198.51.100.7:7000".parse().unwrap()));
    }

    #[test]
    fn wishes_that_cannot_work_are_refused() {
        let listen = Some("0.0.0.0:80".parse().unwrap());
        assert!(Wishes { listen, ..Wishes::default() }.check().is_err());
        let origins = vec!["https://a.example".parse().unwrap()];
        let proxied = Wishes { origins, ..Wishes::default() };
        assert!(proxied.check().is_err());
        let url = Some("ws://a.example".into());
        assert!(Wishes { nats_ws_url: url, ..proxied.clone() }.check().is_err());
        let url = Some("https://a.example".into());
        assert!(Wishes { nats_ws_url: url, ..Wishes::default() }.check().is_err());
    }

    #[test]
    fn an_origin_has_no_path() {
        assert!("https://a.example".parse::<Origin>().is_ok());
        assert!("http://[::1]:8080".parse::<Origin>().is_ok());
        for bad in ["a.example", "https://", "https://a/b", "ftp://a", "https://a b", "https://u@a"]
        {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_schemes_own_port_is_left_out() {
        assert_eq!(http(Ipv4Addr::LOCALHOST.into(), 80), "http://127.0.0.1");
    }
}
