/** Starts Conclave for a test, as a person would: `conclave up`, and the line that it prints. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const CLIENT = new URL('../../../client', import.meta.url).pathname;
/** The web application may have to be built first. */
const READY_MILLIS = 300_000;

/**
 * @typedef {object} System
 * @property {string} url Where the web application is served.
 * @property {string} link Opens the first room.
 * @property {(title?: string, encrypted?: boolean) => Promise<{ link: string, hostLink: string, invite: string, hostInvite: string }>} newRoom
 * @property {() => Promise<Connection>} connection How applications and tests reach it.
 * @property {() => Promise<void>} stop
 *
 * @typedef {object} Connection
 * @property {string} url
 * @property {string} api_key
 * @property {string} api_secret
 * @property {Record<string, number>} pids Processes by name.
 */

/**
 * Starts `$CONCLAVE_BIN up`.
 * @param {string[]} [options] Further options of `conclave up`.
 * @param {NodeJS.ProcessEnv} [env] Further variables of its environment.
 * @returns {Promise<System>}
 */
export async function startSystem(options = [], env = {}) {
  const state = await mkdtemp(join(tmpdir(), 'conclave-e2e-'));
  const web = process.env.CONCLAVE_WEB ?? CLIENT;
  const listen = options.includes('--listen') ? [] : ['--listen', `127.0.0.1:${await freePort()}`];
  const program = process.env.CONCLAVE_BIN ?? 'conclave';
  const child = spawn(program, ['up', '--json', '--state', state, '--web', web, ...listen, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const ended = once(child, 'exit').catch((error) => [error.message]);
  let said = '';
  child.stderr.on('data', (chunk) => (said = (said + chunk).slice(-4_000)));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(state, { recursive: true, force: true });
  };
  try {
    const { url, link } = await Promise.race([
      firstLine(child.stdout),
      ended.then(([code]) => Promise.reject(new Error(`${program} up ended with ${code}: ${said}`))),
      timeout(READY_MILLIS, () => new Error(`${program} up was not ready in time: ${said}`)),
    ]);
    const connection = async () => JSON.parse(await readFile(join(state, 'connection.json'), 'utf8'));
    return { url, link, newRoom: (title, encrypted) => newRoom(url, title, encrypted), connection, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * As the start page does: the key of an encrypted room, and its title, are in its links alone.
 * @param {string} url @param {string} [title]
 */
async function newRoom(url, title = '', encrypted = true) {
  const response = await fetch(`${url}/v1/start`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: encrypted ? '' : title, encrypted }),
  });
  const { invite, host_invite: hostInvite, msg } = await response.json();
  if (!invite) throw new Error(`no room: ${response.status} ${msg}`);
  const secret = encrypted ? `&k=${randomBytes(32).toString('base64url')}&n=${encodeURIComponent(title)}` : '';
  const linkBy = (/** @type {string} */ by) => `${url}/room#i=${by}${secret}`;
  return { link: linkBy(invite), hostLink: linkBy(hostInvite), invite, hostInvite };
}

/** @param {import('node:stream').Readable} stream */
async function firstLine(stream) {
  for await (const line of createInterface({ input: stream })) return JSON.parse(line);
  // The program ended: what it said on the way says why, and is told by who waits for that.
  return new Promise(() => undefined);
}

/** @param {number} millis @param {() => Error} error @returns {Promise<never>} */
function timeout(millis, error) {
  return new Promise((_, reject) => setTimeout(() => reject(error()), millis).unref());
}

/** A port that nobody has now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}
