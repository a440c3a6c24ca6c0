//! Further services beside those of `conclave up`, on the same NATS.

use anyhow::{Context, Result};
use conclave::ready::Ready;
use conclave_tests::system::{Connection, System, binary};
use serde_json::Value;
use std::fs::File;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long a service may take to be ready.
const PATIENCE: Duration = Duration::from_secs(20);

/// A service in a process of its own, killed on drop.
#[derive(Debug)]
pub struct Service {
    child: Child,
    /// Where it listens, if it does.
    pub address: Option<String>,
}

impl Service {
    /// Starts `conclave <kind>` with a configuration; `name` names its files in the state folder.
    ///
    /// # Errors
    /// Where it does not become ready.
    pub async fn start(system: &System, kind: &str, name: &str, config: &Value) -> Result<Self> {
        let path = system.state.join(format!("{name}.json"));
        std::fs::write(&path, config.to_string())?;
        let log = File::create(system.state.join(format!("logs/{name}.log")))?;
        let mut child = Command::new(binary()?)
            .args([kind, "--exit-with-parent", "--config"])
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("no standard output")?).lines();
        let line = timeout(PATIENCE, lines.next_line()).await.context("not ready in time")??;
        let ready = line.as_deref().and_then(Ready::parse).context("it ended instead")?;
        Ok(Self { child, address: ready.address })
    }

    /// Ends it as a crash would.
    ///
    /// # Errors
    /// Where that cannot be done.
    pub async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}

/// One more edge with the same settings, and how applications and browsers reach it.
///
/// # Errors
/// Where it does not start.
pub async fn edge(system: &System, name: &str) -> Result<(Service, Connection)> {
    let mut config = system.config("edge.json")?;
    config["listen"] = "127.0.0.1:0".into();
    let service = Service::start(system, "edge", name, &config).await?;
    let address = service.address.as_deref().context("an edge listens somewhere")?;
    let url = format!("http://{address}");
    Ok((service, Connection { url, ..system.connection.clone() }))
}
