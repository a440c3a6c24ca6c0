//! Writes that must arrive although nobody waits for them: bans, and the courses of past rooms. Each
//! is tried until it is written or worthless; urgent ones go before the others.

use crate::clock;
use conclave_bus::{Expect, Kv, KvError};
use conclave_protocol::ban::{BusBan, OWNER_SECONDS, bus_key, mark_key, over_key, owner_key};
use conclave_protocol::bucket::{BANS, Bucket, HISTORY};
use conclave_protocol::history::Course;
use conclave_protocol::ids::{Mark, NodeId, RoomKey, Sid};
use conclave_protocol::limits::BUS_JWT_SECONDS;
use conclave_protocol::outbox::{self, Occasion, TRIED_SECONDS};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// Errands that may wait, of either kind: everybody of sixteen of the largest rooms at once.
const QUEUE: usize = 8192;
/// Errands under way at a time.
const AT_ONCE: usize = 64;
/// The first pause before a write is tried again; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How much longer a ban stands than what it bans, against clocks that differ, in seconds.
const MARGIN: u64 = 120;

/// Something to be written.
enum Errand {
    Put(Put),
    Course { put: Put, room: RoomKey, course: Box<Course>, tell: bool },
}

struct Put {
    bucket: Bucket,
    key: String,
    value: Vec<u8>,
    /// When it is worthless, in seconds since 1970.
    until: u64,
}

/// What became of them so far.
#[derive(Debug, Default)]
pub(crate) struct Count {
    pub(crate) done: AtomicU64,
    /// Worthless before they could be written, or too many at once.
    pub(crate) lost: AtomicU64,
}

/// Takes errands.
#[derive(Clone)]
pub(crate) struct Errands {
    urgent: mpsc::Sender<Errand>,
    others: mpsc::Sender<Errand>,
    pub(crate) count: Arc<Count>,
}

impl Errands {
    /// Runs errands until every clone is gone and all are done.
    pub(crate) fn start(kv: Kv) -> Self {
        let (urgent, urgent_inbox) = mpsc::channel(QUEUE);
        let (others, other_inbox) = mpsc::channel(QUEUE);
        let count = Arc::new(Count::default());
        tokio::spawn(run(kv, urgent_inbox, other_inbox, Arc::clone(&count)));
        Self { urgent, others, count }
    }

    /// Has credentials of a connection refused that were issued up to `at`.
    pub(crate) fn ban_bus(&self, key: &str, at: u64, urgent: bool) {
        let value = serde_json::to_vec(&BusBan { urgent }).unwrap_or_default();
        let until = at.saturating_add(BUS_JWT_SECONDS);
        let put = Put { bucket: BANS, key: bus_key(key, at), value, until };
        self.send(if urgent { &self.urgent } else { &self.others }, Errand::Put(put));
    }

    /// Has whoever holds this refused until a second.
    pub(crate) fn mark(&self, mark: &Mark, until: u64) {
        let put = Put { bucket: BANS, key: mark_key(mark), value: Vec::new(), until };
        self.send(&self.urgent, Errand::Put(put));
    }

    /// Says again that `node` is a room's `epoch`-th owner: it stands already unless it has expired.
    pub(crate) fn own(&self, sid: &Sid, epoch: u64, node: &NodeId) {
        let value = node.as_str().as_bytes().to_vec();
        self.owners(owner_key(sid, epoch), value, &self.others);
    }

    /// Says that this life of a room is over.
    pub(crate) fn over(&self, sid: &Sid) {
        self.owners(over_key(sid), Vec::new(), &self.urgent);
    }

    fn owners(&self, key: String, value: Vec<u8>, queue: &mpsc::Sender<Errand>) {
        let until = clock::unix().saturating_add(OWNER_SECONDS);
        self.send(queue, Errand::Put(Put { bucket: BANS, key, value, until }));
    }

    /// Keeps a course for so many seconds, and has the application told where `tell`.
    pub(crate) fn course(&self, room: RoomKey, course: Box<Course>, seconds: u64, tell: bool) {
        let value = serde_json::to_vec(&*course).unwrap_or_default();
        let key = format!("{room}.{}", course.sid);
        let until = course.ended.saturating_add(seconds);
        let put = Put { bucket: HISTORY, key, value, until };
        self.send(&self.others, Errand::Course { put, room, course, tell });
    }

    fn send(&self, queue: &mpsc::Sender<Errand>, errand: Errand) {
        if queue.try_send(errand).is_err() {
            self.count.lost.fetch_add(1, Ordering::Relaxed);
            tracing::error!("too many bans at once: one is not written");
        }
    }

    /// Errands that wait.
    pub(crate) fn waiting(&self) -> u64 {
        let waits = |queue: &mpsc::Sender<Errand>| queue.max_capacity() - queue.capacity();
        (waits(&self.urgent) + waits(&self.others)) as u64
    }
}

async fn run(
    kv: Kv,
    mut urgent: mpsc::Receiver<Errand>,
    mut others: mpsc::Receiver<Errand>,
    count: Arc<Count>,
) {
    let mut under_way = FuturesUnordered::new();
    loop {
        let free = under_way.len() < AT_ONCE;
        // One place is for urgent errands alone, however many others are stuck.
        let free_for_others = under_way.len() + 1 < AT_ONCE;
        tokio::select! {
            biased;
            Some(done) = under_way.next(), if !under_way.is_empty() => {
                let count = if done { &count.done } else { &count.lost };
                count.fetch_add(1, Ordering::Relaxed);
            }
            Some(errand) = urgent.recv(), if free => under_way.push(go(&kv, errand).boxed()),
            Some(errand) = others.recv(), if free_for_others => {
                under_way.push(go(&kv, errand).boxed());
            }
            else => return,
        }
    }
}

/// True where it was written.
async fn go(kv: &Kv, errand: Errand) -> bool {
    match errand {
        Errand::Put(errand) => put(kv, &errand).await,
        Errand::Course { put: errand, room, course, tell } => {
            put(kv, &errand).await && (!tell || post(kv, &room, &course).await)
        }
    }
}

async fn put(kv: &Kv, put: &Put) -> bool {
    let mut patience = Patience::until(put.until);
    loop {
        let left = put.until.saturating_sub(clock::unix()) + MARGIN;
        let ttl = Some(Duration::from_secs(left));
        match kv.put(put.bucket, &put.key, put.value.clone(), Expect::Any, ttl).await {
            // These keys are written once, and say the same whoever wrote them.
            Ok(_) | Err(KvError::Conflict) => return true,
            Err(KvError::Unavailable) if patience.wait().await => {}
            Err(KvError::Unavailable) => return false,
        }
    }
}

/// Puts what the application is told into the courier's queue: its key first, for an entry without
/// a key is taken for one that was delivered.
async fn post(kv: &Kv, room: &RoomKey, course: &Course) -> bool {
    let occasion = Occasion::analytics_ready(room, course.sid.clone(), course.ended);
    let (mut id, mut secret, mut nonce) = ([0; 16], [0; 32], [0; conclave_protocol::seal::NONCE]);
    let random = [&mut id[..], &mut secret[..], &mut nonce[..]].into_iter();
    if random.map(getrandom::fill).any(|filled| filled.is_err()) {
        return false;
    }
    let Ok(posted) = outbox::post(&occasion, id, secret, nonce) else { return false };
    let until = course.ended.saturating_add(TRIED_SECONDS);
    let key = Put { bucket: outbox::KEYS, key: posted.id.clone(), value: posted.key, until };
    if !put(kv, &key).await {
        return false;
    }
    let mut patience = Patience::until(until);
    while kv.append(posted.subject.clone(), &posted.id, posted.payload.clone()).await.is_err() {
        if !patience.wait().await {
            return false;
        }
    }
    true
}

/// Pauses between tries, until a second in which the errand is worthless.
struct Patience {
    until: u64,
    pause: Duration,
}

impl Patience {
    fn until(until: u64) -> Self {
        Self { until, pause: FIRST_PAUSE }
    }

    /// Waits before the next try; false where there is to be none.
    async fn wait(&mut self) -> bool {
        if clock::unix() >= self.until {
            return false;
        }
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }
}
