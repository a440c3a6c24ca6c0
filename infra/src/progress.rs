//! What is being done, on standard error: on a terminal one line a step with its seconds running,
//! elsewhere one plain line a step.

use std::io::{IsTerminal, Write, stderr};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Tells a person what goes on.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    terminal: bool,
}

impl Default for Progress {
    fn default() -> Self {
        Self { terminal: stderr().is_terminal() }
    }
}

impl Progress {
    /// Says one thing.
    pub fn say(self, text: &str) {
        let clear = if self.terminal { "\r\x1b[K" } else { "" };
        // A closed standard error is no reason to stop.
        let _ = writeln!(stderr(), "{clear}{text}");
    }

    /// Says what is being done until the step is dropped.
    #[must_use]
    pub fn step(self, text: &str) -> Step {
        if !self.terminal {
            self.say(text);
            return Step { ticker: None };
        }
        let text = text.to_owned();
        let (stop, stopped) = channel::<()>();
        let thread = thread::spawn(move || {
            let begun = Instant::now();
            loop {
                let seconds = begun.elapsed().as_secs();
                let _ = write!(stderr(), "\r\x1b[K{text} … {seconds} s");
                match stopped.recv_timeout(Duration::from_secs(1)) {
                    Err(RecvTimeoutError::Timeout) => {}
                    _ => break,
                }
            }
            let _ = writeln!(stderr(), "\r\x1b[K{text}: {:.1} s", begun.elapsed().as_secs_f64());
        });
        Step { ticker: Some((stop, thread)) }
    }
}

/// Something that is being done.
#[derive(Debug)]
pub struct Step {
    ticker: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.ticker.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}
