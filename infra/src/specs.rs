//! How each child of `up` is started.

use crate::children::{Readiness, Spec};
use crate::failure::Failure;
use crate::runtimes::Start;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What all children have in common.
pub(crate) struct Specs {
    /// This program.
    program: PathBuf,
    logs: PathBuf,
}

impl Specs {
    /// For the `up` of a state folder.
    pub(crate) fn of(state: &Path) -> Result<Self, Failure> {
        Ok(Self { program: itself()?, logs: state.join("logs") })
    }

    /// One of this program's services.
    pub(crate) fn service(&self, name: &'static str, config: &Path) -> Spec {
        let args = vec![name.into(), "--exit-with-parent".into(), "--config".into(), config.into()];
        self.spec(name, Readiness::Line, args)
    }

    /// The media node: this program's, or the program that `CONCLAVE_NODE_BIN` names and that is told
    /// the same. So tests put a node that betrays its people in its place.
    pub(crate) fn node(&self, config: &Path) -> Spec {
        let spec = self.service("node", config);
        match std::env::var_os("CONCLAVE_NODE_BIN").filter(|program| !program.is_empty()) {
            Some(program) => Spec { program: program.into(), ..spec },
            None => spec,
        }
    }

    /// A nats-server.
    pub(crate) fn nats(
        &self,
        name: &'static str,
        server: &Path,
        config: &Path,
        readiness: Readiness,
    ) -> Spec {
        let args = vec!["-c".into(), config.into()];
        self.foreign(name, readiness, &Start { program: server.into(), args, env: Vec::new() })
    }

    /// A program of others, which this one becomes after seeing to its end.
    pub(crate) fn foreign(&self, name: &'static str, readiness: Readiness, start: &Start) -> Spec {
        let parent = std::process::id().to_string().into();
        let mut args = vec!["exec".into(), "--parent".into(), parent, start.program.clone().into()];
        args.push("--".into());
        args.extend(start.args.iter().cloned());
        Spec { env: start.env.clone(), ..self.spec(name, readiness, args) }
    }

    fn spec(&self, name: &'static str, readiness: Readiness, args: Vec<OsString>) -> Spec {
        let log = self.logs.join(format!("{name}.log"));
        Spec { name, program: self.program.clone(), args, env: Vec::new(), readiness, log }
    }
}

/// This program, to be started again as a service. Linux names it whatever became of its file, which
/// an upgrade may have replaced while `up` runs.
fn itself() -> Result<PathBuf, Failure> {
    if cfg!(target_os = "linux") {
        return Ok("/proc/self/exe".into());
    }
    std::env::current_exe().map_err(Failure::io("find its own executable"))
}
