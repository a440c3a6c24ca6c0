//! A real nats-server that speaks TLS first; ended on drop.

use super::pki::Shown;
use conclave_edge_tls::{Tls, TlsError};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

pub struct Nats {
    _dir: TempDir,
    port: u16,
    child: Child,
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Nats {
    pub fn start(shown: &Shown) -> Self {
        Self::start_with(shown, "handshake_first: true")
    }

    /// With more settings of its `tls`.
    pub fn start_with(shown: &Shown, settings: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let path = |name| dir.path().join(name).display().to_string();
        let (cert, key, config) = (path("cert.pem"), path("key.pem"), path("nats.conf"));
        std::fs::write(&cert, &shown.pem).unwrap();
        std::fs::write(&key, shown.key.serialize_pem()).unwrap();
        let text = format!(
            "listen: \"127.0.0.1:{port}\"\n\
             tls {{ cert_file: \"{cert}\", key_file: \"{key}\", {settings} }}\n"
        );
        std::fs::write(&config, text).unwrap();
        let child = Command::new(binary())
            .args(["-c", &config])
            .stderr(Stdio::null())
            .spawn()
            .expect("nats-server starts");
        let nats = Self { _dir: dir, port, child };
        // It listens soon; what is refused until then is refused by the system.
        for _ in 0..400 {
            if TcpStream::connect(("127.0.0.1", nats.port)).is_ok() {
                return nats;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("nats-server does not listen");
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }
}

/// Carries bytes both ways, at most `cut` of the server's at a time, until it has said `until`.
pub fn hear(
    stream: &mut TcpStream,
    tls: &mut Tls,
    until: &str,
    cut: usize,
) -> Result<String, TlsError> {
    let (mut heard, mut buffer) = (Vec::new(), vec![0; cut]);
    while !String::from_utf8_lossy(&heard).contains(until) {
        stream.write_all(&tls.take_output()).unwrap();
        let length = match stream.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::ConnectionReset => 0,
            result => result.unwrap(),
        };
        assert_ne!(length, 0, "the server has hung up after {:?}", String::from_utf8_lossy(&heard));
        match tls.receive(&buffer[..length]) {
            Ok(said) => heard.extend(said),
            Err(error) => {
                let _ = stream.write_all(&tls.take_output());
                return Err(error);
            }
        }
    }
    Ok(String::from_utf8(heard).unwrap())
}

/// What `CONCLAVE_NATS_SERVER` names, else what `up` has downloaded, else the one on PATH.
fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("CONCLAVE_NATS_SERVER") {
        return path.into();
    }
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).unwrap_or_else(|| {
        PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache")
    });
    let kept = cache.join("conclave/bin/nats-server-2.15.1");
    if kept.is_file() { kept } else { "nats-server".into() }
}
