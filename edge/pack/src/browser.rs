//! The module for the browser's encryption worker, with the JavaScript and the types that
//! `wasm-bindgen` writes for it.

use crate::optimise::{For, optimise};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use wasm_bindgen_cli_support::Bindgen;

/// Makes the module, its JavaScript and its types in the folder `out`, all called `name`.
pub fn make(wasm: &Path, out: &Path, name: &str, wasm_opt: &Path) -> Result<Vec<PathBuf>> {
    let work = tempfile::tempdir().context("cannot make a temporary folder")?;
    let work = work.path();
    Bindgen::new()
        .input_path(wasm)
        .out_name(name)
        .web(true)?
        .typescript(true)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(work)
        .with_context(|| format!("wasm-bindgen cannot read {}", wasm.display()))?;
    fs::create_dir_all(out)?;
    let module = out.join(format!("{name}_bg.wasm"));
    optimise(wasm_opt, &work.join(format!("{name}_bg.wasm")), &module, For::Speed)?;
    let script = out.join(format!("{name}.js"));
    fs::copy(work.join(format!("{name}.js")), &script)?;
    fs::copy(work.join(format!("{name}.d.ts")), out.join(format!("{name}.d.ts")))?;
    Ok(vec![script, module])
}
