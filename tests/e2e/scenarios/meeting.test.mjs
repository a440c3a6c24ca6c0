/** Three people in one room, through the link that `conclave up` prints. */
import assert from 'node:assert/strict';
import { useHouse } from '../support/house.mjs';
import { until } from '../support/until.mjs';

const house = useHouse();

house.scenario('three people meet, share a screen, mute and leave', async (t) => {
  const [ada, bea, cem] = await house.gather(house.link, 'Ada', 'Bea', 'Cem');
  const everybody = [ada, bea, cem];
  const othersOf = (/** @type {typeof ada} */ person) => everybody.filter((other) => other !== person);

  await t.test('each decodes the video of both others', async () => {
    for (const person of everybody) {
      for (const other of othersOf(person)) await person.sees(other.name);
    }
  });

  await t.test('each hears both others', async () => {
    for (const person of everybody) await person.hears(2);
  });

  await t.test('everybody is in everybody’s list', async () => {
    for (const person of everybody) {
      await person.button('People').click();
      const list = person.page.getByRole('list', { name: 'Participants' });
      for (const { name } of everybody) await list.getByText(name, { exact: true }).waitFor();
      assert.equal(await list.getByRole('listitem').count(), 3);
      await person.page.keyboard.press('Escape');
      await list.waitFor({ state: 'detached' });
    }
  });

  await t.test('the others see that somebody is muted, and that they are not', async () => {
    const muted = (/** @type {string} */ name) => cem.page.getByRole('figure', { name: `${name}, muted` });
    await ada.button('Mute').click();
    await muted('Ada').waitFor();
    await ada.button('Unmute').click();
    await muted('Ada').waitFor({ state: 'detached' });
  });

  await t.test('a camera that goes off gives way to initials, and comes back', async () => {
    await ada.button('Stop camera').click();
    await cem.tile('Ada').locator('video').waitFor({ state: 'detached' });
    await ada.button('Start camera').click();
    await cem.sees('Ada');
  });

  await t.test('the others decode a shared screen, and it goes when sharing stops', async () => {
    await bea.button('Share screen').click();
    for (const person of othersOf(bea)) await person.sees('Bea', 'screen');
    for (const person of othersOf(bea)) await person.sees('Bea');
    await bea.button('Stop sharing').click();
    const screen = ada.page.getByRole('figure', { name: 'Screen of Bea' });
    await screen.waitFor({ state: 'detached' });
    await ada.sees('Cem');
  });

  await t.test('who leaves is gone from the others within two seconds', async () => {
    await cem.button('Leave').click();
    const left = Date.now();
    await Promise.all(othersOf(cem).map((person) => person.tile('Cem').waitFor({ state: 'detached' })));
    const took = Date.now() - left;
    assert.ok(took <= 2_000, `took ${took} ms`);
    t.diagnostic(`the tile went after ${took} ms`);
    await ada.page.getByRole('status').getByText('Cem left').waitFor();
    await cem.page.getByRole('heading', { name: 'You left the meeting' }).waitFor();
  });

  await t.test('the others go on undisturbed', async () => {
    await ada.sees('Bea');
    await bea.sees('Ada');
  });

  await t.test('nobody’s page complained', () => {
    for (const person of everybody) assert.deepEqual(person.complaints, [], person.name);
  });
});

house.scenario('a click on Join costs one request, and no later one', async () => {
  const { link } = await house.newRoom();
  await house.gather(link, 'Ada');
  const bea = await house.open(link, 'Bea');
  await until('the lobby is ready', async () => bea.requests, (sent) => sent.includes('POST /v1/invite'));
  const before = bea.requests.length;
  await bea.join();
  await bea.sees('Ada');
  assert.deepEqual(bea.requests.slice(before), ['POST /v1/join']);
});
