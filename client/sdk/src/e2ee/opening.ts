/**
 * Opens the frames of one receive slot. A frame is rendered only if it is genuine, new, and by whom the slot is
 * said to hold; of everything else nothing is rendered.
 */
import type { Pid, SourceKind } from '../protocol.js';
import type { Alarm } from '../security.js';
import { codecOf, type EncodedFrame } from './codec.js';
import type { Begin, Keys, Unknown } from './keys.js';
import { STREAM } from './messages.js';

export interface OpeningEvents {
  alarm(alarm: Alarm, pid: Pid | null): void;
  /** Something was dropped that later frames may refer to: ask for a key frame. */
  wantsKeyFrame(): void;
}

/** Whose medium a slot is said to hold. */
export type Holder = { readonly pid: Pid; readonly kind: SourceKind };

/**
 * The media of a new sender may overtake the word that the slot is theirs, and media their sender's hello: such
 * frames wait for so long, in milliseconds, and no more than so many of them.
 */
const HOLD_MILLIS = 500;
const MOST_HELD = 60;
/** What goes on is told again so often, in milliseconds: who it is about may have become known meanwhile. */
const AGAIN_MILLIS = 1_000;
/** Trouble that lasts for so long, in milliseconds, without a genuine frame between, is no matter of order on the way. */
const PATIENCE: Readonly<Record<Alarm, number>> = {
  foreign: 3_000,
  wrong_sender: 3_000,
  // The media node sends the last packets of a source again where a slot begins in the middle of a picture.
  replayed: 500,
  tampered: 0,
  codec: 0,
  stale: 0,
};

interface Held<F> {
  readonly frame: F;
  readonly since: number;
}

export class Opening<F extends EncodedFrame> {
  #held: Held<F>[] = [];
  /** What went wrong since the last genuine frame, and since when. */
  readonly #trouble = new Map<Alarm, number>();
  /** When each was told last. */
  readonly #told = new Map<Alarm, number>();

  constructor(
    private readonly medium: 'audio' | 'video',
    private readonly keys: () => Keys | undefined,
    private readonly holder: () => Holder | undefined,
    private readonly events: OpeningEvents,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The frames that may be rendered now, in order. */
  async frame(frame: F): Promise<F[]> {
    const waiting = this.#held.filter(({ since }) => this.now() - since < HOLD_MILLIS);
    if (waiting.length < this.#held.length) this.events.wantsKeyFrame();
    this.#held = [];
    const opened: F[] = [];
    for (const held of [...waiting, { frame, since: this.now() }]) {
      const done = await this.#open(held);
      if (done) opened.push(done);
    }
    return opened;
  }

  async #open(held: Held<F>): Promise<F | undefined> {
    const { frame } = held;
    const keys = this.keys();
    if (!keys) return undefined;
    const codec = codecOf(frame, this.medium);
    if (codec === undefined) return this.#refuse('codec');
    const begin = keys.beginFrame(codec, frame.data);
    if (!this.#isDue(begin)) return this.#hold(held, typeof begin === 'string' ? 'foreign' : 'wrong_sender');
    if (typeof begin === 'string') return this.#refuse(begin === 'replayed' ? 'replayed' : 'foreign');
    const opened = await keys.openFrame(codec, frame.data, begin);
    if (typeof opened === 'string') return this.#refuse(opened);
    // While it was opened the slot may have become somebody else's.
    if (!this.#isDue(begin)) return undefined;
    this.#trouble.clear();
    frame.data = opened;
    return frame;
  }

  /** True where waiting changes nothing: the sender is the slot's, or there will be none. */
  #isDue(begin: Begin | Unknown): boolean {
    if (typeof begin === 'string') return begin !== 'unknown_key';
    const holder = this.holder();
    return holder?.pid === begin.source.pid && STREAM[holder.kind] === begin.source.stream;
  }

  #hold(held: Held<F>, alarm: Alarm): undefined {
    this.#held.push(held);
    if (this.#held.length > MOST_HELD) {
      this.#held.shift();
      this.events.wantsKeyFrame();
    }
    this.#note(alarm);
  }

  #refuse(alarm: Alarm): undefined {
    this.events.wantsKeyFrame();
    this.#note(alarm);
  }

  #note(alarm: Alarm): void {
    const now = this.now();
    const since = this.#trouble.get(alarm) ?? now;
    this.#trouble.set(alarm, since);
    if (now - since < PATIENCE[alarm] || now - (this.#told.get(alarm) ?? -Infinity) < AGAIN_MILLIS) return;
    this.#told.set(alarm, now);
    this.events.alarm(alarm, this.holder()?.pid ?? null);
  }
}
