import { afterEach, expect, it, vi } from 'vitest';
import { FileSink, MAX_MEMORY_BYTES, MemorySink, openSink } from './sink.js';

afterEach(() => void vi.unstubAllGlobals());

const TYPE = 'video/webm;codecs=vp8,opus';
const whole = new File(['whole'], 'a.webm');

function file() {
  const done = () => vi.fn(async () => undefined);
  const writable = { write: done(), close: done(), abort: done() };
  const handle = { getFile: async () => whole, createWritable: vi.fn(async () => writable) };
  return { writable, handle };
}

it('holds it in the page where there are no files, up to a bound', async () => {
  const sink = await openSink('a.webm', TYPE);
  expect([sink.isFile, sink.most]).toEqual([false, MAX_MEMORY_BYTES]);
  await sink.write(new Blob(['a']));
  await sink.write(new Blob(['bc']));
  const blob = await sink.close();
  expect([blob.type, await blob.text()]).toEqual(['video/webm', 'abc']);
});

it('writes into the file that was chosen', async () => {
  const { writable, handle } = file();
  const picker = vi.fn(async () => handle);
  vi.stubGlobal('showSaveFilePicker', picker);
  const sink = await openSink('a.webm', TYPE);
  expect(picker).toHaveBeenCalledWith({ suggestedName: 'a.webm', types: [{ accept: { 'video/webm': ['.webm'] } }] });
  expect(sink.isFile).toBe(true);
  const chunk = new Blob(['a']);
  await sink.write(chunk);
  expect(writable.write).toHaveBeenCalledWith(chunk);
  expect(await sink.close()).toBe(whole);
  expect(writable.close).toHaveBeenCalledOnce();
});

it('none chosen is no recording; no click is one in the page; no permission is told', async () => {
  const refuse = (name: string) => {
    vi.stubGlobal('showSaveFilePicker', async () => Promise.reject(new DOMException('', name)));
  };
  refuse('AbortError');
  await expect(openSink('a', TYPE)).rejects.toMatchObject({ problem: 'cancelled' });
  refuse('SecurityError');
  expect(await openSink('a', TYPE)).toBeInstanceOf(MemorySink);
  const { handle } = file();
  handle.createWritable.mockRejectedValue(new DOMException('', 'NotAllowedError'));
  vi.stubGlobal('showSaveFilePicker', async () => handle);
  await expect(openSink('a', TYPE)).rejects.toMatchObject({ problem: 'disk' });
});

it('what is discarded leaves nothing', async () => {
  const { writable, handle } = file();
  await new FileSink(handle, writable).discard();
  expect(writable.abort).toHaveBeenCalledOnce();
  const memory = new MemorySink(TYPE);
  await memory.write(new Blob(['a']));
  await memory.discard();
  expect((await memory.close()).size).toBe(0);
});
