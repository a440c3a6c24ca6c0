//! Runs a node: opens ports, connects, registers, and feeds the owner until it is told to stop.

use crate::audit::AuditLog;
use crate::config::Config;
use crate::gate::Gate;
use crate::metrics::{self, Sources};
use crate::owner::{History, Owner, Parts};
use crate::publisher::Publisher;
use crate::registry::{BEAT, Figures, Registry, Standing};
use crate::shard::Shard;
use async_nats::{Client, Subscriber};
use conclave_bus::{Kv, connect};
use conclave_protocol::subjects;
use conclave_sfu::Event;
use futures_util::StreamExt;
use std::future::Future;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

/// Events of all shards that may wait for the owner.
const EVENTS: usize = 4096;
/// Time that a KV operation may take.
const KV_DEADLINE: Duration = Duration::from_secs(2);
/// Time that taking the registry's entry away may take: it expires by itself soon after.
const WITHDRAW_DEADLINE: Duration = Duration::from_millis(500);

/// Why a node did not start or stopped.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// A media port is in use or not ours.
    #[error("cannot open the media port: {0}")]
    Media(std::io::Error),
    /// NATS cannot be reached or refuses the credential.
    #[error("{0}")]
    Bus(#[from] conclave_bus::ConnectError),
    /// The metrics address is in use or not ours.
    #[error("cannot listen on the metrics address: {0}")]
    Metrics(std::io::Error),
    /// The audit log is asked for and cannot be kept.
    #[error("cannot keep the audit log: {0}")]
    Audit(std::io::Error),
    /// A shard's thread ended: its rooms have no media any more.
    #[error("a shard ended")]
    Shard,
    /// NATS closed a subscription for good.
    #[error("NATS ended a subscription")]
    Subscription,
    /// The settings contradict themselves.
    #[error("the configuration is not usable: {0}")]
    Settings(&'static str),
}

/// Runs a node until `shutdown` resolves; calls `ready` once with the addresses that browsers are
/// told as soon as the node is registered.
///
/// # Errors
/// [`NodeError`].
pub async fn run(
    config: Config,
    ready: impl FnOnce(&[SocketAddr]) + Send,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), NodeError> {
    check(&config)?;
    let metrics = match config.metrics {
        Some(address) => Some(TcpListener::bind(address).await.map_err(NodeError::Metrics)?),
        None => None,
    };
    let audit =
        config.audit.as_deref().map(AuditLog::open).transpose().map_err(NodeError::Audit)?;
    let (media_events, mut media) = mpsc::channel(EVENTS);
    let shards = start_shards(&config, &media_events)?;
    drop(media_events);
    let addresses: Vec<SocketAddr> = shards.iter().map(|shard| shard.address).collect();

    let inbox = subjects::node_inbox(&config.node);
    let ctrl = connect(&config.ctrl, &inbox, config.node.as_str()).await?;
    let rooms = connect(&config.rooms, &inbox, config.node.as_str()).await?;
    let mut requests = subscribe(&ctrl, subjects::node_requests(&config.node)).await?;
    let participants = subscribe(&rooms, subjects::from_participants(&config.node)).await?;
    let moderators = subscribe(&rooms, subjects::from_moderators(&config.node)).await?;
    let mut gate = Gate::open(participants, moderators, config.node.clone());

    let kv = Kv::new(ctrl.clone(), KV_DEADLINE);
    let registry =
        Registry::new(kv.clone(), config.node.clone(), config.region, config.capacity_packets);
    let tell = config.webhooks;
    let mut owner = Owner::new(Parts {
        node: config.node,
        kv,
        shards,
        ctrl: Publisher::start(ctrl),
        events: Publisher::start(rooms),
        audit,
        history: config.history_seconds.map(|seconds| History { seconds, tell }),
        grant_key: config.grant_key,
    });
    let (figures, shown) = watch::channel(measure(&owner));
    if let Some(listener) = metrics {
        let sources = Sources {
            shards: owner.shards.iter().map(|shard| shard.stats.clone()).collect(),
            figures: shown.clone(),
            events: owner.events.clone(),
            messages_dropped: gate.dropped.clone(),
            errands: owner.errands.clone(),
            counts: owner.counts.clone(),
            audit_missed: owner.audit.as_ref().map(|audit| audit.missed.clone()),
        };
        let mut over = shown.clone();
        let stopped = async move { while over.changed().await.is_ok() {} };
        tokio::spawn(metrics::serve(listener, sources, stopped));
    }
    let (stand, mut standing) = watch::channel(Standing::unknown());
    let registrar = tokio::spawn(keep_registered(registry, shown, stand));

    tokio::pin!(shutdown);
    let mut ready = Some(ready);
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut generation = 0;
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            message = requests.next() => {
                let message = message.ok_or(NodeError::Subscription)?;
                if let Some(reply) = message.reply {
                    owner.request(reply.to_string(), &message.payload).await;
                }
            }
            said = gate.said.recv() => {
                owner.message(said.ok_or(NodeError::Subscription)?).await;
            }
            Some(flood) = gate.floods.recv() => owner.flood(flood).await,
            Some(event) = media.recv() => owner.media(event).await,
            Some(step) = owner.steps.next(), if !owner.steps.is_empty() => owner.step(step).await,
            Some(done) = owner.refreshes.next(), if !owner.refreshes.is_empty() => {
                owner.refreshed(done).await;
            }
            Some(done) = owner.stores.next(), if !owner.stores.is_empty() => owner.stored(done),
            Ok(()) = standing.changed() => {
                let now = *standing.borrow_and_update();
                owner.standing = now;
                if now.may_speak(Instant::now()) && let Some(ready) = ready.take() {
                    ready(&addresses);
                }
                if now.generation != generation {
                    generation = now.generation;
                    owner.rewrite_all();
                }
            }
            _ = beat.tick() => {
                if owner.shards.iter().any(|shard| shard.orders.is_closed()) {
                    return Err(NodeError::Shard);
                }
                owner.tick().await;
                figures.send_replace(measure(&owner));
            }
        }
    }
    drop(figures);
    // The registrar takes the entry away as soon as nobody shows it figures any more.
    let _ended = tokio::time::timeout(WITHDRAW_DEADLINE, registrar).await;
    let (shards, audit) = (owner.shards, owner.audit);
    let end = move || {
        shards.into_iter().for_each(Shard::join);
        drop(audit);
    };
    let _ended = tokio::task::spawn_blocking(end).await;
    Ok(())
}

fn check(config: &Config) -> Result<(), NodeError> {
    if config.media.is_empty() {
        return Err(NodeError::Settings("`media` names no address"));
    }
    if !config.advertise.is_empty() && config.advertise.len() != config.media.len() {
        return Err(NodeError::Settings("`advertise` must name one address for each of `media`"));
    }
    let wildcard = config.media.iter().any(|address| address.ip().is_unspecified());
    if wildcard && config.advertise.is_empty() {
        return Err(NodeError::Settings("a wildcard in `media` needs `advertise`"));
    }
    Ok(())
}

fn start_shards(config: &Config, events: &mpsc::Sender<Event>) -> Result<Vec<Shard>, NodeError> {
    let shards = config.media.iter().enumerate().map(|(index, bind)| {
        let advertise = config.advertise.get(index).copied();
        Shard::start(index, *bind, advertise, events.clone())
    });
    shards.collect::<Result<_, _>>().map_err(NodeError::Media)
}

async fn subscribe(client: &Client, subject: String) -> Result<Subscriber, NodeError> {
    client.subscribe(subject).await.map_err(|_| NodeError::Subscription)
}

fn measure(owner: &Owner) -> Figures {
    let packets = |shard: &Shard| {
        let stats = *shard.stats.borrow();
        stats.packets_in + stats.packets_out
    };
    Figures {
        participants: u32::try_from(owner.participants()).unwrap_or(u32::MAX),
        rooms: u32::try_from(owner.room_count()).unwrap_or(u32::MAX),
        packets: owner.shards.iter().map(packets).sum(),
        ignored: owner.ignored(),
    }
}

/// Puts the entry every second until the node stops, then takes it away.
async fn keep_registered(
    mut registry: Registry,
    mut figures: watch::Receiver<Figures>,
    standing: watch::Sender<Standing>,
) {
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            changed = figures.changed() => {
                if changed.is_err() {
                    return registry.withdraw().await;
                }
            }
            _ = beat.tick() => {
                let now = *figures.borrow();
                standing.send_replace(registry.beat(now).await);
            }
        }
    }
}
