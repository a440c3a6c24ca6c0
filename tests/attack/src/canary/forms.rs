//! A mark, and every form in which it could be written.

use conclave::random;
use conclave_protocol::encoding::{base64url, hex};

/// 128 random bits with a name that says where they were planted. The text is 32 hexadecimal digits,
/// so that it fits wherever people can write.
#[derive(Debug, Clone)]
pub struct Canary {
    /// Where it was planted.
    pub name: String,
    /// What was planted.
    pub text: String,
}

impl Canary {
    /// A fresh one.
    ///
    /// # Errors
    /// Where the system has no randomness.
    pub fn fresh(name: &str) -> anyhow::Result<Self> {
        let bits = random::bytes::<16>().map_err(|error| anyhow::anyhow!("{error}"))?;
        Ok(Self { name: name.to_owned(), text: hex(&bits) })
    }

    /// Something that exists already, such as a token: it is random enough.
    #[must_use]
    pub fn of(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), text: text.to_owned() }
    }

    /// The byte strings to look for, with the form's name. What depends on neighbours in the text
    /// (the ends of a base64 group) is left out, so that the mark is found inside longer texts.
    #[must_use]
    pub fn forms(&self) -> Vec<(&'static str, Vec<u8>)> {
        let text = self.text.as_bytes();
        let mut forms = vec![
            ("text", text.to_vec()),
            ("upper case", self.text.to_ascii_uppercase().into_bytes()),
            ("hex of text", hex(text).into_bytes()),
            ("upper hex of text", hex(text).to_ascii_uppercase().into_bytes()),
            ("UTF-16LE", text.iter().flat_map(|b| [*b, 0]).collect()),
            ("URL-encoded", escaped(text, "%", false)),
            ("upper URL-encoded", escaped(text, "%", true)),
            ("JSON escapes", escaped(text, "\\u00", false)),
        ];
        base64(&mut forms, text);
        if let Some(bits) = conclave_protocol::encoding::from_hex(&self.text) {
            base64(&mut forms, &bits);
            forms.push(("raw bits", bits));
        }
        forms
    }
}

fn escaped(text: &[u8], prefix: &str, upper: bool) -> Vec<u8> {
    let one = |byte: &u8| {
        let digits = hex(&[*byte]);
        let digits = if upper { digits.to_ascii_uppercase() } else { digits };
        format!("{prefix}{digits}")
    };
    text.iter().map(one).collect::<String>().into_bytes()
}

/// Both alphabets, at the three alignments that a neighbour before the mark can give it.
fn base64(forms: &mut Vec<(&'static str, Vec<u8>)>, data: &[u8]) {
    for (shift, name) in
        ["base64, aligned", "base64, shifted by 1", "base64, shifted by 2"].into_iter().enumerate()
    {
        let mut padded = vec![0; shift];
        padded.extend_from_slice(data);
        let url = base64url(&padded);
        // Characters that carry bits of what stands before and after.
        let first = (shift * 8).div_ceil(6);
        let last = (padded.len() * 8) / 6;
        let inner = url.get(first..last).unwrap_or_default().to_owned();
        let standard = inner.replace('-', "+").replace('_', "/");
        if standard != inner {
            forms.push((name, standard.into_bytes()));
        }
        forms.push((name, inner.into_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_inside_a_longer_text_at_every_alignment() {
        let canary = Canary::fresh("test").unwrap();
        for before in ["", "a", "ab", "abc"] {
            for after in ["", "x", "xy"] {
                let encoded = base64url(format!("{before}{}{after}", canary.text).as_bytes());
                let found = canary
                    .forms()
                    .iter()
                    .any(|(_, form)| encoded.contains(std::str::from_utf8(form).unwrap_or("\0")));
                assert!(found, "{before:?} {after:?}");
            }
        }
    }
}
