//! Every handler of the edge, once, over a platform trait. No runtime, no clock, no sockets.

pub mod settings;
