/**
 * A canvas as a video track, one frame for each call. A canvas of a hidden page gives its stream no
 * frames; where the browser lets a page write frames into a track itself, that is done instead.
 */
export interface Picture {
  readonly track: MediaStreamTrack;
  /** What is on the canvas now is the next frame. */
  push(): void;
  close(): void;
}

type FrameTrack = MediaStreamTrack & { readonly writable: WritableStream<VideoFrame> };

/** In Chromium only. */
interface Generators {
  MediaStreamTrackGenerator?: new (options: { kind: 'video' }) => FrameTrack;
}

export function pictureOf(canvas: HTMLCanvasElement): Picture {
  const { MediaStreamTrackGenerator } = globalThis as Generators;
  if (MediaStreamTrackGenerator) return new WrittenPicture(canvas, new MediaStreamTrackGenerator({ kind: 'video' }));
  return new CapturedPicture(canvas);
}

class WrittenPicture implements Picture {
  readonly #writer: WritableStreamDefaultWriter<VideoFrame>;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    readonly track: FrameTrack,
  ) {
    this.#writer = track.writable.getWriter();
  }

  push(): void {
    // An encoder that does not follow gets fewer frames, not older ones.
    if ((this.#writer.desiredSize ?? 0) <= 0) return;
    const frame = new VideoFrame(this.canvas, { timestamp: Math.round(performance.now() * 1_000) });
    this.#writer.write(frame).catch(() => frame.close());
  }

  close(): void {
    void this.#writer.close().catch(() => undefined);
    this.track.stop();
  }
}

class CapturedPicture implements Picture {
  readonly track: CanvasCaptureMediaStreamTrack;

  constructor(canvas: HTMLCanvasElement) {
    this.track = canvas.captureStream(0).getVideoTracks()[0] as CanvasCaptureMediaStreamTrack;
  }

  push(): void {
    this.track.requestFrame();
  }

  close(): void {
    this.track.stop();
  }
}
