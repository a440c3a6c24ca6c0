/** One connection to NATS: typed messages in and out, on this participant's own subjects only. */
import type { NatsConnection } from '@nats-io/nats-core';
import { pause } from './backoff.js';
import {
  type BusAddress,
  type BusCredential,
  type FromModerator,
  type FromOne,
  subjects,
  type ToAll,
  type ToOne,
} from './protocol.js';

/** The page's nkey on the bus. The seed is nowhere but in this page's memory. */
export interface BusKey {
  readonly publicKey: string;
  readonly seed: Uint8Array;
}

export type BusMessage = {
  [K in keyof ToAll]: { to: 'all'; kind: K; body: ToAll[K] };
}[keyof ToAll] | {
  [K in keyof ToOne]: { to: 'one'; kind: K; body: ToOne[K] };
}[keyof ToOne];

export interface BusConnection {
  publish<K extends keyof FromOne>(kind: K, body: FromOne[K]): void;
  /** Where only moderators may publish. */
  moderate<K extends keyof FromModerator>(kind: K, body: FromModerator[K]): void;
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** Where to listen; before the door there is nothing to hear that is meant for all. */
export type Place = BusAddress & { readonly before?: 'door' | undefined };

/** Loads the NATS client; a lobby calls this so that joining need not wait for it. */
const load = () => import('./nats.js');

const FLUSH_MILLIS = 1_000;

export async function makeBusKey(): Promise<BusKey> {
  const { createUser } = await load();
  const user = createUser();
  return { publicKey: user.getPublicKey(), seed: user.getSeed() };
}

export async function connectBus(
  credential: BusCredential,
  key: BusKey,
  address: Place,
  onMessage: (message: BusMessage) => void,
): Promise<BusConnection> {
  const { jwtAuthenticator, wsconnect } = await load();
  const connection = await wsconnect({
    servers: credential.urls,
    authenticator: jwtAuthenticator(credential.jwt, key.seed),
    // Reconnecting is `BusLink`'s, which also renews the credential.
    reconnect: false,
    ignoreClusterUpdates: true,
    timeout: 5_000,
    pingInterval: 10_000,
    maxPingOut: 2,
    noEcho: true,
  });
  const own = subjects(address);
  if (!address.before) listen(connection, own.all, 'all', onMessage);
  listen(connection, own.to, 'one', onMessage);
  return {
    publish: (kind, body) => {
      if (!connection.isClosed()) connection.publish(own.from(kind), JSON.stringify(body));
    },
    moderate: (kind, body) => {
      if (!connection.isClosed()) connection.publish(own.moderate(kind), JSON.stringify(body));
    },
    closed: connection.closed().then(() => undefined),
    close: async () => {
      // What was published before still goes out; on a dead connection nothing does.
      await Promise.race([connection.flush().catch(() => undefined), pause(FLUSH_MILLIS)]);
      await connection.close();
    },
  };
}

function listen(
  connection: NatsConnection,
  subject: string,
  to: 'all' | 'one',
  onMessage: (message: BusMessage) => void,
): void {
  connection.subscribe(subject, {
    callback: (error, message) => {
      if (error) return;
      const kind = message.subject.slice(message.subject.lastIndexOf('.') + 1);
      let body: unknown;
      try {
        body = message.json();
      } catch {
        console.debug('conclave: a message on the bus is not JSON:', kind);
        return;
      }
      // Only the room's owner may publish here; an unknown kind is a newer owner's and is ignored.
      onMessage({ to, kind, body } as BusMessage);
    },
  });
}
