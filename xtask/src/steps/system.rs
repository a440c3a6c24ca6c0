//! Step `install`.

use crate::place::Place;
use conclave_tools::{CHROMIUM, FIREFOX, NODE, NPM, PIP};

/// Installs what is missing of the system's own programs.
pub fn install(_place: &Place) -> Result<(), String> {
    for tool in [NODE, NPM, PIP, CHROMIUM, FIREFOX] {
        let path =
            tool.ensure(&mut |text| println!("{text}")).map_err(|missing| missing.to_string())?;
        println!("{}: {}", tool.what, path.display());
    }
    Ok(())
}
