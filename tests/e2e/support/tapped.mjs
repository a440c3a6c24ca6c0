/** A system in which everything is kept that its servers receive from browsers. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryOf } from './memory.mjs';
import { recordHttp, recordWebSocket } from './recorder.mjs';
import { freePort, startSystem } from './system.mjs';

/**
 * @typedef {{ name: string, parts: Buffer[] }} Place Something that servers know, and where from.
 *
 * @typedef {object} Taps
 * @property {() => Promise<Place[]>} received What the edge, NATS and the media node have received so far.
 * @property {() => Promise<Place[]>} memory What every process of the system has in its memory now.
 */

/** A record in the node's file: its length, what it is, whose it is, and the packet or message (`tests/rogue`). */
const LENGTH_BYTES = 4;
const RECORD_HEAD_BYTES = 9;
/** What it is, for a message of a data channel; all others are packets. */
const MESSAGE = 3;

/** @returns {Promise<import('./system.mjs').System & Taps>} */
export async function startTapped() {
  const node = process.env.CONCLAVE_ROGUE_NODE;
  if (!node) throw new Error('CONCLAVE_ROGUE_NODE does not name the media node that keeps what it receives');
  const folder = await mkdtemp(join(tmpdir(), 'conclave-taps-'));
  const capture = join(folder, 'capture');
  const ports = { http: await freePort(), bus: await freePort(), edge: await freePort(), nats: await freePort() };
  const http = await recordHttp(ports.http, ports.edge);
  const bus = await recordWebSocket(ports.bus, ports.nats);
  const close = async () => {
    await Promise.all([http.stop(), bus.stop()]);
    await rm(folder, { recursive: true, force: true });
  };
  const options = [
    ...['--listen', `127.0.0.1:${ports.edge}`, '--origin', `http://127.0.0.1:${ports.http}`],
    ...['--nats-ws-port', String(ports.nats), '--nats-ws-url', `ws://127.0.0.1:${ports.bus}`],
  ];
  const env = { CONCLAVE_NODE_BIN: node, CONCLAVE_ROGUE: 'capture', CONCLAVE_ROGUE_CAPTURE: capture };
  const system = await startSystem(options, env).catch(async (error) => {
    await close();
    throw error;
  });
  return {
    ...system,
    async received() {
      const records = recordsIn(await readFile(capture));
      return [
        { name: 'requests to the edge', parts: [http.bytes()] },
        { name: 'messages of NATS', parts: [bus.bytes()] },
        { name: 'media at the node', parts: records.filter(({ what }) => what !== MESSAGE).map(({ bytes }) => bytes) },
        { name: 'messages at the node', parts: records.filter(({ what }) => what === MESSAGE).map(({ bytes }) => bytes) },
      ];
    },
    async memory() {
      const { pids } = await system.connection();
      const read = Object.entries(pids).map(async ([name, pid]) => ({ name: `memory of ${name}`, parts: await memoryOf(pid) }));
      return Promise.all(read);
    },
    stop: async () => {
      await system.stop();
      await close();
    },
  };
}

/** What stands whole in the node's file. @param {Buffer} file */
function recordsIn(file) {
  const records = [];
  for (let at = 0; at + LENGTH_BYTES <= file.length; ) {
    const begin = at + LENGTH_BYTES;
    const end = begin + file.readUInt32BE(at);
    if (end > file.length) break;
    records.push({ what: file.readUInt8(begin), bytes: file.subarray(begin + RECORD_HEAD_BYTES, end) });
    at = end;
  }
  return records;
}
