//! `Debug` that tells a type's name and nothing of its content.

/// Implements it for types that hold credentials, subjects or what others sent.
macro_rules! hidden_debug {
    ($($name:ident),* $(,)?) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}

pub(crate) use hidden_debug;
