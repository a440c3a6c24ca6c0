/** Runs in pages and their workers: keeps how encoded frames begin before anything is done to them. */

/** So many bytes of a frame are kept, behind those that are never sealed. */
const FRAME_BYTES = 24;
/** So many frames of each kind are remembered by a page, the latest: for more than ten seconds, in three layers. */
const MOST = 1_500;
const CHANNEL = 'conclave-witness';

/** @typedef {import('./person.mjs').Person} Person */
/**
 * Beginnings of frames, and the secrets that a worker was given: in hexadecimal digits.
 * @typedef {{ picture: string[], sound: string[], secret: string[] }} Seen
 */

/** Before the first scripts of a page: collects what its workers tell. @param {{ channel: string, most: number }} options */
function collect({ channel, most }) {
  /** @type {Seen} */
  const seen = { picture: [], sound: [], secret: [] };
  const told = new BroadcastChannel(channel);
  told.onmessage = ({ data: [what, hex] }) => {
    const kept = seen[/** @type {keyof Seen} */ (what)];
    kept.push(hex);
    if (kept.length > most) kept.shift();
  };
  Object.assign(window, { conclaveWitness: { told, seen } });
}

/** In a worker, before its own script. @param {string} channel @param {number} size */
function testify(channel, size) {
  const told = new BroadcastChannel(channel);
  const tell = (/** @type {string} */ what, /** @type {Uint8Array} */ bytes) =>
    told.postMessage([what, [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')]);
  // VP8's first bytes stay clear, ten at most.
  const CLEAR = 10;
  /** @param {any} frame */
  const look = (frame) => {
    const picture = 'type' in frame;
    const begin = new Uint8Array(frame.data).subarray(picture ? CLEAR : 0).subarray(0, size);
    // What is mostly one value, such as silence, could stand anywhere.
    if (begin.length === size && new Set(begin).size > size / 2) tell(picture ? 'picture' : 'sound', begin);
  };
  addEventListener('rtctransform', (event) => {
    const transformer = Reflect.get(event, 'transformer');
    if (transformer.options.does !== 'seal') return;
    const transform = (/** @type {any} */ frame, /** @type {TransformStreamDefaultController} */ controller) => {
      look(frame);
      controller.enqueue(frame);
    };
    const value = transformer.readable.pipeThrough(new TransformStream({ transform }));
    Object.defineProperty(transformer, 'readable', { value });
  });
  addEventListener('message', ({ data }) => {
    if (data.type === 'unlock') tell('secret', data.secret);
  });
}

/** In a worker of a page that does not encrypt: lets frames pass. */
function letPass() {
  addEventListener('rtctransform', (event) => {
    const transformer = Reflect.get(event, 'transformer');
    void transformer.readable.pipeTo(transformer.writable);
  });
}

/** In a page that does not encrypt: leads its frames through a worker, as if it did. @param {string} script */
function attach(script) {
  const worker = new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })));
  const add = RTCPeerConnection.prototype.addTransceiver;
  RTCPeerConnection.prototype.addTransceiver = function (what, init) {
    const transceiver = add.call(this, what, init);
    if (init?.direction === 'sendonly') transceiver.sender.transform = new RTCRtpScriptTransform(worker, { does: 'seal' });
    return transceiver;
  };
}

const prelude = `(${testify})(${JSON.stringify(CHANNEL)}, ${FRAME_BYTES});`;

/**
 * From the next page on. A page that does not encrypt has to be in a context without content security policies, which
 * allow no workers but its own.
 * @param {import('playwright-core').BrowserContext} context
 * @param {{ encrypted: boolean }} options
 */
export async function witness(context, { encrypted }) {
  await context.addInitScript(collect, { channel: CHANNEL, most: MOST });
  if (!encrypted) return context.addInitScript(attach, `${prelude}(${letPass})();`);
  await context.route('**/assets/worker-*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${prelude}${await response.text()}` });
  });
}

/** What was seen so far. @param {Person} person @returns {Promise<Seen>} */
export function seenBy(person) {
  return person.page.evaluate(() => Reflect.get(window, 'conclaveWitness').seen);
}
