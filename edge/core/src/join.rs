//! `POST /v1/join` and `POST /v1/rejoin`: one HTTP round trip, two flights to the bus.

use crate::admission::{Admitted, Candidate, Place, admit};
use crate::credentials::{Holder, Rights, bus, person, session_token};
use crate::errors::Problem;
use crate::http::{Request, Response};
use crate::keys::Keys;
use crate::platform::{BusOp, Entry, Node, Platform, fly_with};
use crate::{auth, marks, rooms, tickets};
use conclave_protocol::ids::Pid;
use conclave_protocol::limits::MAX_OFFER;
use conclave_protocol::nkey::{KeyKind, is_public};
use conclave_protocol::node::Joiner;
use conclave_protocol::proof::DeviceKey;
use conclave_protocol::roles::RoomRole;
use conclave_protocol::session::{JoinRequest, JoinedRoom, RejoinRequest, WaitingAtDoor};
use conclave_protocol::token::{JoinClaims, SessionClaims};

/// Serves `join`: redeems a join token for the device that signs the request.
pub(crate) async fn join<P: Platform>(
    platform: &P,
    request: &Request,
) -> Result<Response, Problem> {
    let keys = platform.keys();
    let now = platform.now();
    let proof = auth::device(platform, request)?;
    let body: JoinRequest = request.json()?;
    let claims: JoinClaims = keys.read(&body.token, now)?;
    check_shape(&body.bus_key, &body.offer)?;
    let name = claims.name.clone().or(body.name);
    let name = name.ok_or_else(|| Problem::Missing("missing field `name`".into()))?;
    let pid = participant(keys, &claims, &proof.key);
    let who = (&pid, &claims.user, &proof.key);
    let marks = marks::of(keys, &claims.room, who, claims.invite.as_ref(), now);
    let mut asked = marks::look_all(&marks);
    // Whoever comes by the link of somebody who was banned.
    asked.extend(claims.invite.iter().flat_map(|invite| &invite.by).map(marks::look));
    let marks_asked = asked.len();
    asked.extend(rooms::owners(&claims.sid));
    let joiner = Joiner {
        pid,
        user: claims.user.clone(),
        name,
        role: claims.role,
        bus_key: body.bus_key,
        returning: false,
        hidden: claims.hidden,
        marks,
    };
    let ([ticket, used, room, ready, nodes], mut marked) = fly_with(
        platform,
        [
            tickets::redeem(keys, &claims, &proof.key, now),
            tickets::use_proof(keys, &proof),
            rooms::get(&claims.room),
            rooms::ready(),
            BusOp::Nodes,
        ],
        asked,
    )
    .await?;
    tickets::fresh(used)?;
    tickets::redeemed(platform, &claims, &proof.key, ticket).await?;
    let owners = marked.split_off(marks_asked.min(marked.len()));
    marks::refuse_marked(marked)?;
    let (entry, nodes) = (rooms::sure(room, ready)?, nodes?.nodes()?);
    rooms::latest(platform, &claims.room, &entry, owners).await?;
    let candidate = Candidate {
        room: claims.room,
        sid: claims.sid,
        joiner,
        offer: body.offer,
        media: body.media,
    };
    enter(platform, candidate, proof.key, &entry, &nodes).await
}

/// Serves `rejoin`: the device of a session comes back, after a reload or a lost connection.
pub(crate) async fn rejoin<P: Platform>(
    platform: &P,
    request: &Request,
) -> Result<Response, Problem> {
    let keys = platform.keys();
    let proof = auth::device(platform, request)?;
    let body: RejoinRequest = request.json()?;
    let claims = own_session(platform, &body.session, &proof.key)?;
    check_shape(&body.bus_key, &body.offer)?;
    let who = (&claims.pid, &claims.user, &proof.key);
    let marks = marks::of(keys, &claims.room, who, None, platform.now());
    let mut asked = marks::look_all(&marks);
    let marks_asked = asked.len();
    asked.extend(rooms::owners(&claims.sid));
    let ([used, room, ready, nodes], mut marked) = fly_with(
        platform,
        [tickets::use_proof(keys, &proof), rooms::get(&claims.room), rooms::ready(), BusOp::Nodes],
        asked,
    )
    .await?;
    tickets::fresh(used)?;
    let owners = marked.split_off(marks_asked.min(marked.len()));
    marks::refuse_marked(marked)?;
    let (entry, nodes) = (rooms::sure(room, ready)?, nodes?.nodes()?);
    rooms::latest(platform, &claims.room, &entry, owners).await?;
    let joiner = Joiner {
        pid: claims.pid,
        user: claims.user,
        name: claims.name,
        // A session carries no role, nor who is hidden: the owner's roster knows.
        role: RoomRole::Participant,
        bus_key: body.bus_key,
        returning: true,
        hidden: false,
        marks,
    };
    let candidate = Candidate {
        room: claims.room,
        sid: claims.sid,
        joiner,
        offer: body.offer,
        media: body.media,
    };
    enter(platform, candidate, proof.key, &entry, &nodes).await
}

/// Brings in somebody who has been verified, and answers.
async fn enter<P: Platform>(
    platform: &P,
    candidate: Candidate,
    device: DeviceKey,
    entry: &Entry,
    nodes: &[Node],
) -> Result<Response, Problem> {
    let seated = Seated::of(&candidate, device);
    let admitted = admit(platform, candidate, entry, nodes).await?;
    #[cfg(feature = "leak")]
    crate::leak::title(platform, &seated.holder.pid, &admitted.title).await;
    seated.welcome(platform, admitted)
}

/// Reads a session token and checks that the device which signs is the one that it was given to.
pub(crate) fn own_session<P: Platform>(
    platform: &P,
    token: &str,
    device: &DeviceKey,
) -> Result<SessionClaims, Problem> {
    let claims: SessionClaims = platform.keys().read(token, platform.now())?;
    if claims.cnf == device.to_text() { Ok(claims) } else { Err(Problem::OtherDevice) }
}

/// The same token and the same device are the same participant, however often they ask.
fn participant(keys: &Keys, claims: &JoinClaims, device: &DeviceKey) -> Pid {
    Pid::from_hash(&keys.hash("pid", &[claims.jti.as_bytes(), device.as_bytes()]))
}

/// Checks a browser's bus key.
pub(crate) fn check_bus_key(bus_key: &str) -> Result<(), Problem> {
    if is_public(bus_key, KeyKind::User) {
        return Ok(());
    }
    Err(Problem::Invalid("bus_key must be the public key of a user nkey".into()))
}

fn check_shape(bus_key: &str, offer: &str) -> Result<(), Problem> {
    check_bus_key(bus_key)?;
    if offer.is_empty() || offer.len() > MAX_OFFER {
        return Err(Problem::Invalid("offer must be SDP of at most 32 kB".into()));
    }
    Ok(())
}

/// Whom the answer is for.
struct Seated {
    holder: Holder,
    bus_key: String,
}

impl Seated {
    fn of(candidate: &Candidate, device: DeviceKey) -> Self {
        let joiner = &candidate.joiner;
        let holder = Holder {
            room: candidate.room.clone(),
            sid: candidate.sid.clone(),
            pid: joiner.pid.clone(),
            user: joiner.user.clone(),
            name: joiner.name.clone(),
            device,
        };
        Self { holder, bus_key: joiner.bus_key.clone() }
    }

    fn welcome<P: Platform>(self, platform: &P, admitted: Admitted) -> Result<Response, Problem> {
        let Admitted { node, title, settings, place } = admitted;
        let Holder { sid, pid, name, .. } = &self.holder;
        let (sid, pid, name) = (sid.clone(), pid.clone(), name.clone());
        let (rights, dating) = match &place {
            Place::Inside(seat) => (Rights::In(seat.role), seat.dating),
            Place::BeforeTheDoor(dating) => (Rights::Waiting, *dating),
        };
        let tags = person(&sid, &node, &pid);
        let connection = (self.bus_key.as_str(), dating);
        let bus = bus(platform.keys(), rights, &tags, connection, platform.now());
        let session = session_token(platform, self.holder)?;
        Ok(match place {
            Place::Inside(seat) => Response::ok(&JoinedRoom {
                answer: seat.answer,
                features: settings.features(),
                encryption: settings.encryption,
                sid,
                pid,
                node,
                role: seat.role,
                name,
                title,
                media: seat.media,
                session,
                bus,
                snapshot: seat.snapshot,
                slots: seat.slots,
            }),
            // Accepted, and not yet acted upon (RFC 9110, section 15.3.3).
            Place::BeforeTheDoor(_) => {
                let encryption = settings.encryption;
                let waiting =
                    WaitingAtDoor { sid, pid, node, name, title, encryption, session, bus };
                Response::json(202, &waiting)
            }
        })
    }
}
