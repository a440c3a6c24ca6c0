/** The encryption worker as the page sees it: questions with answers, transforms, alarms. */
import { ConclaveError } from '../errors.js';
import type { Pid } from '../protocol.js';
import type { Alarm } from '../security.js';
import type { Answers, Assignment, FromWorker, Question, ToWorker, TransformOptions } from './messages.js';
import { trustOwnWorkers } from './trustedWorker.js';

/** A worker that has not answered for so long never will, in milliseconds; Argon2id on a slow phone takes seconds. */
const PATIENCE_MILLIS = 20_000;

/** What of a worker is needed here. */
export type WorkerLike = Pick<Worker, 'postMessage' | 'terminate'> & {
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
};

interface Waiting {
  answered(value: Answers[keyof Answers]): void;
  failed(error: ConclaveError): void;
}

export function spawnWorker(): Worker {
  trustOwnWorkers();
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'conclave-e2ee' });
}

export class EncryptionWorker {
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;
  /** Why it cannot be used any more. */
  #dead: ConclaveError | undefined;

  /** Told of what was tried and not rendered. */
  onAlarm: (alarm: Alarm, pid: Pid | null) => void = () => undefined;

  constructor(readonly worker: WorkerLike) {
    worker.onmessage = ({ data }) => this.#onMessage(data);
    worker.onerror = () => this.#die(new ConclaveError('no_encryption', 'The encryption worker could not start or stopped.'));
  }

  unlock(secret: Uint8Array, sid: string): void {
    this.#post({ type: 'unlock', secret, sid });
  }

  assign(peer: number, assignments: readonly Assignment[]): void {
    this.#post({ type: 'slots', peer, assignments });
  }

  forget(peer: number): void {
    this.#post({ type: 'forget', peer });
  }

  /** Hands over the streams of a sender or receiver, where a browser has no other way. */
  pipe(options: TransformOptions, { readable, writable }: { readable: ReadableStream; writable: WritableStream }): void {
    const message: ToWorker = { type: 'streams', options, readable, writable };
    // Streams can be transferred; TypeScript's list of what can does not have them.
    this.worker.postMessage(message, [readable, writable] as unknown as Transferable[]);
  }

  /** Asks; rejects with a `ConclaveError` where the worker cannot, or does not answer. */
  ask<Q extends Question>(question: Q, patience = PATIENCE_MILLIS): Promise<Answers[Q['what']]> {
    if (this.#dead) return Promise.reject(this.#dead);
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new ConclaveError('no_encryption', 'The encryption worker does not answer.'));
      }, patience);
      this.#waiting.set(id, {
        answered: (value) => {
          clearTimeout(timer);
          resolve(value as Answers[Q['what']]);
        },
        failed: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.#post({ type: 'ask', id, question });
    });
  }

  close(): void {
    this.worker.terminate();
    this.#die(new ConclaveError('service', 'The encryption worker was stopped.'));
  }

  #post(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  #onMessage(message: FromWorker): void {
    if (message.type === 'alarm') return this.onAlarm(message.alarm, message.pid);
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'answer') waiting?.answered(message.value);
    else waiting?.failed(new ConclaveError('service', message.why));
  }

  #die(why: ConclaveError): void {
    this.#dead = why;
    for (const { failed } of this.#waiting.values()) failed(why);
    this.#waiting.clear();
  }
}

/** One answer of a worker of its own: computing a passphrase for half a second must not halt anybody's media. */
export async function askOnce<Q extends Question>(
  question: Q,
  spawn: () => WorkerLike = spawnWorker,
): Promise<Answers[Q['what']]> {
  const worker = new EncryptionWorker(spawn());
  try {
    return await worker.ask(question);
  } finally {
    worker.close();
  }
}
