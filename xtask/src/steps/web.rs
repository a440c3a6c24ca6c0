//! Step `web`.

use crate::place::Place;
use crate::tools::npm::npm;

/// Step `web`.
pub fn web(place: &Place) -> Result<(), String> {
    let dir = place.root.join("client");
    for args in
        [&["ci", "--no-audit", "--no-fund"][..], &["run", "check"], &["test"], &["run", "build"]]
    {
        npm(&dir, args)?;
    }
    Ok(())
}
