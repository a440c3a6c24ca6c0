import type { ChatEntry, Transfer } from '@conclave/sdk';
import { expect, it } from 'vitest';
import { showTransfer } from './transfer';

const entry = (change: Partial<ChatEntry> = {}) => ({ own: false, name: 'Ada', old: false, ...change }) as ChatEntry;
const show = (transfer: Partial<Transfer> | undefined, change: Partial<ChatEntry> = {}, isSenderHere = true) =>
  showTransfer(entry(change), {
    transfer: transfer && ({ received: 0, total: 2_500_000, status: 'waiting', ...transfer } as Transfer),
    isSenderHere,
  });

it('an offer can be fetched, as long as who made it is here', () => {
  expect(show(undefined)).toEqual({ sentence: '', progress: null, actions: ['fetch'], isProblem: false });
  expect(show(undefined, {}, false)).toMatchObject({ sentence: 'Not here any more', actions: [] });
});

it('one\'s own offer says that it stands, and has nothing to fetch', () => {
  expect(show(undefined, { own: true })).toMatchObject({ sentence: expect.stringContaining('Offered'), actions: [] });
});

it('what was offered in a former meeting is not to be had', () => {
  expect(show(undefined, { old: true })).toMatchObject({ sentence: 'Not here any more', actions: [] });
  expect(show(undefined, { old: true, own: true }).actions).toEqual([]);
});

it.each([
  [{ status: 'waiting' }, 'Waiting for Ada…', 0, ['cancel']],
  [{ status: 'running', received: 1_000_000 }, '1 MB of 2.5 MB', 0.4, ['cancel']],
  [{ status: 'paused', received: 1_250_000 }, 'Paused: Ada cannot be reached now. It goes on by itself.', 0.5, ['cancel']],
  [{ status: 'done', received: 2_500_000 }, 'Here, on this device only', null, ['save']],
  [{ status: 'failed', received: 3 }, 'It did not arrive.', null, ['again']],
] as const)('%j reads "%s"', (transfer, sentence, progress, actions) => {
  expect(show(transfer)).toMatchObject({ sentence, progress, actions });
});

it('a failure says why, and is tried again only where somebody is there to ask', () => {
  expect(show({ status: 'failed', why: 'gone' })).toMatchObject({ sentence: 'Its sender does not have it any more.', isProblem: true });
  expect(show({ status: 'failed', why: 'broken' }, {}, false)).toMatchObject({ actions: [], isProblem: true });
});

it('a file of nothing has no progress to divide', () => {
  expect(show({ status: 'running', total: 0 })).toMatchObject({ progress: 0 });
});
