//! `cargo xtask edge build`: cargo makes WebAssembly of an edge, `conclave-edge-pack` what a
//! runtime takes of that.

use crate::place::Place;
use crate::run::{cargo, command, run};
use crate::tools;
use crate::wasm_std::{self, Toolchain, toolchain};
use std::fs;
use std::path::{Path, PathBuf};

/// Which edge, for which host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// `edge/worker`.
    Worker,
    /// `edge/spin`, which asks Spin for its settings.
    Spin,
    /// `edge/spin`, which finds its settings in the environment: for other hosts, and for tests.
    Wasi,
}

impl Edge {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Worker, Self::Spin, Self::Wasi];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Spin => "spin",
            Self::Wasi => "wasi",
        }
    }

    /// The files that are made of it.
    pub fn files(self) -> &'static [&'static str] {
        match self {
            Self::Worker => &["index.js", "index.wasm"],
            Self::Spin => &["conclave-edge.wasm"],
            Self::Wasi => &["edge-wasi.wasm"],
        }
    }

    /// Where its files are, once it is built.
    pub fn built(self, place: &Place) -> PathBuf {
        place.target.join("edge").join(self.name())
    }

    /// Its folder in `edge`.
    fn folder(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Spin | Self::Wasi => "spin",
        }
    }

    /// The compiler's target.
    pub fn target(self) -> &'static str {
        match self {
            Self::Worker => wasm_std::WORKER,
            Self::Spin | Self::Wasi => wasm_std::SPIN,
        }
    }
}

/// Loops of SHA-2 stay loops: 18 kB less, and an edge hashes a few kilobytes at a time.
const SMALL: [&str; 2] = ["--cfg=sha2_backend=\"soft\"", "--cfg=sha2_backend_soft=\"compact\""];

/// Builds the tool of the second half; where it is.
pub fn pack(place: &Place) -> Result<PathBuf, String> {
    run(cargo(place).args(["build", "--locked", "--package", "conclave-edge-pack"]))?;
    Ok(place.target.join("debug/conclave-edge-pack"))
}

/// Builds an edge; the folder with its files, which are copied to `build` beside its sources too.
pub fn build(place: &Place, edge: Edge, pack: &Path) -> Result<PathBuf, String> {
    let wasm = compile(place, edge, &toolchain(place, edge.target())?)?;
    let folder = edge.built(place);
    let mut second = command(pack, &place.root);
    second.arg(edge.folder()).arg("--wasm").arg(wasm);
    second.arg("--wasm-opt").arg(tools::wasm_opt(place)?);
    match edge {
        Edge::Worker => {
            second.arg("--esbuild").arg(tools::esbuild(place)?).arg("--out").arg(&folder)
        }
        Edge::Spin | Edge::Wasi => second.arg("--out").arg(folder.join(edge.files()[0])),
    };
    run(&mut second)?;
    deliver(place, edge, &folder)
        .map_err(|error| format!("cannot copy what was built: {error}"))?;
    Ok(folder)
}

fn compile(place: &Place, edge: Edge, toolchain: &Toolchain) -> Result<PathBuf, String> {
    let package = format!("conclave-edge-{}", edge.folder());
    let mut build = crate::wasm_build::cargo(place, toolchain, &package, edge.target(), &SMALL)?;
    build.args(["--profile", "edge"]);
    if edge == Edge::Wasi {
        build.arg("--no-default-features");
    }
    run(&mut build)?;
    let file = format!("{}.wasm", package.replace('-', "_"));
    Ok(toolchain.results.join(edge.target()).join("edge").join(file))
}

/// Where `wrangler.toml` and `spin.toml` look for it.
fn deliver(place: &Place, edge: Edge, folder: &Path) -> std::io::Result<()> {
    let to = place.root.join("edge").join(edge.folder()).join("build");
    fs::create_dir_all(&to)?;
    for file in edge.files() {
        fs::copy(folder.join(file), to.join(file))?;
    }
    Ok(())
}
