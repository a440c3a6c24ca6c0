//! The client of the edges that run as WebAssembly, over TLS as their platforms make it. It sends its
//! credential and its first flight in one write.

use conclave_edge_bus::client::{Client, Network, Transport, TransportError};
use conclave_edge_bus::session::{Credential, Fault};
use conclave_protocol::service::BusUser;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

pub struct Tls {
    address: SocketAddr,
    connector: TlsConnector,
}

pub struct Stream(TlsStream<TcpStream>);

impl Transport for Stream {
    async fn write(&mut self, bytes: Vec<u8>) -> Result<(), TransportError> {
        self.0.write_all(&bytes).await.map_err(|_| TransportError)?;
        self.0.flush().await.map_err(|_| TransportError)
    }

    async fn read(&mut self) -> Result<Vec<u8>, TransportError> {
        let mut bytes = Vec::with_capacity(64 << 10);
        self.0.read_buf(&mut bytes).await.map_err(|_| TransportError)?;
        Ok(bytes)
    }

    async fn close(mut self) {
        let _peer_may_be_gone = self.0.shutdown().await;
    }
}

impl Network for Tls {
    type Transport = Stream;

    fn encrypted(&self) -> bool {
        true
    }

    async fn connect(&self) -> Result<Stream, TransportError> {
        let stream = TcpStream::connect(self.address).await.map_err(|_| TransportError)?;
        stream.set_nodelay(true).map_err(|_| TransportError)?;
        let name = ServerName::try_from("localhost").map_err(|_| TransportError)?;
        let stream = self.connector.connect(name, stream).await;
        stream.map(Stream).map_err(|_| TransportError)
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    fn failed(&self, fault: Fault) {
        panic!("{fault}");
    }
}

/// For the gate at `address`, whose certificate the authority in `dir` vouches for.
pub fn wasm_edge(address: SocketAddr, dir: &Path, user: &BusUser) -> Client<Tls> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(dir.join("authority.pem")).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    Client::new(Tls { address, connector }, Credential::of(user).unwrap(), [7; 16])
}
