/** Draws whoever is to be seen onto one canvas, with their names; who that is may change at any time. */
import { filling, fitted, placesOf, type Rect, type Size, within } from './layout.js';

/** One picture of a recording. */
export interface RecordedSource {
  /** Different for each picture, and the same as long as it is the same person's same source. */
  readonly id: string;
  /** Written onto the picture. */
  readonly name: string;
  /** Null where there is no picture: then there is a place with the name. */
  readonly stream: MediaStream | null;
  /** A shared screen: shown whole, and large where it is the first. */
  readonly screen: boolean;
}

const BACKGROUND = '#101418';
const EMPTY = '#232a31';
const TEXT = '#ffffff';
const LABEL = 'rgb(0 0 0 / 60%)';
const FONT = 'system-ui, sans-serif';
const LABEL_PIXELS = 18;
const PADDING = 6;

export class Painter {
  readonly canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #videos = new Map<string, HTMLVideoElement>();

  constructor(
    private readonly size: Size,
    private readonly sources: () => readonly RecordedSource[],
  ) {
    this.canvas = Object.assign(document.createElement('canvas'), size);
    const context = this.canvas.getContext('2d', { alpha: false });
    if (!context) throw new Error('There is no canvas to draw on.');
    this.#context = context;
  }

  /** Draws everything as it is now. */
  paint(): void {
    const sources = inOrder(this.sources());
    this.#watch(sources);
    this.#fill(BACKGROUND, { x: 0, y: 0, ...this.size });
    const places = placesOf(sources.length, sources[0]?.screen ?? false, this.size);
    for (const [index, place] of places.entries()) this.#draw(sources[index]!, place);
  }

  close(): void {
    this.#watch([]);
  }

  #watch(sources: readonly RecordedSource[]): void {
    const shown = new Map(sources.map(({ id, stream }) => [id, stream]));
    for (const [id, video] of this.#videos) {
      if (shown.get(id)) continue;
      video.srcObject = null;
      this.#videos.delete(id);
    }
    for (const [id, stream] of shown) {
      if (!stream) continue;
      const video = this.#videos.get(id) ?? silentVideo();
      this.#videos.set(id, video);
      if (isSame(video.srcObject, stream)) continue;
      video.srcObject = stream;
      void video.play().catch(() => undefined);
    }
  }

  #draw({ id, name, screen }: RecordedSource, place: Rect): void {
    this.#fill(EMPTY, place);
    const video = this.#videos.get(id);
    const picture = { width: video?.videoWidth ?? 0, height: video?.videoHeight ?? 0 };
    const isThere = video && picture.width > 0 && video.readyState >= video.HAVE_CURRENT_DATA;
    if (!isThere) return this.#title(name, place);
    const from = screen ? { x: 0, y: 0, ...picture } : filling(picture, place);
    const to = screen ? within(picture, place) : place;
    this.#context.drawImage(video, from.x, from.y, from.width, from.height, to.x, to.y, to.width, to.height);
    this.#label(name, place);
  }

  /** The name in the middle of a place without a picture. */
  #title(name: string, place: Rect): void {
    const context = this.#context;
    context.font = `${Math.round(Math.min(40, place.height / 6))}px ${FONT}`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillStyle = TEXT;
    context.fillText(this.#fit(name, place.width - 2 * PADDING), place.x + place.width / 2, place.y + place.height / 2);
  }

  /** The name in a corner of a picture. */
  #label(name: string, place: Rect): void {
    if (name === '') return;
    const context = this.#context;
    context.font = `${LABEL_PIXELS}px ${FONT}`;
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    const text = this.#fit(name, place.width - 4 * PADDING);
    const width = context.measureText(text).width + 2 * PADDING;
    const height = LABEL_PIXELS + 2 * PADDING;
    const y = place.y + place.height - height - PADDING;
    this.#fill(LABEL, { x: place.x + PADDING, y, width, height });
    context.fillStyle = TEXT;
    context.fillText(text, place.x + 2 * PADDING, y + height / 2);
  }

  #fit(name: string, most: number): string {
    return fitted(name, most, (text) => this.#context.measureText(text).width);
  }

  #fill(style: string, { x, y, width, height }: Rect): void {
    this.#context.fillStyle = style;
    this.#context.fillRect(x, y, width, height);
  }
}

/** Shared screens first. */
function inOrder(sources: readonly RecordedSource[]): RecordedSource[] {
  return [...sources.filter(({ screen }) => screen), ...sources.filter(({ screen }) => !screen)];
}

/** A caller may make a new stream of the same track for every frame: what plays goes on. */
function isSame(shown: MediaProvider | null, stream: MediaStream): boolean {
  if (!(shown instanceof MediaStream)) return false;
  return shown === stream || shown.getVideoTracks()[0] === stream.getVideoTracks()[0];
}

function silentVideo(): HTMLVideoElement {
  return Object.assign(document.createElement('video'), { muted: true, playsInline: true });
}
