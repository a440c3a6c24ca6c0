//! What stands in more than one place for the platforms' sake says the same in all of them.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use conclave::runtimes::{COMPATIBILITY_DATE, COMPATIBILITY_FLAG};
use conclave_contract::Nats;
use conclave_contract::edges::settings;
use conclave_edge_bus::deployment::NAMES;
use conclave_edge_core::files::asked;
use conclave_edge_core::keys::Keys;
use conclave_edge_core::policy::Kind;

const WRANGLER: &str = include_str!("../../../wrangler.toml");
const SPIN: &str = include_str!("../../../edge/spin/spin.toml");
const HEADERS: &str = include_str!("../../../client/web/public/_headers");

#[test]
fn wrangler_runs_what_the_tests_run() {
    let text = WRANGLER;
    assert!(text.contains(&format!("compatibility_date = \"{COMPATIBILITY_DATE}\"\n")));
    assert!(text.contains(&format!("compatibility_flags = [\"{COMPATIBILITY_FLAG}\"]\n")));
    // What comes as a secret must not stand there as a plain variable too.
    assert!(!text.contains("[vars]"));
    for kept in ["durable_objects", "kv_namespaces", "d1_databases", "r2_buckets", "queues"] {
        assert!(!text.contains(kept), "an edge keeps nothing, and wrangler.toml has {kept}");
    }
}

#[test]
fn spin_passes_on_every_variable_and_lets_nothing_out_but_to_nats() {
    let text = SPIN;
    for name in NAMES {
        assert!(text.contains(&format!("\n{name} = {{ ")), "{name} is not declared");
        assert!(
            text.contains(&format!("\n{name} = \"{{{{ {name} }}}}\"\n")),
            "{name} goes nowhere"
        );
    }
    let hosts: Vec<&str> = text.lines().filter(|l| l.starts_with("allowed_outbound")).collect();
    assert_eq!(hosts, ["allowed_outbound_hosts = [\"tcp://{{ nats_addr }}\"]"]);
    for secret in ["conclave_settings", "nats_jwt", "nats_seed"] {
        assert!(text.contains(&format!("\n{secret} = {{ required = true, secret = true }}\n")));
    }
}

#[tokio::test]
async fn files_that_answer_without_the_worker_say_what_it_would() {
    let nats = Nats::start().await;
    let keys = Keys::parse(&settings(&nats)).unwrap();
    let text = HEADERS.to_lowercase();
    let (_, said) = text.split_once("/assets/*\n").unwrap();
    let said: Vec<&str> = said.lines().map(str::trim).collect();
    let cache = asked("GET", "/assets/a-1.js").unwrap().cache;
    assert!(said.contains(&format!("cache-control: {cache}").as_str()), "{said:?}");
    // Of a script or a style the page's own policy and permissions are what counts.
    let of_pages = ["content-security-policy", "permissions-policy"];
    for (name, value) in keys.policy().headers(Kind::Page) {
        let line = format!("{name}: {value}");
        assert_eq!(said.contains(&line.as_str()), !of_pages.contains(&name), "{line}");
    }
}
