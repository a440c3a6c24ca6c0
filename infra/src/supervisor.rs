//! Keeps children running: what ends unexpectedly is started again, with growing pauses, until it
//! has failed too often.

use crate::children::{self, Running, Spec};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::files;
use crate::progress::Progress;
use crate::shutdown::GRACE;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// After so many tries in a row a child is given up.
const MAX_TRIES: u32 = 8;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A child that ran so long is taken to have been well.
const WELL: Duration = Duration::from_secs(60);

/// How often a log's size is looked at.
const LOG_ROUND: Duration = Duration::from_secs(60);

/// The children of an `up`.
pub struct Supervisor {
    connection: Arc<Connection>,
    progress: Progress,
    kept: Vec<Kept>,
    lost: (mpsc::Sender<Failure>, mpsc::Receiver<Failure>),
}

struct Kept {
    stop: oneshot::Sender<Instant>,
    task: JoinHandle<()>,
}

impl Supervisor {
    /// No children yet.
    #[must_use]
    pub fn new(connection: Arc<Connection>, progress: Progress) -> Self {
        Self { connection, progress, kept: Vec::new(), lost: mpsc::channel(4) }
    }

    /// Starts children at the same time and keeps them once all are ready.
    ///
    /// # Errors
    /// The first that did not start; what was started with it is ended.
    pub async fn start<const N: usize>(&mut self, specs: [Spec; N]) -> Result<(), Failure> {
        let connection = &self.connection;
        let starts = specs.map(|spec| {
            let connection = Arc::clone(connection);
            tokio::spawn(async move {
                let started = |pid| connection.started(spec.name, pid);
                children::start(&spec, started).await.map(|running| (spec, running))
            })
        });
        let mut ready = Vec::new();
        let mut failure = None;
        for start in starts {
            match start.await {
                Ok(Ok(child)) => ready.push(child),
                Ok(Err(why)) => failure = failure.or(Some(why)),
                Err(why) => failure = failure.or(Some(Failure::Other(why.to_string()))),
            }
        }
        for (spec, running) in ready {
            self.keep(spec, running);
        }
        failure.map_or(Ok(()), Err)
    }

    fn keep(&mut self, spec: Spec, running: Running) {
        let (stop, stopped) = oneshot::channel();
        let lost = self.lost.0.clone();
        let keeper =
            Keeper { spec, connection: Arc::clone(&self.connection), progress: self.progress };
        let task = tokio::spawn(async move {
            if let Err(failure) = keeper.run(running, stopped).await {
                // Nobody waits any more where everything is being stopped.
                let _ = lost.send(failure).await;
            }
        });
        self.kept.push(Kept { stop, task });
    }

    /// Resolves when a child was given up.
    pub async fn lost(&mut self) -> Failure {
        let failure = self.lost.1.recv().await;
        failure.unwrap_or_else(|| Failure::Other("nothing is left to keep running".into()))
    }

    /// Ends all children, the last started first, and kills what is left after [`GRACE`].
    pub async fn stop(self) {
        let deadline = Instant::now() + GRACE;
        for kept in self.kept.into_iter().rev() {
            // A keeper that has given up listens no more, and its child is gone.
            let _ = kept.stop.send(deadline);
            let _ = kept.task.await;
        }
    }
}

struct Keeper {
    spec: Spec,
    connection: Arc<Connection>,
    progress: Progress,
}

impl Keeper {
    /// Keeps the child running until told to stop it.
    async fn run(
        &self,
        mut running: Running,
        mut stop: oneshot::Receiver<Instant>,
    ) -> Result<(), Failure> {
        let mut tries = 0;
        loop {
            let since = Instant::now();
            let how = loop {
                tokio::select! {
                    deadline = &mut stop => {
                        running.stop(deadline.unwrap_or_else(|_| Instant::now())).await;
                        return Ok(());
                    }
                    how = running.ended() => break how,
                    () = sleep(LOG_ROUND) => {}
                }
                if let Err(error) = files::bound_log(&self.spec.log, children::LARGEST_LOG) {
                    let log = self.spec.log.display();
                    self.progress.say(&format!("the log {log} grows without bound: {error}"));
                }
            };
            self.progress
                .say(&format!("the {} ended ({how}): starting it again", self.spec.title()));
            if since.elapsed() >= WELL {
                tries = 0;
            }
            running = tokio::select! {
                _ = &mut stop => return Ok(()),
                running = self.again(&mut tries) => running?,
            };
        }
    }

    async fn again(&self, tries: &mut u32) -> Result<Running, Failure> {
        loop {
            *tries += 1;
            sleep((FIRST_PAUSE * 2u32.pow((*tries - 1).min(6))).min(LONGEST_PAUSE)).await;
            let started = |pid| self.connection.started(self.spec.name, pid);
            match children::start(&self.spec, started).await {
                Ok(running) => {
                    self.progress.say(&format!("the {} runs again", self.spec.title()));
                    return Ok(running);
                }
                Err(failure) if *tries >= MAX_TRIES => {
                    let log = self.spec.log.display();
                    return Err(Failure::Other(format!("{failure} ({tries} tries; see {log})")));
                }
                Err(failure) => self.progress.say(&failure.to_string()),
            }
        }
    }
}
