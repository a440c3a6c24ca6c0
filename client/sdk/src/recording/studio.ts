/** What a recorder hears and sees: one sound and one picture of whoever is there now. */
import { Mixer } from './mixer.js';
import { Painter, type RecordedSource } from './painter.js';
import { type Picture, pictureOf } from './picture.js';
import { Ticker } from './ticker.js';

export interface StudioOptions {
  /** Whom to show now, most important first; asked for every frame. One source: that picture alone. */
  readonly sources: () => readonly RecordedSource[];
  /** What to hear now, one's own microphone included; asked for every second. */
  readonly audio: () => readonly MediaStream[];
}

const SIZE = { width: 1280, height: 720 };
const FRAMES_PER_SECOND = 15;
const LISTEN_MILLIS = 1_000;

export class Studio {
  readonly stream: MediaStream;
  readonly #painter: Painter;
  readonly #picture: Picture;
  readonly #mixer: Mixer;
  readonly #ticker: Ticker;
  readonly #listening: ReturnType<typeof setInterval>;

  constructor({ sources, audio }: StudioOptions) {
    this.#painter = new Painter(SIZE, sources);
    this.#picture = pictureOf(this.#painter.canvas);
    this.#mixer = new Mixer();
    this.stream = new MediaStream([this.#picture.track, this.#mixer.track]);
    const { context, out } = this.#mixer;
    this.#ticker = new Ticker(context, out, FRAMES_PER_SECOND, () => this.#frame());
    this.#listening = setInterval(() => this.#mixer.hear(audio()), LISTEN_MILLIS);
    this.#mixer.hear(audio());
  }

  close(): void {
    clearInterval(this.#listening);
    this.#ticker.stop();
    this.#painter.close();
    this.#picture.close();
    this.#mixer.close();
  }

  #frame(): void {
    this.#painter.paint();
    this.#picture.push();
  }
}
