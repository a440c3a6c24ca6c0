import { expect, it, vi } from 'vitest';
import { MemorySink, type Sink } from './sink.js';
import { MAX_WAITING_BYTES, Spool } from './spool.js';

const chunk = (text: string) => new Blob([text]);
/** Says that it is so large. */
const large = (size: number) => ({ size }) as Blob;

it('writes in order, whatever the disk takes, and closes after the last', async () => {
  const written: string[] = [];
  const sink: Sink = {
    isFile: true,
    most: Infinity,
    write: async (blob) => {
      const text = await blob.text();
      await new Promise((resolve) => setTimeout(resolve, text === 'a' ? 20 : 1));
      written.push(text);
    },
    close: async () => chunk(written.join('')),
    discard: async () => undefined,
  };
  const onEnd = vi.fn();
  const spool = new Spool(sink, onEnd);
  for (const text of ['a', '', 'b', 'c']) spool.take(chunk(text));
  expect(spool.bytes).toBe(3);
  expect(await (await spool.close()).text()).toBe('abc');
  expect(onEnd).not.toHaveBeenCalled();
});

it('says once that it has as much as it may hold, and keeps what still comes', async () => {
  const onEnd = vi.fn();
  const spool = new Spool(new MemorySink('video/webm', 3), onEnd);
  for (const text of ['ab', 'cd', 'e']) spool.take(chunk(text));
  expect(onEnd.mock.calls).toEqual([['limit']]);
  expect(await (await spool.close()).text()).toBe('abcde');
});

it('ends where the disk does not follow', () => {
  const sink = new MemorySink('video/webm', Infinity);
  sink.write = () => new Promise(() => undefined);
  const onEnd = vi.fn();
  const spool = new Spool(sink, onEnd);
  spool.take(large(MAX_WAITING_BYTES));
  expect(onEnd).not.toHaveBeenCalled();
  spool.take(large(1));
  expect(onEnd.mock.calls).toEqual([['disk']]);
});

it('after a failed write nothing more is written; what was written is kept', async () => {
  const sink = new MemorySink('video/webm', Infinity);
  const write = vi.spyOn(sink, 'write');
  const onEnd = vi.fn();
  const spool = new Spool(sink, onEnd);
  spool.take(chunk('a'));
  await vi.waitFor(() => expect(write).toHaveBeenCalledOnce());
  write.mockRejectedValueOnce(new Error('full'));
  for (const text of ['b', 'c']) spool.take(chunk(text));
  await vi.waitFor(() => expect(onEnd).toHaveBeenCalledWith('disk'));
  spool.take(chunk('d'));
  expect(await (await spool.close()).text()).toBe('a');
});

it('says where nothing could be kept, and leaves nothing half behind', async () => {
  const sink = new MemorySink('video/webm');
  sink.close = async () => Promise.reject(new Error('full'));
  const discard = vi.spyOn(sink, 'discard');
  await expect(new Spool(sink, vi.fn()).close()).rejects.toMatchObject({ name: 'RecordingError', problem: 'disk' });
  expect(discard).toHaveBeenCalledOnce();
});
