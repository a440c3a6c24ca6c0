/** Mixes whoever is to be heard into one track; who that is may change at any time. */
export class Mixer {
  readonly context = new AudioContext();
  /** What is sent here is heard in the recording, and nowhere else. */
  readonly out = this.context.createMediaStreamDestination();
  readonly #inputs = new Map<string, MediaStreamAudioSourceNode>();

  constructor() {
    // A page that nobody has clicked has its audio contexts asleep.
    void this.context.resume().catch(() => undefined);
  }

  get track(): MediaStreamTrack {
    return this.out.stream.getAudioTracks()[0]!;
  }

  /** Mixes exactly the audio tracks of these streams from now on. */
  hear(streams: readonly MediaStream[]): void {
    const tracks = new Map(streams.flatMap((stream) => stream.getAudioTracks()).map((track) => [track.id, track]));
    for (const [id, input] of this.#inputs) {
      if (tracks.get(id)?.readyState === 'live') continue;
      input.disconnect();
      this.#inputs.delete(id);
    }
    for (const [id, track] of tracks) {
      if (this.#inputs.has(id) || track.readyState !== 'live') continue;
      // A stream of its own: a node hears but one track of a stream.
      const input = this.context.createMediaStreamSource(new MediaStream([track]));
      input.connect(this.out);
      this.#inputs.set(id, input);
    }
  }

  close(): void {
    for (const input of this.#inputs.values()) input.disconnect();
    this.#inputs.clear();
    this.track.stop();
    void this.context.close().catch(() => undefined);
  }
}
