/** The part of NATS's client that is used, in a chunk of its own: it is larger than all the rest. */
export { jwtAuthenticator, wsconnect } from '@nats-io/nats-core';
export { createUser } from '@nats-io/nkeys';
