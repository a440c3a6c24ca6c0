/** What people notice when a part of the system dies under a meeting: little, and nobody is sent away. */
import assert from 'node:assert/strict';
import { longestGap } from '../support/gap.mjs';
import { useHouse } from '../support/house.mjs';

const house = useHouse();

/** Kills a process of the system without warning. @param {'node' | 'nats'} name */
async function kill(name) {
  const { pids } = await house.connection();
  process.kill(Number(pids[name]), 'SIGKILL');
  return Date.now();
}

house.scenario('a media node that crashes is back with everybody within six seconds', async (t) => {
  const { link } = await house.newRoom();
  const people = await house.gather(link, 'Ada', 'Bea');
  const pairs = people.flatMap((who) => people.filter((of) => of !== who).map((of) => ({ who, of })));
  const before = await Promise.all(pairs.map(({ who, of }) => who.sees(of.name)));
  const stays = await Promise.all(people.map((person) => person.watchStay()));

  const killed = await kill('node');
  const took = await Promise.all(
    pairs.map(async ({ who, of }, i) => {
      await who.seesAnew(of.name, before[i] ?? assert.fail());
      return Date.now() - killed;
    }),
  );
  t.diagnostic(`pictures were back after ${took.join(', ')} ms`);
  for (const { who, of } of pairs) await who.sees(of.name);
  for (const stay of stays) assert.deepEqual(await stay(), []);
  for (const { who, of } of pairs) assert.equal(await who.tile(of.name).count(), 1);
  assert.ok(Math.max(...took) <= 6_000, `took ${took} ms`);
});

house.scenario('when NATS crashes, nobody leaves, media go on, and people come and go again', async (t) => {
  const { link } = await house.newRoom();
  const [ada, bea] = await house.gather(link, 'Ada', 'Bea');
  await Promise.all([ada.sees('Bea'), bea.sees('Ada')]);
  const stays = await Promise.all([ada.watchStay(), bea.watchStay()]);

  const killed = await kill('nats');
  const gaps = await Promise.all([longestGap(ada, 'Bea', 20_000), longestGap(bea, 'Ada', 20_000)]);
  const asked = [...ada.requests, ...bea.requests];
  const times = (/** @type {string} */ path) => asked.filter((request) => request === `POST ${path}`).length;
  t.diagnostic(`longest time without a new frame: ${gaps.join(', ')} ms`);
  t.diagnostic(`renewals: ${times('/v1/renew')}, rejoins: ${times('/v1/rejoin')}`);
  for (const gap of gaps) assert.ok(gap < 2_000, `pictures stood still for ${gap} ms`);
  for (const stay of stays) assert.deepEqual(await stay(), []);

  await bea.button('Mute').click();
  await ada.page.getByRole('figure', { name: 'Bea, muted' }).waitFor();
  const cem = await (await house.open(link, 'Cem')).join();
  await Promise.all([ada.sees('Cem'), cem.sees('Ada')]);
  await bea.button('Leave').click();
  await ada.tile('Bea').waitFor({ state: 'detached' });
  t.diagnostic(`the roster worked again by ${Date.now() - killed} ms`);
  assert.deepEqual(await stays[0]?.(), []);
});
