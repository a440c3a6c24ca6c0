//! The Worker's variables and secrets, parsed once in an isolate's life.

use conclave_edge_bus::deployment::{Deployment, DeploymentError};
use std::cell::OnceCell;
use std::rc::Rc;
use worker::Env;

thread_local! {
    // A new version of variables or secrets is a new deployment, which gets isolates of its own.
    static DEPLOYMENT: OnceCell<Rc<Deployment>> = const { OnceCell::new() };
}

/// The deployment that the variables describe.
pub(crate) fn deployment(env: &Env) -> Result<Rc<Deployment>, DeploymentError> {
    DEPLOYMENT.with(|cell| {
        if let Some(deployment) = cell.get() {
            return Ok(Rc::clone(deployment));
        }
        // Secrets and plain variables are read alike.
        let deployment = Deployment::read(|name| {
            env.var(&name.to_ascii_uppercase()).ok().map(|value| value.to_string())
        })?;
        Ok(Rc::clone(cell.get_or_init(|| Rc::new(deployment))))
    })
}
