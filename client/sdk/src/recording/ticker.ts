/**
 * Ticks so many times a second, in a hidden page too. Browsers slow a hidden page's timers down to
 * one a second, but not its sound: a silent sound of one tick's length that ends is a tick. Where
 * sound is asleep, timers tick as well as they can.
 */
export class Ticker {
  readonly #interval: number;
  readonly #timer: ReturnType<typeof setInterval>;
  #source: ConstantSourceNode | undefined;
  #planned = 0;
  #lastAt = -Infinity;
  #isOver = false;

  constructor(
    private readonly context: AudioContext,
    private readonly out: AudioNode,
    perSecond: number,
    private readonly tick: () => void,
  ) {
    this.#interval = 1 / perSecond;
    this.#timer = setInterval(() => this.#due(), this.#interval * 1_000);
    this.#planned = context.currentTime;
    this.#sound();
  }

  stop(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#source?.disconnect();
  }

  #sound(): void {
    if (this.#isOver) return;
    const { currentTime } = this.context;
    this.#planned = Math.max(this.#planned + this.#interval, currentTime);
    const source = this.context.createConstantSource();
    source.offset.value = 0;
    source.connect(this.out);
    source.onended = () => {
      source.disconnect();
      this.#due();
      this.#sound();
    };
    source.start();
    source.stop(this.#planned);
    this.#source = source;
  }

  /** Both clocks tick: the second one of a pair is too early. */
  #due(): void {
    const now = performance.now();
    if (this.#isOver || now - this.#lastAt < this.#interval * 700) return;
    this.#lastAt = now;
    this.tick();
  }
}
