//! A warden's life.

use crate::account::Signer;
use crate::bans::Bans;
use crate::buckets::Buckets;
use crate::config::Config;
use crate::error::WardenError;
use crate::lease::{self, Holding, Lease, LeaseKey, Round};
use crate::revoking::Revoking;
use crate::sentinel::Sentinel;
use crate::system::System;
use async_nats::Client;
use async_nats::connection::State;
use async_nats::datetime::DateTime;
use conclave_bus::Kv;
use conclave_protocol::bucket;
use conclave_protocol::subjects::{REVOKER_INBOX, WARDEN_INBOX};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval, sleep};

/// How often the buckets are looked at.
const ROUND: Duration = Duration::from_millis(500);

/// How long a write may take: of two tries to renew the lease, one may fail.
const DEADLINE: Duration = Duration::from_millis(1500);

/// Takes the lease or stands by, makes the buckets, has NATS refuse whom it is to refuse, calls
/// `ready` once, and goes on until `shutdown` resolves.
///
/// # Errors
/// [`WardenError`], before `ready` only: later troubles are logged and tried again.
pub async fn run(
    config: Config,
    ready: impl FnOnce() + Send,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), WardenError> {
    let signer = Signer::new(&config.rooms).ok_or(WardenError::Config("account ROOMS"))?;
    if config.name.is_empty() {
        return Err(WardenError::Config("name"));
    }
    let client = conclave_bus::connect(&config.nats, WARDEN_INBOX, "warden").await?;
    let revoker = conclave_bus::connect(&config.revoker, REVOKER_INBOX, "revoker").await?;
    let system = System::new(revoker, signer.public());
    let kv = Kv::new(client.clone(), DEADLINE);
    let key = LeaseKey::derive(&config.rooms.operator_seed);
    let lease = Lease::new(kv.clone(), config.name.clone(), key);
    let warden = Warden {
        buckets: Buckets::new(client.clone(), &config),
        holding: lease.holding(),
        client: client.clone(),
    };
    let rooms_were_there = warden.buckets.has_rooms().await?;
    warden.buckets.make_rooms().await?;
    if lease.keep().await == Round::Unknown {
        return Err(WardenError::Bucket(bucket::ROOMS.name, "it takes no value".to_owned()));
    }
    let works = async {
        let mut sentinel = Sentinel::new(kv);
        if warden.holding.is_ours() {
            warden.buckets.make(|made| sentinel.seen(made)).await?;
            if !rooms_were_there {
                // Services wait for the warden: there are no owners yet.
                sentinel.write().await.map_err(|error| {
                    let why = format!("cannot write into it: {error}");
                    WardenError::Bucket(bucket::ROOMS.name, why)
                })?;
            }
        }
        let mut revoking = Revoking::new(Bans::new(client), system, signer);
        let heard = revoking.begin(&warden.holding).await;
        let heard = heard.map_err(|error| WardenError::Revocations(error.to_string()))?;
        ready();
        let holding = warden.holding.clone();
        tokio::join!(warden.keep_buckets(sentinel), revoking.run(heard, holding));
        Ok(())
    };
    let result = tokio::select! {
        () = shutdown => Ok(()),
        result = works => result,
        () = warden.keep_lease(&lease) => Ok(()),
    };
    lease.release().await;
    result
}

struct Warden {
    client: Client,
    buckets: Buckets,
    holding: Holding,
}

impl Warden {
    async fn keep_lease(&self, lease: &Lease) {
        loop {
            let ours = self.holding.is_ours();
            sleep(if ours { lease::RENEW } else { lease::TRY }).await;
            if self.is_connected() && lease.keep().await == Round::Unknown {
                // A lone NATS that restarted has forgotten the bucket, and whoever worked.
                if let Err(error) = self.buckets.make_rooms().await {
                    tracing::debug!(%error, "cannot make the bucket of the lease");
                }
            }
        }
    }

    async fn keep_buckets(&self, mut sentinel: Sentinel<DateTime>) {
        let mut round = interval(ROUND);
        round.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut were_ours = self.holding.is_ours();
        loop {
            round.tick().await;
            let are_ours = self.holding.is_ours() && self.is_connected();
            if are_ours && !were_ours {
                // Another release may have made them.
                if let Err(error) = self.buckets.make(|made| sentinel.seen(made)).await {
                    tracing::warn!(%error, "cannot take the buckets over");
                    continue;
                }
            }
            if are_ours && let Some(made) = self.buckets.look_after().await {
                sentinel.seen(made);
                sentinel.write_if_due().await;
            }
            were_ours = are_ours;
        }
    }

    fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }
}
