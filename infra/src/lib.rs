//! The operator's command as a library: starts Conclave on one machine (`up`) and runs its services
//! (`warden`, `edge`, `node`), and looks after keys and the audit log. Does I/O; what it decides is in functions without.
//!
//! `up` makes the keys, writes every configuration, gets nats-server and the web application, and
//! keeps the services running as children of its own executable.

pub mod accounts;
pub mod addresses;
pub mod audit;
pub mod children;
pub mod cli;
pub mod configs;
pub mod connection;
pub mod edge_variables;
pub mod exec;
pub mod failure;
pub mod files;
pub mod first_room;
pub mod gate;
pub mod keys;
pub mod nats_config;
pub mod nats_server;
pub mod ports;
pub mod progress;
pub mod random;
pub mod ready;
pub mod rotation;
pub mod run_tool;
pub mod runtimes;
pub mod services;
pub mod shutdown;
mod specs;
pub mod stale;
pub mod supervisor;
pub mod up;
mod up_args;
pub mod web;
