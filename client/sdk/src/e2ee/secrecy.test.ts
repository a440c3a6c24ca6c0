import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Peer } from '../offer.js';
import type { Pin } from '../security.js';
import type { WorkerLike } from './encryptionWorker.js';
import type { Answers, FromWorker, Heard, Question, ToWorker } from './messages.js';
import { newKey, Secrecy } from './secrecy.js';

const SALT = 'AAAAAAAAAAAAAAAAAAAAAA';
const ON = { mode: 'e2ee', salt: SALT } as const;
const OFF = { mode: 'off' } as const;

beforeEach(() => void vi.stubGlobal('RTCRtpScriptTransform', class {}));
afterEach(() => void vi.unstubAllGlobals());

/** A worker that answers at once. */
class FakeWorker implements WorkerLike {
  readonly said: ToWorker[] = [];
  readonly hears = new Map<string, Heard>();
  transforms = 3;
  sealed = { microphone: 1, camera: 1, screen: 0 };
  terminated = false;
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;

  postMessage(message: ToWorker): void {
    this.said.push(message);
    if (message.type !== 'ask') return;
    const value = this.#answer(message.question);
    queueMicrotask(() => this.tell({ type: 'answer', id: message.id, value }));
  }

  terminate(): void {
    this.terminated = true;
  }

  tell(data: FromWorker): void {
    this.onmessage?.({ data } as MessageEvent<FromWorker>);
  }

  #answer(question: Question): Answers[keyof Answers] {
    switch (question.what) {
      case 'begin':
        return this.transforms;
      case 'sealed':
        return this.sealed;
      case 'hear':
        return this.hears.get(question.pid) ?? { name: question.pid.toUpperCase() };
      case 'check':
        return Uint16Array.of(1, 2, 3, 4, 5, 6);
      default:
        return new Uint8Array(64);
    }
  }
}

function setting(pin: Pin = { mode: 'key', key: newKey() }, remembered?: Uint8Array) {
  const worker = new FakeWorker();
  const memory = { recall: vi.fn(async () => remembered), remember: vi.fn(async () => undefined), forget: vi.fn(async () => undefined) };
  const changed = vi.fn();
  const secrecy = new Secrecy(pin, changed, memory, () => worker);
  return { secrecy, worker, memory, changed };
}

const peer = (sent = { microphone: 0, camera: 0, screen: 0 }) =>
  ({ id: 1, receivers: () => [], sent: async () => sent, slotOf: () => 0 }) as unknown as Peer;

it.each([{ mode: 'key', key: newKey() }, { mode: 'passphrase' }] as const)('a pin of a %j is not given up for a server\'s word', async (pin) => {
  const { secrecy } = setting(pin);
  expect(secrecy.isOn).toBe(true);
  await expect(secrecy.learn(OFF, 'sid')).rejects.toMatchObject({ problem: 'downgraded' });
  await expect(secrecy.learn(undefined, 'sid')).rejects.toMatchObject({ problem: 'downgraded' });
  expect(secrecy.isOn).toBe(true);
});

it('without a pin the first word holds against later ones', async () => {
  const { secrecy } = setting({ mode: 'none' });
  expect(secrecy.isOn, 'nothing is sent before anything is known').toBe(true);
  await secrecy.learn(ON, 'sid');
  await expect(secrecy.learn(OFF, 'sid')).rejects.toMatchObject({ problem: 'downgraded' });
  const other = setting({ mode: 'none' }).secrecy;
  await other.learn(OFF, 'sid');
  expect(other.security).toEqual({ mode: 'off' });
  await expect(other.learn(ON, 'sid')).rejects.toMatchObject({ problem: 'downgraded' });
});

it('a browser that cannot encrypt is told so', async () => {
  vi.stubGlobal('RTCRtpScriptTransform', undefined);
  await expect(setting().secrecy.learn(ON, 'sid')).rejects.toMatchObject({ problem: 'no_encryption' });
});

it('nobody comes in without the key', async () => {
  const { secrecy, worker } = setting({ mode: 'passphrase' });
  await secrecy.learn(ON, 'sid');
  await expect(secrecy.unlocked()).rejects.toMatchObject({ problem: 'locked' });
  await secrecy.unlock({ passphrase: ' A\u030angstro\u0308m ' });
  await secrecy.unlocked();
  const asked = worker.said.flatMap((each) => (each.type === 'ask' ? [each.question] : []));
  expect(asked).toEqual([{ what: 'stretch', passphrase: 'Ångström', sid: 'sid', salt: SALT }]);
  expect(secrecy.security).toMatchObject({ by: 'passphrase', unlocked: true });
});

it('a passphrase is remembered for a reload and a key is not', async () => {
  const typed = setting({ mode: 'passphrase' });
  await typed.secrecy.learn(ON, 'sid');
  await typed.secrecy.unlock({ passphrase: 'x' });
  expect(typed.memory.remember).toHaveBeenCalledOnce();
  const linked = setting();
  await linked.secrecy.learn(ON, 'sid');
  await linked.secrecy.unlocked();
  expect(linked.memory.remember).not.toHaveBeenCalled();
  const reloaded = setting({ mode: 'none' }, new Uint8Array(64));
  await reloaded.secrecy.learn(ON, 'sid');
  await reloaded.secrecy.unlocked();
});

it('another life of the room has other keys', async () => {
  const { secrecy, worker } = setting();
  await secrecy.learn(ON, 'one');
  await secrecy.learn(ON, 'two');
  const lives = worker.said.flatMap((each) => (each.type === 'unlock' ? [each.sid] : []));
  expect(lives).toEqual(['one', 'two']);
});

it('a connection whose frames do not all pass through the worker is not used', async () => {
  const { secrecy, worker } = setting();
  await secrecy.learn(ON, 'sid');
  await secrecy.begin(peer(), 'me');
  worker.transforms = 2;
  await expect(secrecy.begin(peer(), 'me')).rejects.toMatchObject({ problem: 'no_encryption' });
});

it('what a browser sends and nobody sealed ends it', async () => {
  const { secrecy, worker } = setting();
  await secrecy.learn(ON, 'sid');
  const look = (sent: number, sealed: number) => {
    worker.sealed = { microphone: 0, camera: sealed, screen: 0 };
    return secrecy.check(peer({ microphone: 0, camera: sent, screen: 0 }));
  };
  for (let n = 1; n <= 5; n++) await look(n * 45, n * 45);
  for (let n = 1; n <= 3; n++) await look(225 + n * 45, 225);
  await expect(look(405, 225)).rejects.toMatchObject({ problem: 'no_encryption' });
});

it('tells who holds another key, and alarms that are none of theirs', async () => {
  const { secrecy, worker } = setting();
  await secrecy.learn(ON, 'sid');
  worker.hears.set('mallory', { refused: 'other_key' });
  await secrecy.hear('mallory', 'AAAA');
  await secrecy.hear('ada', 'AAAA');
  expect(secrecy.security).toMatchObject({ strangers: ['mallory'], alarms: [] });
  expect([secrecy.nameOf('ada'), secrecy.isTrusted('mallory')]).toEqual(['ADA', false]);
  worker.tell({ type: 'alarm', alarm: 'foreign', pid: 'mallory' });
  expect(secrecy.security).toMatchObject({ alarms: [] });
  worker.tell({ type: 'alarm', alarm: 'foreign', pid: 'ada' });
  worker.tell({ type: 'alarm', alarm: 'tampered', pid: 'ada' });
  worker.tell({ type: 'alarm', alarm: 'tampered', pid: 'ada' });
  expect(secrecy.security).toMatchObject({ alarms: ['foreign', 'tampered'] });
});

it('an old hello of somebody known changes nothing, and one of somebody new is told', async () => {
  const { secrecy, worker } = setting();
  await secrecy.learn(ON, 'sid');
  await secrecy.hear('ada', 'AAAA');
  worker.hears.set('ada', { refused: 'stale' });
  worker.hears.set('bob', { refused: 'stale' });
  await secrecy.hear('ada', 'AAAB');
  expect(secrecy.security).toMatchObject({ strangers: [], alarms: [] });
  await secrecy.hear('bob', 'AAAB');
  expect(secrecy.security).toMatchObject({ strangers: ['bob'], alarms: ['stale'] });
});

it('what is no base64url is another key, and nothing throws', async () => {
  const { secrecy } = setting();
  await secrecy.learn(ON, 'sid');
  await secrecy.hear('ada', '%%%');
  expect(secrecy.security).toMatchObject({ strangers: ['ada'] });
  await expect(setting({ mode: 'key', key: 'short' }).secrecy.learn(ON, 'sid')).rejects.toMatchObject({ problem: 'credential' });
});

it('ends its worker with the visit', async () => {
  const { secrecy, worker } = setting();
  await secrecy.learn(ON, 'sid');
  secrecy.close();
  expect(worker.terminated).toBe(true);
  await expect(secrecy.hello('me')).rejects.toMatchObject({ problem: 'locked' });
});

it('whoever shows no key is a stranger until they do', async () => {
  const { secrecy } = setting();
  await secrecy.learn(ON, 'sid');
  secrecy.suspect('eve');
  expect(secrecy.security).toMatchObject({ strangers: ['eve'] });
  await secrecy.hear('eve', 'AAAA');
  secrecy.suspect('eve');
  expect(secrecy.security).toMatchObject({ strangers: [] });
});
