/**
 * A recording on this device: whoever is heard, mixed, and whoever is seen, in one picture. Nothing
 * of it leaves the device; that others are told of it is the caller's part: see `announce`.
 */
import { RecordingError } from './recordingError.js';
import { containerOf, recordingName, recordingType } from './recordingFile.js';
import { openSink, type Sink } from './sink.js';
import { Spool, type SpoolEnd } from './spool.js';
import { Studio, type StudioOptions } from './studio.js';

export interface RecordingOptions extends StudioOptions {
  /** Of the meeting; part of the file's name. */
  readonly title: string;
  /**
   * Tells everybody in the room. Called once it is certain that it will be recorded, and waited for
   * before the first picture; where it fails, nothing is recorded.
   */
  readonly announce?: () => void | Promise<void>;
}

export interface Recorded {
  readonly blob: Blob;
  readonly name: string;
  /** MIME type. */
  readonly type: string;
  readonly seconds: number;
  /** True where it is in the file that the person chose; false where it has to be saved yet. */
  readonly saved: boolean;
  /** Why it ended: by `stop`, as large as a page may hold, the disk is full or slow, or the browser gave up. */
  readonly end: 'stopped' | SpoolEnd | 'failed';
}

const VIDEO_BITS = 2_500_000;
const AUDIO_BITS = 96_000;
/** How often what was recorded is written. */
const CHUNK_MILLIS = 2_000;

export class LocalRecording {
  /** Settles when it is over, however it ended; rejects where nothing of it could be kept. */
  readonly finished: Promise<Recorded>;
  readonly #begun = performance.now();
  readonly #spool: Spool;
  readonly #recorder: MediaRecorder;
  #end: Recorded['end'] = 'failed';

  /**
   * Has to be called in answer to a click: the person may be asked for a file.
   * @throws RecordingError where it cannot start, or no file was chosen.
   */
  static async start(options: RecordingOptions): Promise<LocalRecording> {
    const type = supportedType();
    const name = recordingName(options.title, new Date(), type);
    const sink = await openSink(name, type);
    let studio: Studio | undefined;
    try {
      await options.announce?.();
      studio = new Studio(options);
      return new LocalRecording(studio, sink, name, type);
    } catch (cause) {
      studio?.close();
      await sink.discard().catch(() => undefined);
      throw new RecordingError('failed', 'The recording could not start.', { cause });
    }
  }

  private constructor(
    private readonly studio: Studio,
    sink: Sink,
    name: string,
    type: string,
  ) {
    this.#spool = new Spool(sink, (why) => this.#stopFor(why));
    this.#recorder = new MediaRecorder(studio.stream, {
      mimeType: type,
      videoBitsPerSecond: VIDEO_BITS,
      audioBitsPerSecond: AUDIO_BITS,
    });
    this.#recorder.start(CHUNK_MILLIS);
    this.finished = this.#run().then(({ blob, seconds }) => {
      return { blob, name, type: containerOf(type), seconds, saved: sink.isFile, end: this.#end };
    });
    // Whoever waits for it is told; that nobody does is no fault.
    this.finished.catch(() => undefined);
  }

  /** Seconds so far. */
  get seconds(): number {
    return (performance.now() - this.#begun) / 1_000;
  }

  /** Bytes so far. */
  get bytes(): number {
    return this.#spool.bytes;
  }

  /** Ends it, and gives what was recorded; also where it ended by itself. */
  stop(): Promise<Recorded> {
    this.#stopFor('stopped');
    return this.finished;
  }

  #stopFor(end: Recorded['end']): void {
    if (this.#recorder.state === 'inactive') return;
    this.#end = end;
    this.#recorder.stop();
  }

  async #run(): Promise<{ blob: Blob; seconds: number }> {
    await new Promise<void>((resolve) => {
      this.#recorder.ondataavailable = ({ data }) => this.#spool.take(data);
      // After an error too, and when its tracks ended.
      this.#recorder.onstop = () => resolve();
    });
    const { seconds } = this;
    this.studio.close();
    return { blob: await this.#spool.close(), seconds };
  }
}

/** Whether `LocalRecording.start` can work in this browser. */
export function canRecord(): boolean {
  return typeOfThisBrowser() !== undefined;
}

function supportedType(): string {
  const type = typeOfThisBrowser();
  if (type === undefined) throw new RecordingError('unsupported', 'This browser cannot record.');
  return type;
}

function typeOfThisBrowser(): string | undefined {
  if (typeof MediaRecorder !== 'function' || typeof AudioContext !== 'function') return undefined;
  if (typeof HTMLCanvasElement.prototype.captureStream !== 'function') return undefined;
  return recordingType((type) => MediaRecorder.isTypeSupported(type));
}
