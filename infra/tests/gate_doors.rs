//! Who is let in where: at the gate, at NATS's listener for gates, and at the path that this opens
//! beside the browsers' WebSocket.

#![allow(clippy::unwrap_used, clippy::panic)] // Tests fail by panicking.

mod support;

use async_nats::ConnectErrorKind;
use conclave_protocol::roles::{Account, BusRole};
use conclave_protocol::subjects::EDGE_INBOX;
use support::credentials::{Credential, credential, unbounded, user};
use support::gate::Gated;
use support::leaf::Leaf;
use support::{PATIENCE, connect};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

#[tokio::test]
async fn the_gate_lets_in_edges_and_nobody_else() {
    let gated = Gated::start().await;
    let bus = &gated.bus;
    let mut refused: Vec<(String, Credential)> = Vec::new();
    for role in BusRole::ALL.into_iter().filter(|role| *role != BusRole::Edge) {
        refused.push((role.name().to_owned(), credential(bus, role, role.account())));
        let ctrl = credential(bus, role, Account::Ctrl);
        refused.push((format!("{} in CTRL", role.name()), ctrl));
    }
    for account in [Account::Ctrl, Account::Rooms, Account::System] {
        refused.push((format!("{account:?}'s own key"), unbounded(bus, account)));
        if account != Account::Ctrl {
            let edge = credential(bus, BusRole::Edge, account);
            refused.push((format!("an edge in {account:?}"), edge));
        }
    }
    let (edge, _) = credential(bus, BusRole::Edge, Account::Ctrl);
    refused.push(("an edge without its seed".to_owned(), (edge, user())));
    for (who, (jwt, key)) in refused {
        let error = gated.connect(&jwt, key).await.err().unwrap_or_else(|| panic!("{who} is in"));
        assert_eq!(error.kind(), ConnectErrorKind::AuthorizationViolation, "{who}");
    }
    let (jwt, key) = credential(bus, BusRole::Edge, Account::Ctrl);
    gated.connect(&jwt, key).await.unwrap();
}

#[tokio::test]
async fn whoever_does_not_begin_with_tls_is_told_nothing() {
    let gated = Gated::start().await;
    for says in ["", "CONNECT {}\r\nPING\r\n", "GET / HTTP/1.1\r\n\r\n"] {
        let mut stream = TcpStream::connect(gated.gate().local()).await.unwrap();
        stream.write_all(says.as_bytes()).await.unwrap();
        let mut told = Vec::new();
        // The end of the connection may be a reset.
        let _ = timeout(PATIENCE, stream.read_to_end(&mut told)).await.expect("it keeps them");
        assert_eq!(told, b"", "{says}");
    }
    // NATS itself does greet, on this machine.
    let mut stream = TcpStream::connect(gated.bus.addresses.nats).await.unwrap();
    let mut told = [0; 5];
    timeout(PATIENCE, stream.read_exact(&mut told)).await.unwrap().unwrap();
    assert_eq!(&told, b"INFO ");
}

#[tokio::test]
async fn a_gates_credential_makes_leaf_connections_and_no_other_and_nobody_elses_does() {
    let gated = Gated::start().await;
    let bus = &gated.bus;
    let (leaf, browsers) = (gated.gate().leaf, &bus.addresses.nats_ws_url);
    let violation = || Some(vec!["Authorization Violation".to_owned()]);
    for role in BusRole::ALL {
        let (who, (jwt, key)) = (role.name(), credential(bus, role, role.account()));
        let refused = Leaf::open(leaf, &jwt, &key).await.err();
        assert_eq!(refused, violation().filter(|_| role != BusRole::Gate), "{who}");
        let refused = Leaf::open_by_websocket(browsers, &jwt, &key).await.err();
        assert_eq!(refused, violation(), "{who} at /leafnode");
    }
    // Who holds such a key is let in, and finds that its account takes no leaf connections.
    for account in [Account::Rooms, Account::System] {
        let (jwt, key) = unbounded(bus, account);
        for opened in [
            Leaf::open(leaf, &jwt, &key).await,
            Leaf::open_by_websocket(browsers, &jwt, &key).await,
        ] {
            let refused = opened.err().unwrap_or_else(|| panic!("{account:?}'s own key"));
            assert_eq!(refused, ["maximum account active connections exceeded"]);
        }
    }
    let (jwt, key) = credential(bus, BusRole::Gate, Account::Ctrl);
    for url in [&bus.url(), browsers] {
        let error = connect(url, &jwt, key.clone(), EDGE_INBOX).await.err().unwrap();
        assert_eq!(error.kind(), ConnectErrorKind::AuthorizationViolation, "{url}");
    }
}
