/** Where a recording goes as it comes: into a file that the person chose, or into this page. */
import { containerOf, endingOf } from './recordingFile.js';
import { RecordingError } from './recordingError.js';

export interface Sink {
  /** True where it is in a file of the person's already; false where it has to be saved yet. */
  readonly isFile: boolean;
  /** Most bytes that it takes. */
  readonly most: number;
  write(chunk: Blob): Promise<void>;
  /** All that was written. */
  close(): Promise<Blob>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

/** What a page may hold: beyond that the recording ends and is saved. */
export const MAX_MEMORY_BYTES = 500 * 1024 * 1024;

/** The part of File System Access that is used here; not in every browser. */
interface SaveFilePicker {
  showSaveFilePicker?(options: {
    suggestedName: string;
    types: readonly { accept: Record<string, readonly string[]> }[];
  }): Promise<FileSystemFileHandle>;
}

/**
 * Lets the person choose a file where the browser can; has to be called in answer to a click.
 * @throws RecordingError `cancelled` where they chose none.
 */
export async function openSink(name: string, type: string): Promise<Sink> {
  const { showSaveFilePicker } = globalThis as SaveFilePicker;
  if (!showSaveFilePicker) return new MemorySink(type);
  let handle: FileSystemFileHandle;
  try {
    const types = [{ accept: { [containerOf(type)]: [endingOf(type)] } }];
    handle = await showSaveFilePicker.call(globalThis, { suggestedName: name, types });
  } catch (cause) {
    const why = cause instanceof DOMException ? cause.name : '';
    if (why === 'AbortError') throw new RecordingError('cancelled', 'No file was chosen.', { cause });
    // No click to answer, or not allowed in this frame: it is saved in the end.
    return new MemorySink(type);
  }
  try {
    return new FileSink(handle, await handle.createWritable());
  } catch (cause) {
    throw new RecordingError('disk', 'The file cannot be written.', { cause });
  }
}

export class MemorySink implements Sink {
  readonly isFile = false;
  readonly #chunks: Blob[] = [];

  constructor(
    private readonly type: string,
    readonly most = MAX_MEMORY_BYTES,
  ) {}

  async write(chunk: Blob): Promise<void> {
    this.#chunks.push(chunk);
  }

  async close(): Promise<Blob> {
    return new Blob(this.#chunks, { type: containerOf(this.type) });
  }

  async discard(): Promise<void> {
    this.#chunks.length = 0;
  }
}

/** Until it is closed the browser writes beside the file; it appears whole, or not at all. */
export class FileSink implements Sink {
  readonly isFile = true;
  readonly most = Infinity;

  constructor(
    private readonly handle: Pick<FileSystemFileHandle, 'getFile'>,
    private readonly file: Pick<FileSystemWritableFileStream, 'write' | 'close' | 'abort'>,
  ) {}

  write(chunk: Blob): Promise<void> {
    return this.file.write(chunk);
  }

  async close(): Promise<Blob> {
    await this.file.close();
    return this.handle.getFile();
  }

  discard(): Promise<void> {
    return this.file.abort();
  }
}
