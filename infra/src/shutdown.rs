//! When to stop.

use crate::failure::Failure;
use std::io::Read;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

/// How long a service may take to stop before it is ended.
pub const GRACE: Duration = Duration::from_secs(5);

/// And how long where its parent is gone: NATS ends at the same moment, so there is nobody to say
/// goodbye to, and the next `up` waits for its ports.
const ORPHANS_GRACE: Duration = Duration::from_secs(1);

/// The signals by which a process is asked to stop.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    /// From now on these signals end nothing by themselves.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn listen() -> Result<Self, Failure> {
        let on = |kind| signal(kind).map_err(Failure::io("listen for signals"));
        Ok(Self {
            interrupt: on(SignalKind::interrupt())?,
            terminate: on(SignalKind::terminate())?,
            hang_up: on(SignalKind::hangup())?,
        })
    }

    /// Resolves when one arrives.
    pub async fn arrived(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

/// When a service stops: a signal, or, for a child of `up`, the end of its parent.
///
/// # Errors
/// As [`Signals::listen`].
pub fn of_service(
    exit_with_parent: bool,
) -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    let mut signals = Signals::listen()?;
    let parent = exit_with_parent.then(parent_gone);
    Ok(async move {
        match parent {
            Some(parent) => tokio::select! {
                () = signals.arrived() => {}
                _ = parent => {}
            },
            None => signals.arrived().await,
        }
    })
}

/// The parent holds the other end of standard input; the system closes it however the parent ends.
fn parent_gone() -> oneshot::Receiver<()> {
    let (gone, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        let mut byte = [0];
        let mut input = std::io::stdin().lock();
        while input.read(&mut byte).is_ok_and(|read| read > 0) {}
        let _ = gone.send(());
        std::thread::sleep(ORPHANS_GRACE);
        // Nobody is left who would end a service that does not stop.
        std::process::exit(1);
    });
    receiver
}
