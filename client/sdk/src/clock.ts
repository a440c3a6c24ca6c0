/**
 * The edge's time, as far as this device can know it. Proofs and token lives are judged by the
 * edge's clock, so a device whose own clock is off would be refused: the `Date` header of answers
 * says by how much.
 */
export class Clock {
  #skewSeconds = 0;

  constructor(private readonly deviceMillis: () => number = Date.now) {}

  /** Seconds since 1970. */
  now(): number {
    return Math.floor(this.deviceMillis() / 1000) + this.#skewSeconds;
  }

  /** True where the device's own clock is off by more than a proof may be. */
  get deviceIsOff(): boolean {
    return this.#skewSeconds !== 0;
  }

  /** Takes the `Date` header of a fresh answer. Small differences are the network's, not the clock's. */
  learn(dateHeader: string | null): void {
    const millis = dateHeader === null ? Number.NaN : Date.parse(dateHeader);
    if (Number.isNaN(millis)) return;
    const skew = Math.round((millis - this.deviceMillis()) / 1000);
    this.#skewSeconds = Math.abs(skew) > 20 ? skew : 0;
  }
}
