//! The control plane without a right to it: unsigned calls, changed bodies, and what answers and their
//! timing tell of rooms.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // Tests fail by panicking.

use anyhow::{Context, Result, ensure};
use conclave::random;
use conclave_attack::board::{INVALID, NOT_ALLOWED};
use conclave_attack::forge::{self, Parts};
use conclave_attack::intruder::credential;
use conclave_attack::meeting::{self, enter, knock, room};
use conclave_attack::raw::Raw;
use conclave_attack::services::Service;
use conclave_attack::statistics::kolmogorov_smirnov;
use conclave_attack::{Board, Gain};
use conclave_protocol::encoding::{body_signature, hex};
use conclave_protocol::event::{Person, Snapshot, from, one};
use conclave_protocol::ids::Pid;
use conclave_protocol::moderation::kind;
use conclave_protocol::nats_jwt::Tags;
use conclave_protocol::roles::BusRole;
use conclave_protocol::session::path;
use conclave_tests::person::{self, Answer, OFFER, call, post};
use conclave_tests::system::{Connection, System};
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Every route of the REST API.
const API: [&str; 5] = [
    "/auth/room/create",
    "/auth/room/getJoinToken",
    "/auth/room/endRoom",
    "/auth/analytics/fetch",
    "/auth/analytics/getDownloadToken",
];
/// Samples of each state of a room.
const SAMPLES: usize = 10_000;
/// How long the owner may take to decline.
const DECLINES: Duration = Duration::from_secs(5);
/// Below this probability two samples count as different.
const P: f64 = 0.01;
/// One sample in a hundred of the same distribution falls below [`P`]; a difference that is there shows
/// every time. So many samples in a row must show it: one false alarm in a million.
const TRIES: usize = 3;

/// A room that runs, one that ended, one of another application, and one that never was.
struct Rooms {
    running: String,
    ended: String,
    foreign: String,
    absent: String,
}

impl Rooms {
    async fn make(c: &Connection, other: &Connection) -> Result<Self> {
        let rooms = Self {
            running: "r-running".into(),
            ended: "r-ended-0".into(),
            foreign: "r-foreign".into(),
            absent: "r-absent-".into(),
        };
        room(c, &rooms.running, json!({}), json!({})).await?;
        room(c, &rooms.ended, json!({}), json!({})).await?;
        room(other, &rooms.foreign, json!({}), json!({})).await?;
        let ended = call(c, "/auth/room/endRoom", &json!({ "room_id": rooms.ended })).await?;
        ensure!(ended.status == 200, "end: {ended:?}");
        Ok(rooms)
    }

    fn all(&self) -> [(&'static str, &str); 4] {
        [
            ("running", &self.running),
            ("ended", &self.ended),
            ("of another application", &self.foreign),
            ("absent", &self.absent),
        ]
    }
}

/// A second application of the same deployment, by an edge of its own.
async fn another_application(system: &System) -> Result<(Service, Connection)> {
    let mut config = system.config("edge.json")?;
    config["listen"] = "127.0.0.1:0".into();
    let secret = "a secret of another application";
    config["settings"]["api_keys"]["other"] = secret.into();
    let service = Service::start(system, "edge", "edge-other", &config).await?;
    let url = format!("http://{}", service.address.clone().context("no address")?);
    let (api_key, api_secret) = ("other".to_owned(), secret.to_owned());
    Ok((service, Connection { url, api_key, api_secret, ..system.connection.clone() }))
}

#[tokio::test(flavor = "multi_thread")]
async fn unsigned_and_wrongly_signed_calls() -> Result<()> {
    let system = System::start("attack-api")?;
    let c = &system.connection;
    room(c, "a", json!({}), json!({})).await?;
    let mut host = enter(c, "a", 1, true).await?;
    let mut board = Board::new("the application's API");
    let user = json!({ "name": "M", "user_id": "m", "is_admin": true });
    let body = json!({ "room_id": "a", "user_info": user, "room_ids": ["a"], "file_id": "a",
        "metadata": { "room_title": "stolen", "room_features": {} } });
    let bytes = body.to_string().into_bytes();
    let sign = |secret: &str, bytes: &[u8]| hex(&body_signature(secret.as_bytes(), bytes));
    let good = sign(&c.api_secret, &bytes);
    for route in API {
        let url = format!("{}{route}", url(c));
        let key = c.api_key.as_str();
        let other = body.to_string().replacen("\"a\"", "\"b\"", 1).into_bytes();
        let spaced = [bytes.as_slice(), b" "].concat();
        type Headers = Vec<(&'static str, String)>;
        let attempts: Vec<(&str, Headers, Vec<u8>)> = vec![
            ("nothing", vec![], bytes.clone()),
            ("a key alone", vec![("api-key", key.into())], bytes.clone()),
            ("a signature alone", vec![("hash-signature", good.clone())], bytes.clone()),
            (
                "another key",
                vec![("api-key", "api-x".into()), ("hash-signature", good.clone())],
                bytes.clone(),
            ),
            (
                "the start page's key",
                vec![("api-key", "start-x".into()), ("hash-signature", sign("", &bytes))],
                bytes.clone(),
            ),
            (
                "an empty key",
                vec![("api-key", String::new()), ("hash-signature", sign("", &bytes))],
                bytes.clone(),
            ),
            (
                "another secret",
                vec![("api-key", key.into()), ("hash-signature", sign("guess", &bytes))],
                bytes.clone(),
            ),
            (
                "an empty secret",
                vec![("api-key", key.into()), ("hash-signature", sign("", &bytes))],
                bytes.clone(),
            ),
            (
                "an empty signature",
                vec![("api-key", key.into()), ("hash-signature", String::new())],
                bytes.clone(),
            ),
            (
                "half a signature",
                vec![("api-key", key.into()), ("hash-signature", good[..32].into())],
                bytes.clone(),
            ),
            (
                "a longer signature",
                vec![("api-key", key.into()), ("hash-signature", format!("{good}00"))],
                bytes.clone(),
            ),
            (
                "zeros",
                vec![("api-key", key.into()), ("hash-signature", "0".repeat(64))],
                bytes.clone(),
            ),
            (
                "a body changed after signing",
                vec![("api-key", key.into()), ("hash-signature", good.clone())],
                other,
            ),
            (
                "white space after signing",
                vec![("api-key", key.into()), ("hash-signature", good.clone())],
                spaced,
            ),
            (
                "the secret as signature",
                vec![("api-key", key.into()), ("hash-signature", hex(c.api_secret.as_bytes()))],
                bytes.clone(),
            ),
        ];
        for (name, headers, body) in attempts {
            let headers: Vec<(&str, &str)> =
                headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
            let answer = post(url.clone(), &headers, body).await?;
            board.answered(format!("{route}: {name}"), &answer, &[INVALID]);
        }
        let get = reqwest::get(&url).await?.status().as_u16();
        board.note(format!("{route}: GET"), Gain::read_if(get < 300));
    }
    let here = host.session(path::RENEW).await?;
    board.note("the room was ended by any of it", Gain::write_if(here.status != 200));
    board.close(81);
    Ok(())
}

/// Whoever has no right gets the same answer for every room, to the byte.
#[tokio::test(flavor = "multi_thread")]
async fn answers_tell_nothing_of_rooms() -> Result<()> {
    let system = System::start("attack-enumerate")?;
    let c = &system.connection;
    let (_edge, other) = another_application(&system).await?;
    let rooms = Rooms::make(c, &other).await?;
    let mut board = Board::new("enumeration by answers");
    let user = json!({ "name": "M", "user_id": "m" });
    for route in API {
        let mut answers = Vec::new();
        for (_, room) in rooms.all() {
            let body = json!({ "room_id": room, "user_info": user, "room_ids": [room], "file_id": room,
                "metadata": { "room_title": "x", "room_features": {} } });
            let signature = "0".repeat(64);
            let headers = [("api-key", c.api_key.as_str()), ("hash-signature", signature.as_str())];
            answers.push(told(
                &post(format!("{}{route}", url(c)), &headers, body.to_string().into()).await?,
            ));
        }
        board.note(format!("{route}, wrongly signed"), Gain::read_if(differ(&answers)));
    }
    // With another application's good signature: rooms of others are as absent as any.
    for route in ["/auth/room/getJoinToken", "/auth/room/endRoom", "/auth/analytics/fetch"] {
        let mut answers = Vec::new();
        for (_, room) in [rooms.all()[0], rooms.all()[1], rooms.all()[3]] {
            let body = json!({ "room_id": room, "user_info": user, "room_ids": [room] });
            answers.push(told(&call(&other, route, &body).await?));
        }
        board.note(format!("{route}, by another application"), Gain::read_if(differ(&answers)));
    }
    // Forged invites, tokens and sessions that name each room as an edge would.
    let own = SigningKey::from_bytes(&[66; 32]);
    let started = post(format!("{}/v1/start", url(c)), &[], b"{}".to_vec()).await?;
    let invite = Parts::of(started.json["invite"].as_str().context("no invite")?)?;
    let token = Parts::of(&meeting::token(c, &rooms.running, "ada", false).await?)?;
    let session = Parts::of(&enter(c, &rooms.running, 1, false).await?.joined.session)?;
    let record = token.claims["room"].clone();
    let lives = [
        (record.clone(), token.claims["sid"].clone()),
        (json!("00.AAAA"), json!("x")),
        (record, json!("aaaaaaaaaaaaaaaaaaaaaaaaaa")),
    ];
    let thief = person::Person::new(c, 9);
    for (name, route, parts, field) in [
        ("an invite", path::INVITE, &invite, "invite"),
        ("a join token", path::JOIN, &token, "token"),
        ("a session", path::REJOIN, &session, "session"),
        ("a session", path::RENEW, &session, "session"),
        ("a session", path::LEAVE, &session, "session"),
        ("a session", path::LINK, &session, "session"),
    ] {
        let mut answers = Vec::new();
        for (room, sid) in &lives {
            let mut forged = parts.clone().claim("room", room.clone());
            if parts.claims.contains_key("sid") {
                forged = forged.claim("sid", sid.clone());
            }
            let forged = forge::signed(&forged.message(), &own);
            let body = json!({ field: forged, "bus_key": thief.bus.public(), "offer": OFFER, "name": "M" });
            answers.push(told(&thief.post(route, &body).await?));
        }
        board.note(format!("{route}: {name}, forged"), Gain::read_if(differ(&answers)));
    }
    for (name, room) in rooms.all() {
        let page = reqwest::get(format!("{}/room/{room}", url(c))).await?;
        let first = reqwest::get(format!("{}/room/nothing", url(c))).await?;
        let same = page.status() == first.status() && page.bytes().await? == first.bytes().await?;
        board.note(format!("the page of a room that is {name}"), Gain::read_if(!same));
    }
    board.close(18);
    Ok(())
}

/// The same answers take the same time.
#[tokio::test(flavor = "multi_thread")]
async fn timing_tells_nothing_of_rooms() -> Result<()> {
    let system = System::start("attack-timing")?;
    let c = &system.connection;
    let (_edge, other) = another_application(&system).await?;
    let rooms = Rooms::make(c, &other).await?;
    let mut board = Board::new("enumeration by timing");
    let own = SigningKey::from_bytes(&[66; 32]);
    let started = post(format!("{}/v1/start", url(c)), &[], b"{}".to_vec()).await?;
    let genuine = started.json["invite"].as_str().context("no invite")?.to_owned();
    let invite = Parts::of(&genuine)?;
    let signature = "0".repeat(64);
    let unsigned = |room: &str| {
        let body = json!({ "room_id": room, "user_info": { "name": "M", "user_id": "m" } });
        let headers = format!("api-key: {}\r\nhash-signature: {signature}\r\n", c.api_key);
        request(c, "/auth/room/getJoinToken", &headers, &body)
    };
    // Another forgery each time: how long a signature takes depends on the signature.
    let by_invite = |room: &Value| {
        let jti = random::secret().unwrap_or_default();
        let forged = invite.clone().claim("room", room.clone()).claim("jti", jti);
        let forged = forge::signed(&forged.message(), &own);
        request(c, path::INVITE, "", &json!({ "invite": forged }))
    };
    let running = invite.claims["room"].clone();
    let text = running.as_str().context("a room")?;
    let absent = json!(text.chars().map(|c| if c == 'a' { 'b' } else { c }).collect::<String>());
    type Ask<'a> = Box<dyn Fn() -> Vec<u8> + 'a>;
    let questions: [(&str, Ask, Ask); 3] = [
        (
            "an unsigned call, running against ended",
            Box::new(|| unsigned(&rooms.running)),
            Box::new(|| unsigned(&rooms.ended)),
        ),
        (
            "an unsigned call, running against absent",
            Box::new(|| unsigned(&rooms.running)),
            Box::new(|| unsigned(&rooms.absent)),
        ),
        (
            "a forged invite, running against absent",
            Box::new(|| by_invite(&running)),
            Box::new(|| by_invite(&absent)),
        ),
    ];
    for (name, one, other) in &questions {
        let mut differs = true;
        for attempt in 1..=TRIES {
            let [a, b] = sample(c, [one, other]).await?;
            let p = kolmogorov_smirnov(&a, &b);
            println!("{name}, attempt {attempt}: p = {p:.4}");
            differs = p <= P;
            if !differs {
                break;
            }
        }
        board.note(*name, Gain::read_if(differs));
    }
    // The measure itself would see a difference: a genuine invite is looked up.
    let good = || request(c, path::INVITE, "", &json!({ "invite": genuine }));
    let [a, b] = sample(c, [&|| by_invite(&running), &good]).await?;
    ensure!(kolmogorov_smirnov(&a, &b) <= P, "the measure sees no difference where there is one");
    board.close(3);
    Ok(())
}

/// Microseconds that each of two kinds of request takes, [`SAMPLES`] of each in random order on one connection.
async fn sample(c: &Connection, requests: [&dyn Fn() -> Vec<u8>; 2]) -> Result<[Vec<f64>; 2]> {
    let mut stream =
        TcpStream::connect(c.url.trim_start_matches("http://").trim_end_matches('/')).await?;
    stream.set_nodelay(true)?;
    let mut took = [Vec::with_capacity(SAMPLES), Vec::with_capacity(SAMPLES)];
    let mut buffer = vec![0; 8192];
    let mut coins = Vec::new();
    while took.iter().any(|took| took.len() < SAMPLES) {
        if coins.is_empty() {
            let bytes: [u8; 32] = random::bytes().map_err(|error| anyhow::anyhow!("{error}"))?;
            coins = bytes.iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1)).collect();
        }
        let heads = coins.pop() == Some(1);
        // One after the other at the end, so that both have as many.
        let which = usize::from(took[0].len() >= SAMPLES || (heads && took[1].len() < SAMPLES));
        let request = requests[which]();
        let begun = Instant::now();
        stream.write_all(&request).await?;
        let mut count = 0;
        while !is_whole(&buffer[..count]) {
            let read = timeout(Duration::from_secs(5), stream.read(&mut buffer[count..]));
            let read = read.await.context("no answer")??;
            ensure!(read > 0, "no answer, or half of one");
            count += read;
        }
        let elapsed = begun.elapsed();
        took[which].push(elapsed.as_secs_f64() * 1e6);
    }
    Ok(took)
}

/// True where an answer is here with all its body, which some edges send behind its head.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    head.starts_with("http/1.1 ") && length == Some(body.len().to_string().as_str())
}

fn request(c: &Connection, route: &str, headers: &str, body: &Value) -> Vec<u8> {
    let (host, body) =
        (c.url.trim_start_matches("http://").trim_end_matches('/'), body.to_string());
    let length = body.len();
    format!("POST {route} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\n\r\n{body}").into_bytes()
}

/// Everything that an answer tells.
fn told(answer: &Answer) -> String {
    format!("{} {}", answer.status, answer.json)
}

fn differ(answers: &[String]) -> bool {
    answers.windows(2).any(|pair| pair[0] != pair[1])
}

/// Somebody in the room asks for what only moderators may, by every way there is. Each request would
/// change something that everybody sees: hands that are up, sources that are on, who is before the door.
#[tokio::test(flavor = "multi_thread")]
async fn a_participant_who_moderates() -> Result<()> {
    let system = System::start("attack-moderate")?;
    let c = &system.connection;
    room(c, "a", json!({}), json!({})).await?;
    let mut host = enter(c, "a", 1, true).await?;
    let mut guest = enter(c, "a", 2, false).await?;
    let third = enter(c, "a", 3, false).await?;
    let mut board = Board::new("a participant moderates");
    let me = &guest.joined.pid;
    for member in [&host, &third] {
        let mut voice = member.bus().await?;
        let hand = format!("{}.{}", member.from(), from::HAND);
        voice.publish(&hand, br#"{"raised":true}"#).await?;
        member.worked_off(&mut voice).await?;
    }
    let mut host_bus = host.bus().await?;
    let close = br#"{"rules":{"waiting_room":true}}"#;
    host_bus.publish(&format!("{}.{}", host.moderator(), kind::RULES), close).await?;
    host.worked_off(&mut host_bus).await?;
    let (outside, at_door) = knock(c, "a", 4).await?;
    let asks = [
        (kind::REMOVE, json!({ "pid": host.joined.pid, "ban": true })),
        (kind::ROLE, json!({ "pid": me, "role": "moderator" })),
        (kind::RULES, json!({ "rules": { "waiting_room": false, "locks": { "chat": true } } })),
        (kind::SILENCE, json!({ "microphone": true })),
        (kind::SILENCE, json!({ "pid": host.joined.pid, "camera": true })),
        (kind::LOWER_HANDS, json!({})),
        (kind::ADMIT, json!({})),
        (kind::SERVICE, json!({ "service": "recording", "on": true })),
        (kind::END, json!({})),
    ];

    // With what it has: in its own name and the host's, by the moderators' voice and its own.
    let mut voice = guest.bus().await?;
    let before = guest.worked_off(&mut voice).await?;
    let (sid, node) = (&guest.joined.sid, &guest.joined.node);
    for (kind, body) in &asks {
        for speaker in [me, &host.joined.pid] {
            for way in ["mod", "from"] {
                let subject = format!("room.{sid}.{node}.{way}.{speaker}.{kind}");
                voice.publish(&subject, body.to_string().as_bytes()).await?;
            }
        }
    }
    // A change of role in a message that it may send.
    for (kind, body) in [
        (from::MEDIA, json!({ "microphone": true, "camera": true, "role": "moderator" })),
        (from::CHAT, json!({ "text": "x", "pid": host.joined.pid, "from": host.joined.pid })),
    ] {
        let subject = format!("{}.{kind}", guest.from());
        voice.publish(&subject, body.to_string().as_bytes()).await?;
    }
    let after = guest.worked_off(&mut voice).await?;
    compare("with its own credential", &before, &after, &mut board);

    // With a moderator's credential for its own place, as somebody has for a moment who was demoted: NATS
    // lets it through, and the owner's roster decides.
    let tags = Tags::Person { room: sid, node, pid: me };
    let end = random::now() + 60;
    let (jwt, key) = credential(&system, BusRole::Moderator, &tags, Some(end))?;
    let mut voice =
        Raw::connect(&c.nats_ws_url, &jwt, Some(&key)).await?.map_err(anyhow::Error::msg)?;
    let declined = format!("room.{sid}.{node}.to.{me}.{}", one::DECLINED);
    let declined = voice.subscribe(&declined, None).await?;
    for (kind, body) in &asks {
        let subject = format!("{}.{kind}", guest.moderator());
        voice.publish(&subject, body.to_string().as_bytes()).await?;
    }
    // What moderators say comes to the owner by another way than what it is asked here: nothing says
    // which it takes first.
    let mut heard = 0;
    while heard < asks.len() && voice.next_of(declined, DECLINES).await?.is_some() {
        heard += 1;
    }
    let after = guest.worked_off(&mut voice).await?;
    ensure!(heard == asks.len(), "the owner heard and declined {heard} of {}", asks.len());
    compare("with a moderator's credential", &before, &after, &mut board);

    let body = json!({ "session": at_door.session, "bus_key": outside.bus.public(),
        "offer": OFFER });
    let answer = outside.post(path::REJOIN, &body).await?;
    ensure!(matches!(answer.status, 200 | 202), "who waited is gone: {answer:?}");
    board.note("who waits is let in", Gain::write_if(answer.status == 200));
    let renewed = host.session(path::RENEW).await?;
    board.note("the host is out", Gain::write_if(renewed.status != 200));
    board.note(
        "the host is no moderator",
        Gain::write_if(renewed.json["role"] != json!("moderator")),
    );
    let renewed = guest.session(path::RENEW).await?;
    board.note("the guest is out with the room", Gain::write_if(renewed.status != 200));
    board.note(
        "the guest is a moderator",
        Gain::write_if(renewed.json["role"] != json!("participant")),
    );
    let back = guest.session(path::REJOIN).await?;
    ensure!(back.status == 200, "the guest does not come back: {back:?}");
    board.note("a return as moderator", Gain::write_if(back.json["role"] == json!("moderator")));
    let mut body = guest.session_body();
    body["role"] = json!("moderator");
    let back = guest.person.post(path::REJOIN, &body).await?;
    ensure!(back.status == 200, "the guest does not come back: {back:?}");
    board
        .note("a return that asks for it", Gain::write_if(back.json["role"] == json!("moderator")));
    board.answered("a link", &guest.session(path::LINK).await?, &[NOT_ALLOWED]);
    board.close(18);
    Ok(())
}

/// What is otherwise in a room than it was, a row for each thing that moderators alone may change.
fn compare(how: &str, before: &Snapshot, after: &Snapshot, board: &mut Board) {
    fn each<T>(room: &Snapshot, of: impl Fn(&Person) -> T) -> Vec<(Pid, T)> {
        room.people.iter().map(|person| (person.pid.clone(), of(person))).collect()
    }
    let mut row = |what: &str, same: bool| {
        board.note(format!("{how}: {what}"), Gain::write_if(!same));
    };
    row("who is there", each(before, |_| ()) == each(after, |_| ()));
    row("roles", each(before, |p| p.role) == each(after, |p| p.role));
    row("sources", each(before, |p| p.media) == each(after, |p| p.media));
    row("hands", each(before, |p| p.hand) == each(after, |p| p.hand));
    row("rules", before.rules == after.rules);
}

fn url(c: &Connection) -> &str {
    c.url.trim_end_matches('/')
}
