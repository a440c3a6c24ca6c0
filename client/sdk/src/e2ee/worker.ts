/**
 * The encryption worker: seals what this device sends and opens what it receives, frame by frame, and keeps the
 * room's keys to itself. It fails closed: without a key, nothing goes out and nothing comes in.
 */
import init, { Room } from '../../wasm/conclave_crypto.js';
import type { EncodedFrame } from './codec.js';
import { Keys, type Instance } from './keys.js';
import type { Assignment, FromWorker, Question, ToWorker, TransformOptions } from './messages.js';
import type { SourceKind } from '../protocol.js';
import { Opening } from './opening.js';
import { Sealing } from './sealing.js';

/** What TypeScript's library for workers does not know yet. */
interface Transformer {
  readonly readable: ReadableStream<EncodedFrame>;
  readonly writable: WritableStream<EncodedFrame>;
  readonly options: TransformOptions;
  sendKeyFrameRequest?(): Promise<unknown>;
}

interface Scope {
  postMessage(message: FromWorker): void;
  onmessage: ((event: { data: ToWorker }) => void) | null;
  onrtctransform: ((event: { transformer: Transformer }) => void) | null;
}

const scope = self as unknown as Scope;
/** Shortest time between two requests for a key frame of one slot. */
const KEY_FRAME_MILLIS = 500;

const ready = init({ module_or_path: new URL('../../wasm/conclave_crypto_bg.wasm', import.meta.url) });
const instances = new Map<number, Instance>();
const slots = new Map<number, ReadonlyMap<number, Assignment>>();
/** Of each PeerConnection: how many transforms it has, and how many frames of each source were sealed. */
const transforms = new Map<number, number>();
const sealed = new Map<number, Record<SourceKind, number>>();
let keys: Keys | undefined;

scope.onrtctransform = ({ transformer }) => {
  pipe(transformer.options, transformer.readable, transformer.writable, () => transformer.sendKeyFrameRequest?.());
};

/** Messages are handled one after another: a hello is heard before what was sealed after it. */
let turn: Promise<unknown> = Promise.resolve();
scope.onmessage = ({ data }) => {
  // Order is nothing to streams and slots, and they must not wait.
  if (data.type === 'streams') return pipe(data.options, data.readable, data.writable, () => undefined);
  if (data.type === 'slots') return assign(data.peer, data.assignments);
  turn = turn.then(() => handle(data)).catch(() => undefined);
};

async function handle(message: ToWorker): Promise<void> {
  switch (message.type) {
    case 'unlock':
      await ready;
      keys = new Keys(message.secret, message.sid);
      instances.clear();
      return;
    case 'forget':
      for (const kept of [instances, slots, transforms, sealed]) kept.delete(message.peer);
      return;
    case 'ask':
      try {
        await ready;
        scope.postMessage({ type: 'answer', id: message.id, value: await answer(message.question) });
      } catch (error) {
        scope.postMessage({ type: 'failed', id: message.id, why: error instanceof Error ? error.message : '' });
      }
  }
}

async function answer(question: Question) {
  switch (question.what) {
    case 'stretch':
      return Room.fromPassphrase(question.passphrase, question.sid, question.salt).secret();
    case 'check':
      return Room.fromSecret(question.secret, question.sid).check();
    case 'root':
      return Room.fromKey(question.key, question.sid).secret();
  }
  if (question.what === 'sealed') return countOf(question.peer);
  if (!keys) throw new Error('the room is locked');
  switch (question.what) {
    case 'begin':
      instances.set(question.peer, await keys.begin(question.pid));
      return transforms.get(question.peer) ?? 0;
    case 'hello':
      return keys.hello(question.name);
    case 'hear':
      return keys.hear(question.pid, question.hello);
    case 'seal':
      return keys.seal(question.stream, question.kind, question.to, question.bytes);
    case 'open':
      return keys.open(question.stream, question.from, question.kind, question.to, question.bytes);
  }
}

function assign(peer: number, assignments: readonly Assignment[]): void {
  slots.set(peer, new Map(assignments.map((assignment) => [assignment.slot, assignment])));
}

function countOf(peer: number): Record<SourceKind, number> {
  const known = sealed.get(peer) ?? { microphone: 0, camera: 0, screen: 0 };
  sealed.set(peer, known);
  return known;
}

function pipe(
  options: TransformOptions,
  readable: ReadableStream<EncodedFrame>,
  writable: WritableStream<EncodedFrame>,
  requestKeyFrame: () => Promise<unknown> | undefined,
): void {
  transforms.set(options.peer, (transforms.get(options.peer) ?? 0) + 1);
  const transform = options.does === 'seal' ? sealing(options) : opening(options, requestKeyFrame);
  void readable
    .pipeThrough(new TransformStream<EncodedFrame, EncodedFrame>({ transform }))
    .pipeTo(writable)
    // The PeerConnection is closed.
    .catch(() => undefined);
}

type Enqueue = Pick<TransformStreamDefaultController<EncodedFrame>, 'enqueue'>;

function sealing({ peer, kind }: Extract<TransformOptions, { does: 'seal' }>) {
  const codec = () => scope.postMessage({ type: 'alarm', alarm: 'codec', pid: null });
  const sealing = new Sealing(kind, () => instances.get(peer), { codec });
  return async (frame: EncodedFrame, controller: Enqueue) => {
    const done = await sealing.frame(frame).catch(() => undefined);
    if (!done) return;
    countOf(peer)[kind]++;
    controller.enqueue(done);
  };
}

function opening(
  { peer, slot, medium }: Extract<TransformOptions, { does: 'open' }>,
  requestKeyFrame: () => Promise<unknown> | undefined,
) {
  let asked = -Infinity;
  const opening = new Opening<EncodedFrame>(medium, () => keys, () => slots.get(peer)?.get(slot), {
    alarm: (alarm, pid) => scope.postMessage({ type: 'alarm', alarm, pid }),
    wantsKeyFrame: () => {
      if (medium === 'audio' || performance.now() - asked < KEY_FRAME_MILLIS) return;
      asked = performance.now();
      requestKeyFrame()?.catch(() => undefined);
    },
  });
  return async (frame: EncodedFrame, controller: Enqueue) => {
    const opened = await opening.frame(frame).catch(() => []);
    for (const each of opened) controller.enqueue(each);
  };
}
