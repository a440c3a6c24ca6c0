/** The meeting of three through an edge in another runtime than the native one. */
import assert from 'node:assert/strict';
import { longestGap } from './gap.mjs';
import { useHouse } from './house.mjs';

/**
 * @param {'worker' | 'spin'} edge
 * @param {string} host Variable that names the runtime's program.
 * @param {string} build Variable that names what it runs.
 */
export function meetThrough(edge, host, build) {
  const named = (/** @type {string} */ name) => process.env[name] ?? assert.fail(`${name} is not set`);
  const house = useHouse({}, ['--edge', edge, '--edge-host', named(host), '--edge-build', named(build)]);

  house.scenario(`three people meet through an edge on ${edge}, and its death goes unnoticed`, async (t) => {
    const people = await house.gather(house.link, 'Ada', 'Bea', 'Cem');
    const [ada, bea, cem] = people;
    for (const who of people) {
      for (const of of people) if (of !== who) await who.sees(of.name);
      await who.hears(2);
    }
    const stays = await Promise.all(people.map((person) => person.watchStay()));

    const { pids } = await house.connection();
    process.kill(Number(pids.edge), 'SIGKILL');
    const gaps = await Promise.all([longestGap(ada, 'Bea', 4_000), longestGap(bea, 'Cem', 4_000)]);
    t.diagnostic(`longest time without a new frame after the edge's death: ${gaps.join(', ')} ms`);
    for (const gap of gaps) assert.ok(gap < 1_000, `pictures stood still for ${gap} ms`);
    for (const stay of stays) assert.deepEqual(await stay(), []);

    const dan = await (await house.open(house.link, 'Dan')).join();
    await Promise.all([dan.sees('Ada'), ada.sees('Dan')]);
    await cem.button('Leave').click();
    await ada.tile('Cem').waitFor({ state: 'detached' });
    await bea.page.reload();
    await Promise.all([ada.sees('Bea'), bea.sees('Ada')]);
    for (const person of [ada, dan]) assert.deepEqual(person.complaints, [], person.name);
  });

  house.scenario(`a room of the start page opens through an edge on ${edge}`, async () => {
    const { link } = await house.newRoom('Ours');
    const [ada, bea] = await house.gather(link, 'Ada', 'Bea');
    await Promise.all([ada.sees('Bea'), bea.sees('Ada')]);
  });
}
