//! The component for Spin. `wasm-opt` reads core modules only, so the one that holds the program
//! is taken out of the component, optimised, and put back; what else the component says of it
//! holds still, since its imports and exports keep their names.

use crate::optimise::{For, optimise};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};

/// Magic number, version and layer of a component.
const HEADER: [u8; 8] = *b"\0asm\x0d\0\x01\0";
/// Names and the like, which only tools read.
const CUSTOM: u8 = 0;
const CORE_MODULE: u8 = 1;

/// One section of a component, without its length.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Section {
    kind: u8,
    body: Vec<u8>,
}

/// Makes the file `out`.
pub fn make(wasm: &Path, out: &Path, wasm_opt: &Path) -> Result<Vec<PathBuf>> {
    let bytes = fs::read(wasm).with_context(|| format!("cannot read {}", wasm.display()))?;
    let mut sections =
        read(&bytes).with_context(|| format!("{} is no component", wasm.display()))?;
    sections.retain(|section| section.kind != CUSTOM);
    let program = sections
        .iter_mut()
        .filter(|section| section.kind == CORE_MODULE)
        .max_by_key(|section| section.body.len())
        .context("the component has no core module")?;
    let work = tempfile::tempdir().context("cannot make a temporary folder")?;
    let (from, to) = (work.path().join("from.wasm"), work.path().join("to.wasm"));
    fs::write(&from, &program.body)?;
    optimise(wasm_opt, &from, &to, For::Size)?;
    program.body = fs::read(&to)?;
    if let Some(dir) = out.parent() {
        fs::create_dir_all(dir)?;
    }
    fs::write(out, write(&sections)).with_context(|| format!("cannot write {}", out.display()))?;
    Ok(vec![out.to_owned()])
}

fn read(bytes: &[u8]) -> Result<Vec<Section>> {
    let mut rest = bytes.strip_prefix(&HEADER).context("it does not begin as one")?;
    let mut sections = Vec::new();
    while let Some((&kind, after)) = rest.split_first() {
        let (length, after) = read_length(after)?;
        ensure!(length <= after.len(), "a section is longer than the file");
        let (body, after) = after.split_at(length);
        sections.push(Section { kind, body: body.to_vec() });
        rest = after;
    }
    Ok(sections)
}

fn write(sections: &[Section]) -> Vec<u8> {
    let mut bytes = HEADER.to_vec();
    for section in sections {
        bytes.push(section.kind);
        write_length(section.body.len(), &mut bytes);
        bytes.extend_from_slice(&section.body);
    }
    bytes
}

/// A number of at most 32 bits in groups of seven bits, the lowest first.
fn read_length(bytes: &[u8]) -> Result<(usize, &[u8])> {
    let mut length = 0;
    for (place, byte) in bytes.iter().take(5).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok((length, &bytes[place + 1..]));
        }
    }
    bail!("a section has no length")
}

fn write_length(mut length: usize, bytes: &mut Vec<u8>) {
    while length >= 0x80 {
        bytes.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_again() {
        let sections: Vec<Section> = [0, 1, 127, 128, 16_383, 16_384, 2_100_000]
            .map(|length| Section { kind: CORE_MODULE, body: vec![7; length] })
            .to_vec();
        assert_eq!(read(&write(&sections)).unwrap(), sections);
    }

    #[test]
    fn what_is_no_component_is_refused() {
        assert!(read(b"\0asm\x01\0\0\0").is_err(), "a core module");
        assert!(read(b"").is_err());
        for broken in [&[1, 5, 0][..], &[1], &[1, 0x80], &[1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]] {
            assert!(read(&[&HEADER, broken].concat()).is_err(), "{broken:?}");
        }
    }
}
