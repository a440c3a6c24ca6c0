//! The Worker: a core module, the JavaScript that `wasm-bindgen` writes for it, and our entry
//! point, bundled into one file beside the module.

use crate::optimise::{For, optimise, run};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasm_bindgen_cli_support::Bindgen;

/// The entry point, which imports `index.js` of `wasm-bindgen`.
const SHIM: &str = include_str!("shim.js");
/// How `wasm-bindgen` imports the module, and how Workers do.
const IMPORT: (&str, &str) = (
    "import source wasmModule from \"./index_bg.wasm\";",
    "import wasmModule from \"./index.wasm\";",
);

/// Makes `index.js` and `index.wasm` in the folder `out`.
pub fn make(wasm: &Path, out: &Path, wasm_opt: &Path, esbuild: &Path) -> Result<Vec<PathBuf>> {
    let work = tempfile::tempdir().context("cannot make a temporary folder")?;
    let work = work.path();
    bind(wasm, work).with_context(|| format!("wasm-bindgen cannot read {}", wasm.display()))?;
    let index = work.join("index.js");
    fs::write(&index, importing(&fs::read_to_string(&index)?)?)?;
    fs::write(work.join("shim.js"), SHIM)?;
    let mut bundle = Command::new(esbuild);
    bundle.current_dir(work).args(["shim.js", "--outfile=bundle.js"]);
    bundle.args(["--bundle", "--format=esm", "--minify", "--log-level=warning"]);
    bundle.args(["--external:./index.wasm", "--external:cloudflare:*"]);
    run(&mut bundle)?;
    let small = work.join("index.wasm");
    optimise(wasm_opt, &work.join("index_bg.wasm"), &small, For::Size)?;

    fs::create_dir_all(out)?;
    let (script, module) = (out.join("index.js"), out.join("index.wasm"));
    fs::copy(work.join("bundle.js"), &script)?;
    fs::copy(small, &module)?;
    Ok(vec![script, module])
}

/// Both options concern a trap: the first has it noticed and, with what the `worker` crate does
/// then, the instance renewed before the next call; the second is that renewal.
fn bind(wasm: &Path, out: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(wasm)
        .out_name("index")
        .typescript(false)
        .module(true)?
        .force_enable_abort_handler(true)
        .reset_state_function(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(out)
}

fn importing(script: &str) -> Result<String> {
    let found = script.matches(IMPORT.0).count();
    ensure!(found == 1, "wasm-bindgen imports the module in another way than it did");
    Ok(script.replace(IMPORT.0, IMPORT.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_imported_as_workers_do() {
        let script = "import source wasmModule from \"./index_bg.wasm\";\nrun(wasmModule);\n";
        let wanted = "import wasmModule from \"./index.wasm\";\nrun(wasmModule);\n";
        assert_eq!(importing(script).unwrap(), wanted);
        assert!(importing("import module from \"./index_bg.wasm\";").is_err());
    }

    #[test]
    fn the_shim_imports_what_wasm_bindgen_writes() {
        assert!(SHIM.contains("from \"./index.js\""));
    }
}
