//! The component's variables, parsed once in an instance's life.

use conclave_edge_bus::deployment::{Deployment, DeploymentError, NAMES};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long parsed settings serve: variables may come from a store whose values change, and which is
/// asked over a network.
const FRESH: Duration = Duration::from_secs(60);

static DEPLOYMENT: Mutex<Option<(Instant, Arc<Deployment>)>> = Mutex::new(None);

type Variables = BTreeMap<&'static str, String>;

/// The deployment that the variables describe.
pub(crate) async fn deployment() -> Result<Arc<Deployment>, DeploymentError> {
    let kept = || DEPLOYMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((since, deployment)) = kept().as_ref()
        && since.elapsed() < FRESH
    {
        return Ok(Arc::clone(deployment));
    }
    let variables = variables().await;
    let deployment = Arc::new(Deployment::read(|name| variables.get(name).cloned())?);
    *kept() = Some((Instant::now(), Arc::clone(&deployment)));
    Ok(deployment)
}

#[cfg(feature = "spin-variables")]
async fn variables() -> Variables {
    let mut all = Variables::new();
    for name in NAMES {
        if let Ok(value) = spin_sdk::variables::get(name).await {
            all.insert(name, value);
        }
    }
    all
}

#[cfg(not(feature = "spin-variables"))]
async fn variables() -> Variables {
    let value = |name: &str| std::env::var(name.to_ascii_uppercase()).ok();
    NAMES.into_iter().filter_map(|name| Some((name, value(name)?))).collect()
}
