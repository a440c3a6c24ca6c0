//! Tokens: stolen, copied, forged, replayed. Whoever tries has real HTTP and no right.

#![allow(clippy::unwrap_used, clippy::panic)] // Tests fail by panicking.

use anyhow::{Context, Result, ensure};
use conclave_attack::board::{
    BLOCKED, INVALID, MALFORMED, NOT_ACTIVE, NOT_ALLOWED, OTHER_DEVICE, REPLAYED, Refusal,
    UNAVAILABLE,
};
use conclave_attack::forge::{self, Parts};
use conclave_attack::meeting::{self, enter, room};
use conclave_attack::{Board, Gain, overseer, services};
use conclave_protocol::encoding::{base64url, from_base64url};
use conclave_protocol::proof;
use conclave_protocol::session::path;
use conclave_tests::person::{Answer, OFFER, Person, call, post};
use conclave_tests::system::{Connection, System};
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tokio::task::JoinSet;

/// Devices that race for one token.
const RACERS: u8 = 200;

/// A device that nobody knows joins with `token`.
async fn join(c: &Connection, seed: u8, token: &str) -> Result<Answer> {
    let thief = Person::new(c, seed);
    let mut body = thief.join_body(token, OFFER);
    body["name"] = json!("Mallory");
    let answer = thief.post(path::JOIN, &body).await?;
    // A room whose record is in doubt is `Unavailable`; nothing else may fail for a token.
    ensure!(
        answer.status < 500 || answer.status == UNAVAILABLE.0,
        "the edge fails instead of refusing: {answer:?}"
    );
    Ok(answer)
}

/// A token that must not admit, and how it has to be refused. A refusal of another kind, above all that of
/// a token which another device has redeemed, would hide that it was taken for genuine.
struct Forgery {
    name: String,
    token: String,
    refused: &'static [Refusal],
}

fn forgery(name: impl Into<String>, token: String) -> Forgery {
    Forgery { name: name.into(), token, refused: &[INVALID] }
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_tokens() -> Result<()> {
    let system = System::start("attack-forged")?;
    let c = &system.connection;
    room(c, "a", json!({}), json!({})).await?;
    room(c, "b", json!({}), json!({})).await?;
    let mut board = Board::new("forged tokens");
    let genuine = Parts::of(&meeting::token(c, "a", "ada", true).await?)?;
    let elsewhere = Parts::of(&meeting::token(c, "b", "ada", true).await?)?;
    let key = forge::deployment_key(&system)?;

    let mut forged = without_the_key(c, &genuine).await?;
    forged.extend(other_claims(&genuine, &elsewhere, &key)?);
    forged.extend(other_texts(&genuine, &key)?);
    forged.extend(spoilt(c).await?);
    for (number, Forgery { name, token, refused }) in forged.into_iter().enumerate() {
        let answer = join(c, u8::try_from(number % 200)? + 1, &token).await?;
        board.answered(name, &answer, refused);
    }
    // Two tokens in one request, or one where a list stands: a reader that is not strict takes either.
    let device = Person::new(c, 240);
    let one = meeting::token(c, "a", "ada", true).await?;
    let other = forge::signed(&genuine.anew()?.message(), &SigningKey::from_bytes(&[66; 32]));
    let body = device.join_body(&one, OFFER).to_string();
    let twice = body.replacen('{', &format!("{{\"token\":\"{other}\","), 1);
    let list = body.replacen(&format!("\"{one}\""), &format!("[\"{one}\"]"), 1);
    for (name, body) in [("two tokens in a request", twice), ("a list of tokens", list)] {
        let proof = device.proof(path::JOIN, body.as_bytes());
        let answer = send(c, path::JOIN, &proof, body.as_bytes()).await?;
        board.answered(name, &answer, &[MALFORMED]);
    }
    // What is not forged admits, and so does what the forger made with the deployment's key and did not
    // change: the others were refused for what they say.
    let fresh = meeting::token(c, "a", "ada", true).await?;
    ensure!(join(c, 250, &fresh).await?.status == 200, "a genuine token does not admit");
    let remade = forge::signed(&genuine.anew()?.message(), &key);
    ensure!(join(c, 251, &remade).await?.status == 200, "the forger cannot sign");
    board.close(72);
    Ok(())
}

/// Made by somebody who has read the public keys, and has none of the private ones.
async fn without_the_key(c: &Connection, genuine: &Parts) -> Result<Vec<Forgery>> {
    let own = SigningKey::from_bytes(&[66; 32]);
    let mut forged = vec![
        forgery("signed by the thief's key", forge::signed(&genuine.anew()?.message(), &own)),
        forgery("no signature", format!("{}.", genuine.anew()?.message())),
    ];
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let message = genuine.anew()?.head("alg", alg).message();
        forged.push(forgery(format!("alg {alg:?}"), format!("{message}.")));
    }
    let jwks = reqwest::get(format!("{}/.well-known/jwks.json", url(c))).await?;
    let jwks: Value = serde_json::from_slice(&jwks.error_for_status()?.bytes().await?)?;
    let x = jwks["keys"][0]["x"].as_str().context("no key in the set")?.to_owned();
    let public = from_base64url(&x).context("not base64url")?;
    for (name, secret) in [
        ("the public key's bytes", public.as_slice()),
        ("its text", x.as_bytes()),
        ("the whole set", jwks.to_string().as_bytes()),
        ("nothing", b""),
    ] {
        let message = genuine.anew()?.head("alg", "HS256").message();
        let token = forge::signed_hs256(&message, secret)?;
        forged.push(forgery(format!("HS256 with {name}"), token));
    }
    let own_x = base64url(own.verifying_key().as_bytes());
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": own_x });
    let elsewhere = format!("{}/keys", url(c));
    for (name, value) in [
        ("jwk", jwk.clone()),
        ("jku", json!(elsewhere)),
        ("x5u", json!(elsewhere)),
        ("x5c", json!([own_x])),
        ("jwks", json!({ "keys": [jwk] })),
    ] {
        let token = forge::signed(&genuine.anew()?.head(name, value).message(), &own);
        forged.push(forgery(format!("{name} in the header"), token));
    }
    for kid in
        ["../../../../dev/null", "/dev/null", "' OR 1=1 --", "\0", "", "*", &"k".repeat(3000)]
    {
        let shown: String = kid.chars().take(24).collect();
        let token = forge::signed(&genuine.anew()?.head("kid", kid).message(), &own);
        forged.push(forgery(format!("kid {shown:?}"), token));
    }
    Ok(forged)
}

/// Made with the deployment's key, as if an edge had signed what it must not: defence in depth.
fn other_claims(genuine: &Parts, elsewhere: &Parts, key: &SigningKey) -> Result<Vec<Forgery>> {
    let mut forged = Vec::new();
    let mut signed = |name: &str, parts: Parts| {
        let token = forge::signed(&parts.message(), key);
        forged.push(forgery(format!("genuinely signed: {name}"), token));
    };
    signed("unknown crit", genuine.anew()?.head("crit", json!(["x"])).head("x", 1));
    signed("b64 false", genuine.anew()?.head("b64", false));
    signed("kid of no key", genuine.anew()?.head("kid", "AAAAAAAA"));
    for typ in ["session+jwt", "invite+jwt", "download+jwt", "JWT", "at+jwt", "", "JOIN+JWT"] {
        signed(&format!("typ {typ:?}"), genuine.anew()?.head("typ", typ));
    }
    let ours = genuine.claims["aud"].clone();
    signed("another deployment", genuine.anew()?.claim("aud", "conclave-elsewhere"));
    signed("aud as a list with ours in it", genuine.anew()?.claim("aud", json!(["x", ours])));
    signed("aud as a list of ours alone", genuine.anew()?.claim("aud", json!([ours])));
    signed("no aud", genuine.anew()?.without("aud"));
    signed("another issuer", genuine.anew()?.claim("iss", "somebody"));
    signed("no iss", genuine.anew()?.without("iss"));
    signed("a room that is a wildcard", genuine.anew()?.claim("room", "*"));
    signed("a life that is a wildcard", genuine.anew()?.claim("sid", ">"));
    signed("a role that does not exist", genuine.anew()?.claim("role", "node"));
    let now = conclave_tests::person::now();
    for (name, exp) in [
        ("exp in the past", json!(now - 1)),
        ("exp now", json!(now)),
        ("exp as a text", json!("9999999999")),
        ("exp as a fraction", json!(9_999_999_999.5)),
        ("exp negative", json!(-1)),
        ("exp null", json!(null)),
        ("exp a list", json!([9_999_999_999_u64])),
    ] {
        signed(name, genuine.anew()?.claim("exp", exp));
    }
    signed("no exp", genuine.anew()?.without("exp"));
    signed("iat in the future", genuine.anew()?.claim("iat", now + 3600));
    signed("no jti", genuine.clone().without("jti"));
    // Genuine in every way, for a room of which there is no such life: the room refuses, not the token.
    for (name, claim) in
        [("another room's key with this life", "room"), ("another life of the room", "sid")]
    {
        let parts = genuine.anew()?.claim(claim, elsewhere.claims[claim].clone());
        let token = forge::signed(&parts.message(), key);
        let name = format!("genuinely signed: {name}");
        forged.push(Forgery { name, token, refused: &[NOT_ACTIVE, UNAVAILABLE] });
    }
    Ok(forged)
}

/// The same for texts that are read in two ways.
fn other_texts(genuine: &Parts, key: &SigningKey) -> Result<Vec<Forgery>> {
    let text = |map: &serde_json::Map<String, Value>| Value::Object(map.clone()).to_string();
    let twice = |object: &str, more: &str| object.replacen('{', &format!("{{{more},"), 1);
    let header = text(&genuine.header);
    let mut forged = Vec::new();
    let mut written = |name: &str, header: &str, claims: &str| {
        let token = forge::signed(&forge::message(header, claims), key);
        forged.push(forgery(format!("genuinely signed: {name}"), token));
    };
    let claims = || anyhow::Ok(text(&genuine.anew()?.claims));
    written("alg twice", &twice(&header, r#""alg":"none""#), &claims()?);
    written("typ twice", &twice(&header, r#""typ":"join+jwt""#), &claims()?);
    written("exp twice", &header, &twice(&claims()?, r#""exp":9999999999"#));
    written("role twice", &header, &twice(&claims()?, r#""role":"moderator""#));
    written("jti twice", &header, &twice(&claims()?, r#""jti":"AAAA""#));
    let claims = claims()?;
    let (exp, huge) = (claims.find("\"exp\":").context("no exp")?, "18446744073709551616");
    let end = claims[exp..].find([',', '}']).context("no end")? + exp;
    let overflows = format!("{}\"exp\":{huge}{}", &claims[..exp], &claims[end..]);
    written("exp overflows", &header, &overflows);
    written("claims that are a list", &header, "[]");
    written("claims that are nothing", &header, "");
    Ok(forged)
}

/// Genuine ones, each another, written so that a lenient reader would take them.
async fn spoilt(c: &Connection) -> Result<Vec<Forgery>> {
    type Spoil = fn(&str) -> String;
    let spoil: [(&str, Spoil); 8] = [
        ("padded", |token| format!("{token}=")),
        ("padded inside", |token| token.replace('.', "=.")),
        ("a fourth part", |token| format!("{token}.")),
        ("trailing bits", |token| format!("{token}A")),
        ("a line feed behind", |token| format!("{token}\n")),
        ("white space before", |token| format!(" {token}")),
        ("standard alphabet", |token| token.replace('-', "+").replace('_', "/") + "+"),
        ("last character changed", |token| {
            let (rest, last) = token.split_at(token.len() - 1);
            format!("{rest}{}", if last == "A" { 'B' } else { 'A' })
        }),
    ];
    let mut forged = Vec::new();
    for (name, spoil) in spoil {
        let genuine = meeting::token(c, "a", "ada", true).await?;
        forged.push(forgery(format!("a genuine one, {name}"), spoil(&genuine)));
    }
    Ok(forged)
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_retired() -> Result<()> {
    let system = System::start("attack-retired")?;
    let c = &system.connection;
    room(c, "a", json!({}), json!({})).await?;
    let mut board = Board::new("retired keys");
    let parts = Parts::of(&meeting::token(c, "a", "ada", true).await?)?;
    let old = SigningKey::from_bytes(&[77; 32]);
    let public = base64url(old.verifying_key().as_bytes());
    let kid = base64url(&conclave_protocol::encoding::sha256(old.verifying_key().as_bytes())[..6]);
    let token = forge::signed(&parts.head("kid", kid).message(), &old);
    let now = conclave_tests::person::now();
    // Two more edges of the deployment: to one the old key's time is over, to the other it is not.
    let mut reached = Vec::new();
    for (name, until) in [("over", now - 1), ("counts", now + 600)] {
        let mut config = system.config("edge.json")?;
        config["listen"] = "127.0.0.1:0".into();
        config["settings"]["retired_token_keys"] = json!([{ "public": public, "until": until }]);
        let service = services::Service::start(&system, "edge", name, &config).await?;
        let url = format!("http://{}", service.address.clone().context("no address")?);
        reached.push((service, Connection { url, ..c.clone() }));
    }
    board.answered("a key that this edge never had", &join(c, 1, &token).await?, &[INVALID]);
    board.answered("a key whose time is over", &join(&reached[0].1, 2, &token).await?, &[INVALID]);
    ensure!(join(&reached[1].1, 3, &token).await?.status == 200, "a key in its time verifies");
    board.close(2);
    Ok(())
}

/// One token, two hundred devices, two edges: one gets in.
#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_redeemers_over_two_edges() -> Result<()> {
    let system = System::start("attack-race")?;
    let (_second, other) = services::edge(&system, "edge-2").await?;
    room(&system.connection, "race", json!({}), json!({})).await?;
    let mut board = Board::new("two hundred redeemers");
    for round in 0..3 {
        let user = format!("ada-{round}");
        let token = meeting::token(&system.connection, "race", &user, false).await?;
        let winners = race(&[&system.connection, &other], &token).await?;
        ensure!(!winners.is_empty(), "nobody got in: round {round}");
        board.note(format!("round {round}: devices beyond the first"), beyond_one(&winners));
    }
    board.close(3);
    Ok(())
}

/// The same while one of the edges is killed; whoever got no answer tries again at the other.
#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_redeemers_and_an_edge_that_dies() -> Result<()> {
    let system = System::start("attack-race-killed")?;
    let (mut second, other) = services::edge(&system, "edge-2").await?;
    let c = &system.connection;
    room(c, "race", json!({}), json!({})).await?;
    let mut board = Board::new("two hundred redeemers, one edge killed");
    let token = meeting::token(c, "race", "ada", false).await?;
    let mut racers = JoinSet::new();
    for seed in 1..=RACERS {
        let at = if seed % 2 == 0 { c.clone() } else { other.clone() };
        let (first, token) = (c.clone(), token.clone());
        racers.spawn(async move {
            for c in [at, first] {
                let racer = Person::new(&c, seed);
                let body = racer.join_body(&token, OFFER);
                if let Ok(answer) = racer.post(path::JOIN, &body).await
                    && answer.status < 500
                {
                    return (seed, answer.status);
                }
            }
            (seed, 0)
        });
    }
    let mut winners = BTreeSet::new();
    let mut answered = 0;
    while let Some(racer) = racers.join_next().await {
        let (seed, status) = racer?;
        answered += u32::from(status != 0);
        if status == 200 {
            winners.insert(seed);
        }
        if answered == 1 {
            second.kill().await?;
        }
    }
    ensure!(answered == u32::from(RACERS), "only {answered} were answered");
    ensure!(!winners.is_empty(), "nobody got in");
    board.note("devices beyond the first", beyond_one(&winners));
    // Later, when the winner is in: still nobody else.
    let again = race(&[c], &token).await?;
    board.note(
        "devices beyond the first, later",
        beyond_one(&winners.union(&again).copied().collect()),
    );
    board.close(2);
    Ok(())
}

async fn race(edges: &[&Connection], token: &str) -> Result<BTreeSet<u8>> {
    let mut racers = JoinSet::new();
    for seed in 1..=RACERS {
        let c = edges[usize::from(seed) % edges.len()].clone();
        let token = token.to_owned();
        racers.spawn(async move {
            let racer = Person::new(&c, seed);
            let body = racer.join_body(&token, OFFER);
            racer.post(path::JOIN, &body).await.map(|answer| (seed, answer))
        });
    }
    let mut winners = BTreeSet::new();
    while let Some(racer) = racers.join_next().await {
        let (seed, Answer { status, json }) = racer??;
        ensure!(status < 500, "an edge fails: {status} {json}");
        if status == 200 {
            winners.insert(seed);
        }
    }
    Ok(winners)
}

fn beyond_one(winners: &BTreeSet<u8>) -> Gain {
    Gain { reads: u32::try_from(winners.len().saturating_sub(1)).unwrap_or(u32::MAX), writes: 0 }
}

/// A session token without its device, and a proof without its request.
#[tokio::test(flavor = "multi_thread")]
async fn stolen_sessions_and_proofs() -> Result<()> {
    let system = System::start("attack-session")?;
    let c = &system.connection;
    room(c, "a", json!({}), json!({})).await?;
    let mut board = Board::new("sessions and proofs");
    let mut ada = enter(c, "a", 1, true).await?;
    let thief = Person::new(c, 2);
    let routes = [path::REJOIN, path::RENEW, path::LINK, path::LEAVE];
    for route in routes {
        let body = ada.session_body();
        let answer = thief.post(route, &body).await?;
        board.answered(format!("{route}: another device"), &answer, &[OTHER_DEVICE]);
        let bytes = body.to_string().into_bytes();
        let answer = post(format!("{}{route}", url(c)), &[], bytes.clone()).await?;
        board.answered(format!("{route}: no proof"), &answer, &[INVALID]);
        for wrong in ["v1", "v1.....", "v0.a.b.c.d", "", "Bearer x"] {
            let answer = send(c, route, wrong, &bytes).await?;
            board.answered(format!("{route}: proof {wrong:?}"), &answer, &[INVALID]);
        }
        for other in routes.into_iter().filter(|other| *other != route) {
            let proof = ada.person.proof(other, &bytes);
            let answer = send(c, route, &proof, &bytes).await?;
            board.answered(format!("{route}: proof of {other}"), &answer, &[INVALID]);
        }
        let proof = ada.person.proof(route, b"{}");
        let answer = send(c, route, &proof, &bytes).await?;
        board.answered(format!("{route}: proof of another body"), &answer, &[INVALID]);
        // The window is 60 s; the clock may tick between here and there.
        for off in [-65_i64, -3600, 65, 3600] {
            let proof = ada.person.proof_at(route, &bytes, off);
            let answer = send(c, route, &proof, &bytes).await?;
            board.answered(format!("{route}: proof {off} s away"), &answer, &[INVALID]);
        }
        let join = thief.join_body(&ada.joined.session, OFFER);
        let answer = thief.post(path::JOIN, &join).await?;
        let attack = format!("{route}: a session in the place of a join token");
        board.answered(attack, &answer, &[INVALID]);
    }
    // A farewell that was seen on its way, sent again as it was: before she is back, and when she is back
    // on the same connection, which it would end.
    let farewell = ada.session_body().to_string().into_bytes();
    let proof = ada.person.proof(path::LEAVE, &farewell);
    let first = send(c, path::LEAVE, &proof, &farewell).await?;
    ensure!(first.status == 200, "the genuine farewell: {first:?}");
    let again = send(c, path::LEAVE, &proof, &farewell).await?;
    board.answered("a farewell, sent again", &again, &[REPLAYED]);
    ensure!(ada.session(path::REJOIN).await?.status == 200, "she does not come back");
    let again = send(c, path::LEAVE, &proof, &farewell).await?;
    board.answered("a farewell, sent again after her return", &again, &[REPLAYED]);
    let here = ada.session(path::RENEW).await?;
    board.note("a farewell takes her out twice", Gain::write_if(here.status != 200));
    // A request that was seen on its way, sent again as it was.
    for route in [path::REJOIN, path::RENEW, path::LINK] {
        let bytes = ada.session_body().to_string().into_bytes();
        let proof = ada.person.proof(route, &bytes);
        let first = send(c, route, &proof, &bytes).await?;
        ensure!(first.status == 200, "{route}: the genuine one: {first:?}");
        for turn in 0..3 {
            let again = send(c, route, &proof, &bytes).await?;
            board.answered(format!("{route}: replay {turn}"), &again, &[REPLAYED]);
        }
    }
    // Her farewell from before a reload, which arrives late: once she is back.
    let farewell = ada.session_body().to_string().into_bytes();
    let proof = ada.person.proof(path::LEAVE, &farewell);
    ada.person.renew_bus_key();
    ensure!(ada.session(path::REJOIN).await?.status == 200, "she does not come back");
    let late = send(c, path::LEAVE, &proof, &farewell).await?;
    ensure!(late.status == 200, "a late farewell is taken, and means nothing: {late:?}");
    let here = ada.session(path::RENEW).await?.status == 200;
    board.note("a farewell from before her return", Gain::write_if(!here));
    // A whole join, seen on its way.
    let token = meeting::token(c, "a", "bob", false).await?;
    let bob = Person::new(c, 3);
    let body = bob.join_body(&token, OFFER).to_string().into_bytes();
    let proof = bob.proof(path::JOIN, &body);
    ensure!(send(c, path::JOIN, &proof, &body).await?.status == 200, "bob does not get in");
    let again = send(c, path::JOIN, &proof, &body).await?;
    board.answered("a join, sent again as it was", &again, &[REPLAYED]);
    let mut changed = serde_json::from_slice::<Value>(&body)?;
    changed["bus_key"] = json!(overseer::fresh_user()?.public());
    let changed = changed.to_string().into_bytes();
    let again = send(c, path::JOIN, &proof, &changed).await?;
    board.answered("a join, sent again for another connection", &again, &[INVALID]);
    // Requests from a page of another site, whose visitor's browser has the key.
    let bytes = ada.session_body().to_string().into_bytes();
    let proof = ada.person.proof(path::RENEW, &bytes);
    let headers = [(proof::HEADER, proof.as_str()), ("origin", "https://evil.example")];
    let answer = post(format!("{}{}", url(c), path::RENEW), &headers, bytes).await?;
    board.answered("a request of another site's page", &answer, &[NOT_ALLOWED]);
    board.close(80);
    Ok(())
}

/// Invites: outside their window, revoked, changed, exchanged for what they do not admit to.
#[tokio::test(flavor = "multi_thread")]
async fn invites() -> Result<()> {
    let system = System::start("attack-invites")?;
    let c = &system.connection;
    let mut board = Board::new("invites");
    let started = post(format!("{}/v1/start", url(c)), &[], b"{}".to_vec()).await?;
    let guest = started.json["invite"].as_str().context("no invite")?.to_owned();
    let host = started.json["host_invite"].as_str().context("no host's invite")?.to_owned();
    let exchange = |invite: String| async move {
        let body = json!({ "invite": invite }).to_string().into_bytes();
        post(format!("{}{}", url(c), path::INVITE), &[], body).await
    };
    let token = |answer: &Answer| answer.json["token"].as_str().map(str::to_owned);
    let key = forge::deployment_key(&system)?;
    let parts = Parts::of(&guest)?;
    let now = conclave_tests::person::now();
    for (name, invite) in [
        ("raised to moderator, old signature", {
            let signature = guest.rsplit('.').next().context("no signature")?;
            format!("{}.{signature}", parts.clone().claim("role", "moderator").message())
        }),
        ("raised to moderator, thief's key", {
            let own = SigningKey::from_bytes(&[66; 32]);
            forge::signed(&parts.clone().claim("role", "moderator").message(), &own)
        }),
        ("before its window", forge::signed(&parts.clone().claim("nbf", now + 60).message(), &key)),
        ("after its window", forge::signed(&parts.clone().claim("exp", now).message(), &key)),
        ("for another deployment", forge::signed(&parts.clone().claim("aud", "x").message(), &key)),
        ("a join token in its place", {
            let exchanged = exchange(guest.clone()).await?;
            token(&exchanged).context("the genuine invite is refused")?
        }),
    ] {
        board.answered(name, &exchange(invite).await?, &[INVALID]);
    }
    let unchanged = forge::signed(&parts.message(), &key);
    ensure!(exchange(unchanged).await?.status == 200, "the forger cannot sign");
    let answer = join(c, 9, &guest).await?;
    board.answered("an invite in the place of a join token", &answer, &[INVALID]);
    // A guest's invite admits as a guest whatever the request says.
    let exchanged = token(&exchange(guest.clone()).await?).context("no token")?;
    let mallory = Person::new(c, 2);
    let mut body = mallory.join_body(&exchanged, OFFER);
    body["role"] = json!("moderator");
    body["name"] = json!("Mallory");
    let joined = mallory.post(path::JOIN, &body).await?;
    ensure!(joined.status == 200, "the guest is not let in: {joined:?}");
    board
        .note("a role in the request", Gain::write_if(joined.json["role"] != json!("participant")));
    // The host revokes the link: neither it nor a token that it was exchanged for admits.
    let spare = token(&exchange(guest.clone()).await?).context("no token")?;
    let ada = Person::new(c, 1);
    let token = token(&exchange(host.clone()).await?).context("no token")?;
    let mut body = ada.join_body(&token, OFFER);
    body["name"] = json!("Ada");
    let ada_in = ada.post(path::JOIN, &body).await?;
    let session = ada_in.json["session"].as_str().context("the host is not let in")?.to_owned();
    let revoke = json!({ "session": session, "revoke": guest });
    let fresh = ada.post(path::LINK, &revoke).await?;
    ensure!(fresh.status == 200, "no fresh link: {fresh:?}");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(5);
    while exchange(guest.clone()).await?.status < 300 {
        ensure!(std::time::Instant::now() < until, "the old link still works");
    }
    board.answered("a token of a revoked invite", &join(c, 4, &spare).await?, &[BLOCKED]);
    let body = json!({ "session": joined.json["session"], "revoke": host });
    let answer = mallory.post(path::LINK, &body).await?;
    board.answered("a guest asks for a link and revokes the host's", &answer, &[NOT_ALLOWED]);
    let other = call(
        c,
        "/auth/room/create",
        &json!({ "room_id": "x", "metadata": { "room_title": "x", "room_features": {} } }),
    )
    .await?;
    ensure!(other.status == 200);
    let eve = enter(c, "x", 5, true).await?;
    let body = json!({ "session": eve.joined.session, "revoke": host });
    let answer = eve.person.post(path::LINK, &body).await?;
    board.answered("another room's moderator revokes an invite", &answer, &[MALFORMED]);
    ensure!(exchange(host).await?.status == 200, "the host's invite was revoked by somebody");
    board.close(11);
    Ok(())
}

async fn send(c: &Connection, route: &str, proof: &str, body: &[u8]) -> Result<Answer> {
    post(format!("{}{route}", url(c)), &[(proof::HEADER, proof)], body.to_vec()).await
}

fn url(c: &Connection) -> &str {
    c.url.trim_end_matches('/')
}
