//! `conclave edge-variables`: what an edge on a wasm platform has to be told, as that platform takes it.

use crate::failure::Failure;
use crate::files;
use crate::runtimes::variables;
use clap::{Args, ValueEnum};
use conclave_edge_bus::deployment::{self, Deployment};
use conclave_edge_native::Config as EdgeConfig;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What it is told on its command line.
#[derive(Debug, Args)]
pub struct EdgeVariables {
    /// The state folder [default: as for `up`]
    #[arg(long, value_name = "DIR", env = "CONCLAVE_STATE")]
    pub(crate) state: Option<PathBuf>,
    /// Where edges elsewhere reach the gate (`up --edges-listen`), by TLS [default: NATS itself, as
    /// services on this machine reach it]
    #[arg(long, value_name = "HOST:PORT")]
    nats_addr: Option<String>,
    /// The name that its certificate is for, where it is not HOST
    #[arg(long, value_name = "NAME", requires = "nats_addr")]
    nats_tls_name: Option<String>,
    /// How edges reach it: tls, or wss where the gate is open by WebSocket (`up --edges-wss`)
    #[arg(long, value_name = "tls|wss", requires = "nats_addr", default_value = "tls")]
    nats_transport: String,
    /// As what to print them
    #[arg(long, value_enum)]
    format: Format,
}

/// What `--format` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// JSON, for `wrangler secret bulk`
    Worker,
    /// export SPIN_VARIABLE_NAME='value', for a shell in which Spin is started
    Spin,
    /// export NAME='value', for a shell in which another host of components is started
    Shell,
    /// NAME=value without quotes, for `.dev.vars` and container runtimes
    Env,
}

type Variables = BTreeMap<String, String>;

impl EdgeVariables {
    /// What to print: the edge's secrets.
    ///
    /// # Errors
    /// Where there was no `up` in the state folder, or no edge would take the address.
    pub fn text(&self, state: &Path) -> Result<String, Failure> {
        let path = state.join("edge.json");
        let config: EdgeConfig = files::read_json(&path)?.ok_or_else(|| {
            let path = path.display();
            Failure::Usage(format!("there is no {path}: `conclave up` makes it"))
        })?;
        let mut all: Variables = variables(&config)?.into_iter().collect();
        let mut set = |name: &str, value: &str| {
            all.insert(name.to_ascii_uppercase(), value.to_owned());
        };
        if let Some(address) = &self.nats_addr {
            set(deployment::ADDRESS, address);
            set(deployment::TRANSPORT, &self.nats_transport);
        }
        if let Some(name) = &self.nats_tls_name {
            set(deployment::TLS_NAME, name);
        }
        // As an edge will read them.
        Deployment::read(|name| all.get(&name.to_ascii_uppercase()).cloned())
            .map_err(|error| Failure::Usage(format!("no edge would start with this: {error}")))?;
        self.format.show(&all)
    }
}

impl Format {
    fn show(self, all: &Variables) -> Result<String, Failure> {
        if self == Self::Worker {
            return serde_json::to_string_pretty(all)
                .map(|text| format!("{text}\n"))
                .map_err(|error| Failure::Other(format!("cannot write JSON: {error}")));
        }
        let line = |(name, value): (&String, &String)| {
            // For a shell nothing in single quotes is special but their end.
            let quoted = value.replace('\'', r"'\''");
            match self {
                Self::Spin => format!("export SPIN_VARIABLE_{name}='{quoted}'\n"),
                Self::Shell => format!("export {name}='{quoted}'\n"),
                Self::Worker | Self::Env => format!("{name}={value}\n"),
            }
        };
        Ok(all.iter().map(line).collect())
    }
}
