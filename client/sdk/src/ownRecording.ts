/** This person's recording of the meeting, on this device: everybody is told before the first picture is kept. */
import type { LocalMedia } from './localMedia.js';
import type { MeetingState } from './meetingState.js';
import { LocalRecording, type Recorded } from './recording/localRecording.js';
import type { RecordedSource } from './recording/painter.js';
import type { Store } from './store.js';

/** An object URL is needed for as long as a browser takes to begin saving, in milliseconds. */
const SAVING_MILLIS = 60_000;

export class OwnRecording {
  #recording: LocalRecording | undefined;

  constructor(
    private readonly store: Store<MeetingState>,
    private readonly media: LocalMedia,
    /** Tells everybody; false where nobody hears it now. */
    private readonly tell: (on: boolean) => boolean,
  ) {}

  /** True while everybody has to know; to be told again where it may not have been heard. */
  get isOn(): boolean {
    return this.#recording !== undefined;
  }

  /** In answer to a click. @throws RecordingError where it cannot start, or no file was chosen. */
  async start(): Promise<void> {
    if (this.store.getState().recording !== 'off') return;
    this.store.set({ recording: 'starting' });
    let announced = false;
    try {
      const { title } = this.store.getState();
      const recording = await LocalRecording.start({
        title,
        sources: () => this.#sources(),
        audio: () => this.#audio(),
        announce: () => {
          // The meeting may have ended while a file was chosen.
          if (this.store.getState().recording !== 'starting' || !this.tell(true)) throw new Error('nobody would know');
          announced = true;
        },
      });
      this.#recording = recording;
      this.store.set({ recording: 'on' });
      // It may end by itself: the disk is full, or the browser gave up.
      void recording.finished.then(
        (recorded) => this.#ended(recorded),
        () => this.#ended(undefined),
      );
    } catch (error) {
      if (announced) this.tell(false);
      this.store.set({ recording: 'off' });
      throw error;
    }
  }

  /** Ends it and saves what there is. Rejects where nothing could be kept. */
  async stop(): Promise<void> {
    if (!this.#recording) return this.store.set({ recording: 'off' });
    this.store.set({ recording: 'stopping' });
    await this.#recording.stop();
  }

  #ended(recorded: Recorded | undefined): void {
    this.#recording = undefined;
    this.tell(false);
    if (recorded && !recorded.saved) save(recorded);
    this.store.set({ recording: 'off' });
  }

  /** Shared screens first, then everybody in the order of the room. */
  #sources(): RecordedSource[] {
    const { people } = this.store.getState();
    const { camera, screen } = this.media.getState();
    const own = { camera: camera.track, screen: screen.track };
    const of = (kind: 'screen' | 'camera') =>
      people
        .filter(({ media }) => kind === 'camera' || media[kind])
        .map(({ pid, name, self, media, streams }) => {
          const track = self ? own[kind] : null;
          const stream = self ? (track && new MediaStream([track])) : (streams[kind] ?? null);
          return { id: `${pid} ${kind} ${track?.id ?? ''}`, name, stream: media[kind] ? stream : null, screen: kind === 'screen' };
        });
    return [...of('screen'), ...of('camera')];
  }

  #audio(): MediaStream[] {
    const { microphone } = this.media.getState();
    const own = microphone.on && microphone.track ? [new MediaStream([microphone.track])] : [];
    return [...this.store.getState().audio, ...own];
  }
}

function save({ blob, name }: Recorded): void {
  const url = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), SAVING_MILLIS);
}
