/**
 * What end-to-end encryption costs in a browser's worker: a frame by its size, beside plain AES-GCM of the browser;
 * a second of a meeting; a passphrase; and how large the worker is. Prints a table, and one line of JSON.
 *
 *     node bench-e2ee.mjs
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openBrowser } from './support/browser.mjs';
import { until } from './support/until.mjs';

const CLIENT = process.env.CONCLAVE_WEB ?? new URL('../../client', import.meta.url).pathname;
const MEASURING_MILLIS = 180_000;
/** With these a page's clock counts in steps of five microseconds, not of a hundred. */
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
const { build, preview } = await import(createRequire(join(CLIENT, 'package.json')).resolve('vite'));

const out = await mkdtemp(join(tmpdir(), 'conclave-bench-'));
const root = join(CLIENT, 'sdk/bench');
await build({ root, logLevel: 'warn', worker: { format: 'es' }, build: { outDir: out, emptyOutDir: true, target: 'es2023', assetsInlineLimit: 0 } });
const server = await preview({ root, build: { outDir: out }, preview: { port: 0, host: '127.0.0.1', headers: ISOLATED } });
const browser = await openBrowser();
try {
  const page = await browser.newPage();
  await page.goto(server.resolvedUrls?.local[0] ?? '');
  const probe = () => page.evaluate(() => Reflect.get(window, 'measured'));
  const measured = /** @type {Measured} */ (await until('the worker has measured', probe, Boolean, MEASURING_MILLIS));
  if (measured.failed) throw new Error(measured.failed);
  report(measured, await workerSize());
} finally {
  await browser.close();
  await server.close();
  await rm(out, { recursive: true });
}

/**
 * @typedef {{ median: number, p99: number }} Times
 * @typedef {object} Measured
 * @property {{ size: number, seal: Times, open: Times, plain: Times }[]} sizes
 * @property {{ own: number, others: number }} cost
 * @property {{ frames: number, latency: Times }} meeting
 * @property {Times} passphrase
 * @property {string} [failed]
 */

/** @param {Measured} measured @param {number} bytes */
function report({ sizes, cost, meeting, passphrase }, bytes) {
  const micros = (/** @type {Times} */ { median, p99 }) => `${median.toFixed(0).padStart(6)} (${p99.toFixed(0)})`.padEnd(16);
  console.log('microseconds a frame, median (p99)\n  bytes   seal            open            plain AES-GCM   seal : plain');
  for (const { size, seal, open, plain } of sizes) {
    const ratio = (seal.median / plain.median).toFixed(2);
    console.log(`${String(size).padStart(7)} ${micros(seal)}${micros(open)}${micros(plain)}${ratio}`);
  }
  const percent = ((cost.own + cost.others) / 10).toFixed(1);
  console.log(`a second of 720p30 in three layers, nine cameras and three voices received: ${cost.own.toFixed(0)} + ${cost.others.toFixed(0)} ms, ${percent} % of a core`);
  console.log(`added to each of ${meeting.frames} frames in real time: median ${(meeting.latency.median / 1000).toFixed(2)} ms, p99 ${(meeting.latency.p99 / 1000).toFixed(2)} ms`);
  console.log(`a passphrase: ${(passphrase.median / 1000).toFixed(0)} ms`);
  console.log(`the worker, gzipped: ${bytes} bytes`);
  console.log(JSON.stringify({ sizes, cost, meeting, passphrase, bytes }));
  const bars = [
    ['of a core, in percent', (cost.own + cost.others) / 10, 10],
    ['added to a frame, in milliseconds', meeting.latency.p99 / 1000, 3],
    ['a passphrase, in milliseconds', passphrase.median / 1000, 1000],
    ['the worker, in bytes', bytes, 150_000],
  ];
  for (const [what, value, bar] of bars) {
    if (Number(value) <= Number(bar)) continue;
    console.error(`MISSED: ${what}: ${value}, and the bar is ${bar}`);
    process.exitCode = 1;
  }
}

/** The worker of the web application and its WebAssembly, as it was built last. */
async function workerSize() {
  const assets = join(CLIENT, 'web/dist/assets');
  const parts = (await readdir(assets)).filter((name) => /^(worker-.*\.js|conclave_crypto.*\.wasm)$/.test(name));
  const sizes = await Promise.all(parts.map(async (name) => gzipSync(await readFile(join(assets, name)), { level: 9 }).length));
  return sizes.reduce((sum, size) => sum + size, 0);
}
