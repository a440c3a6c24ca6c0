//! TCP by the host.

use conclave_edge_bus::client::{Transport, TransportError};
use conclave_edge_bus::deployment::Address;
use spin_sdk::wasip3::sockets::ip_name_lookup::resolve_addresses;
use spin_sdk::wasip3::sockets::types::{
    IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress, TcpSocket,
};
use spin_sdk::wasip3::wit_bindgen::{StreamReader, StreamResult, StreamWriter};
use spin_sdk::wasip3::wit_stream;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Bytes asked for at a time.
const CHUNK: usize = 16 * 1024;

/// A connection.
pub(crate) struct Tcp {
    // The streams end where their socket goes.
    _socket: TcpSocket,
    writer: StreamWriter<u8>,
    reader: StreamReader<u8>,
}

impl Tcp {
    /// Dials.
    pub(crate) async fn connect(address: &Address) -> Result<Self, TransportError> {
        let (family, at) = of_wasi(resolve(address).await?, address.port());
        let socket = TcpSocket::create(family).map_err(|_| TransportError)?;
        socket.connect(at).await.map_err(|_| TransportError)?;
        let (writer, outgoing) = wit_stream::new();
        // Both results say how the connection ended, which its streams say as well.
        let _sent = socket.send(outgoing);
        let (reader, _received) = socket.receive();
        Ok(Self { _socket: socket, writer, reader })
    }
}

impl Transport for Tcp {
    async fn write(&mut self, bytes: Vec<u8>) -> Result<(), TransportError> {
        let unsent = self.writer.write_all(bytes).await;
        if unsent.is_empty() { Ok(()) } else { Err(TransportError) }
    }

    async fn read(&mut self) -> Result<Vec<u8>, TransportError> {
        let (status, bytes) = self.reader.read(Vec::with_capacity(CHUNK)).await;
        match status {
            StreamResult::Complete(_) | StreamResult::Dropped => Ok(bytes),
            StreamResult::Cancelled => Err(TransportError),
        }
    }

    async fn close(self) {}
}

/// An IP address is itself, without asking: some hosts answer no question about names.
async fn resolve(address: &Address) -> Result<IpAddr, TransportError> {
    if let Ok(address) = address.host().parse() {
        return Ok(address);
    }
    let found = resolve_addresses(address.host().to_owned()).await.map_err(|_| TransportError)?;
    Ok(match found.into_iter().next().ok_or(TransportError)? {
        IpAddress::Ipv4((a, b, c, d)) => Ipv4Addr::new(a, b, c, d).into(),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => Ipv6Addr::new(a, b, c, d, e, f, g, h).into(),
    })
}

fn of_wasi(address: IpAddr, port: u16) -> (IpAddressFamily, IpSocketAddress) {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            let address = Ipv4SocketAddress { port, address: (a, b, c, d) };
            (IpAddressFamily::Ipv4, IpSocketAddress::Ipv4(address))
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h] = address.segments();
            let address = (a, b, c, d, e, f, g, h);
            let address = Ipv6SocketAddress { port, flow_info: 0, address, scope_id: 0 };
            (IpAddressFamily::Ipv6, IpSocketAddress::Ipv6(address))
        }
    }
}
