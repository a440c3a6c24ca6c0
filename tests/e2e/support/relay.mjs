/** A system behind a slow link: pages, bus and media all go through the relay. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort, startSystem } from './system.mjs';

/**
 * @param {number} delayMillis One way; a round trip takes twice as long.
 * @returns {Promise<import('./system.mjs').System>}
 */
export async function startRelayed(delayMillis) {
  const here = { http: await freePort(), bus: await freePort(), media: await freePort() };
  const far = { http: await freePort(), bus: await freePort(), media: await freePort() };
  const at = (/** @type {number} */ port) => `127.0.0.1:${port}`;
  const system = await startSystem([
    ...['--listen', at(here.http), '--origin', `http://${at(far.http)}`],
    ...['--nats-ws-port', String(here.bus), '--nats-ws-url', `ws://${at(far.bus)}`],
    ...['--media-port', String(here.media), '--advertise', at(far.media)],
  ]);
  const relay = spawn(
    process.env.CONCLAVE_RELAY ?? 'conclave-relay',
    [
      ...['--delay-ms', String(delayMillis)],
      ...['--tcp', `${at(far.http)}=${at(here.http)}`],
      ...['--tcp', `${at(far.bus)}=${at(here.bus)}`],
      ...['--udp', `${at(far.media)}=${at(here.media)}`],
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const ended = once(relay, 'exit');
  // Its one line: it listens.
  await Promise.race([once(relay.stdout, 'data'), ended]);
  return {
    ...system,
    stop: async () => {
      relay.stdin.end();
      await ended;
      await system.stop();
    },
  };
}
