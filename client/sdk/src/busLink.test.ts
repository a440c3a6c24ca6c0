import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { BusConnection } from './busConnection.js';
import { BusLink, type BusLinkOptions } from './busLink.js';
import { ConclaveError, type Problem } from './errors.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A bus whose connections the test opens, feeds and breaks. */
function fake(change: Partial<BusLinkOptions> = {}) {
  const log: string[] = [];
  const opened: { jwt: string; hear: () => void; drop: () => void }[] = [];
  let renewals = 0;
  const options: BusLinkOptions = {
    address: { sid: 's', node: 'n', pid: 'p' },
    credential: { urls: ['ws://bus'], jwt: 'jwt-0', expires_in: 100 },
    key: { publicKey: 'U', seed: new Uint8Array() },
    renew: async () => ({ urls: ['ws://bus'], jwt: `jwt-${++renewals}`, expires_in: 100 }),
    onMessage: () => undefined,
    onUp: () => log.push('up'),
    onDown: () => log.push('down'),
    onRefused: (error) => log.push(`refused ${error.problem}`),
    connect: async ({ jwt }, _key, _address, onMessage) => {
      let drop = () => undefined as void;
      const closed = new Promise<void>((resolve) => (drop = resolve));
      log.push(`open ${jwt}`);
      const hear = () => onMessage({ to: 'all', kind: 'beat', body: { epoch: 1, seq: 1 } });
      opened.push({ jwt, hear, drop });
      const close = async () => {
        log.push(`close ${jwt}`);
        drop();
      };
      const moderate = (kind: string) => void log.push(`${kind} by ${jwt}`);
      return { publish: () => undefined, moderate, closed, close } satisfies BusConnection;
    },
    ...change,
  };
  return { log, opened, link: new BusLink(options) };
}

/** Lets `seconds` pass with a beat in each. */
async function beats(seconds: number, opened: { hear: () => void }[]) {
  for (let i = 0; i < seconds; i++) {
    await vi.advanceTimersByTimeAsync(1_000);
    opened.at(-1)?.hear();
  }
}

it('renews at 70 % of the credential, and only then lets go of the older connection', async () => {
  const { log, opened, link } = fake();
  link.start();
  await beats(69, opened);
  expect(log).toEqual(['open jwt-0', 'up']);
  await beats(2, opened);
  expect(log).toEqual(['open jwt-0', 'up', 'open jwt-1', 'up', 'close jwt-0']);
  expect(link.up).toBe(true);
  await link.close();
});

it('comes back after a lost connection', async () => {
  const { log, opened, link } = fake();
  link.start();
  await beats(1, opened);
  opened[0]!.drop();
  await beats(1, opened);
  expect(log).toEqual(['open jwt-0', 'up', 'down', 'open jwt-0', 'up']);
  await link.close();
});

it('takes silence for a lost connection', async () => {
  const { log, link } = fake();
  link.start();
  await vi.advanceTimersByTimeAsync(8_000);
  expect(log.slice(0, 4)).toEqual(['open jwt-0', 'up', 'close jwt-0', 'down']);
  await link.close();
});

it('tries again while the bus cannot be reached, with a new credential from the second time on', async () => {
  let failures = 3;
  const seen: string[] = [];
  const { log, link } = fake({
    connect: async ({ jwt }) => {
      seen.push(jwt);
      if (failures-- > 0) throw new Error('connection refused');
      return {
        publish: () => undefined,
        moderate: () => undefined,
        closed: new Promise(() => undefined),
        close: async () => undefined,
      };
    },
  });
  link.start();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(seen).toEqual(['jwt-0', 'jwt-0', 'jwt-1', 'jwt-2']);
  expect(log).toEqual(['up']);
  await link.close();
});

it.each<Problem>(['ended', 'absent', 'credential'])('reports a renewal refused with "%s" once and stops', async (problem) => {
  const { log, link } = fake({
    connect: async () => Promise.reject(new Error('authorization violation')),
    renew: async () => Promise.reject(new ConclaveError(problem, problem)),
  });
  link.start();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(log).toEqual([`refused ${problem}`]);
});

it('fetches a credential at once when the rights have changed, also while there is no connection', async () => {
  const { log, opened, link } = fake();
  link.start();
  await beats(1, opened);
  link.renewNow();
  await beats(1, opened);
  expect(log).toEqual(['open jwt-0', 'up', 'open jwt-1', 'up', 'close jwt-0']);
  opened.at(-1)?.drop();
  link.renewNow();
  await beats(1, opened);
  expect(log.filter((entry) => entry.startsWith('open')).at(-1)).not.toBe('open jwt-1');
  expect(link.up).toBe(true);
  await link.close();
});

it('what a new role allows waits for its credential', async () => {
  const { log, opened, link } = fake();
  link.start();
  await beats(1, opened);
  link.moderate('admit', {});
  link.renewNow();
  link.moderate('end', {});
  await beats(1, opened);
  expect(log.filter((entry) => entry.includes('by'))).toEqual(['admit by jwt-0', 'end by jwt-1']);
  await link.close();
});

it('nothing opens after it was closed', async () => {
  const { log, opened, link } = fake();
  link.start();
  await beats(1, opened);
  await link.close();
  await vi.advanceTimersByTimeAsync(200_000);
  expect(log).toEqual(['open jwt-0', 'up', 'close jwt-0']);
});
