//! Clock, randomness and bus of an isolate.

use crate::network::Cloudflare;
use conclave_edge_bus::client::Client;
use conclave_edge_bus::deployment::Deployment;
use conclave_edge_core::keys::Keys;
use conclave_edge_core::platform::{BusError, BusOp, BusReply, NoRandomness, Platform};
use worker::Date;

/// The platform that handlers see, for one request.
pub(crate) struct Isolate<'a> {
    keys: &'a Keys,
    bus: Client<Cloudflare<'a>>,
}

impl<'a> Isolate<'a> {
    /// For one request.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub(crate) fn new(deployment: &'a Deployment) -> Result<Self, NoRandomness> {
        let network = Cloudflare { address: &deployment.address };
        let bus = Client::new(network, deployment.credential.clone(), random()?);
        Ok(Self { keys: &deployment.keys, bus })
    }

    /// Closes the connection to the bus, if there is one.
    pub(crate) async fn close(self) {
        self.bus.close().await;
    }
}

impl Platform for Isolate<'_> {
    fn now(&self) -> u64 {
        Date::now().as_millis() / 1000
    }

    fn random<const N: usize>(&self) -> Result<[u8; N], NoRandomness> {
        random()
    }

    fn keys(&self) -> &Keys {
        self.keys
    }

    async fn flight(&self, operations: Vec<BusOp>) -> Vec<Result<BusReply, BusError>> {
        self.bus.flight(operations).await
    }
}

fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}
