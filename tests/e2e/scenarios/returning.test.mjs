/** Reloads, closed tabs, second tabs and lost connections. */
import assert from 'node:assert/strict';
import { useHouse } from '../support/house.mjs';

const house = useHouse();

house.scenario('a reload brings a person back without the lobby, muted as they were', async () => {
  const { link } = await house.newRoom();
  const [ada, bea] = await house.gather(link, 'Ada', 'Bea');
  await ada.sees('Bea');
  await bea.button('Mute').click();
  await ada.page.getByRole('figure', { name: 'Bea, muted' }).waitFor();

  await bea.page.reload();
  await bea.inMeeting();
  await bea.sees('Ada');
  await ada.sees('Bea');
  await bea.button('Unmute').waitFor();
  assert.equal(await ada.page.getByRole('figure', { name: /^Bea/ }).count(), 1, 'one Bea, not two');
  assert.equal(bea.requests.at(-1), 'POST /v1/rejoin');
});

house.scenario('a closed tab is gone from the others within two seconds', async (t) => {
  const { link } = await house.newRoom();
  const [ada, bea] = await house.gather(link, 'Ada', 'Bea');
  await ada.sees('Bea');
  await bea.page.close({ runBeforeUnload: true });
  const closed = Date.now();
  await ada.tile('Bea').waitFor({ state: 'detached' });
  const took = Date.now() - closed;
  t.diagnostic(`the tile went after ${took} ms`);
  assert.ok(took <= 2_000, `took ${took} ms`);
});

house.scenario('a second tab takes over, and the first can take back', async () => {
  const { link } = await house.newRoom();
  const [ada, bea] = await house.gather(link, 'Ada', 'Bea');
  await ada.sees('Bea');
  // What "duplicate tab" does: the same session in another page of the same profile.
  const [second] = await Promise.all([
    bea.context.waitForEvent('page'),
    bea.page.evaluate(() => void window.open(location.href, '_blank')),
  ]);
  await second.getByRole('button', { name: 'Leave', exact: true }).waitFor();
  await bea.page.getByRole('heading', { name: 'The meeting goes on in another tab' }).waitFor();
  await ada.sees('Bea');

  await bea.button('Use this tab instead').click();
  await bea.inMeeting();
  await second.getByRole('heading', { name: 'The meeting goes on in another tab' }).waitFor();
  await ada.sees('Bea');
  assert.equal(await ada.tile('Bea').count(), 1);
});

house.scenario('leaving forgets the session: a reload leads to the lobby', async () => {
  const { link } = await house.newRoom();
  const [ada] = await house.gather(link, 'Ada');
  await ada.button('Leave').click();
  await ada.button('Join again').click();
  const name = ada.page.getByRole('textbox', { name: 'Your name' });
  await name.waitFor();
  assert.equal(await name.inputValue(), 'Ada', 'the name is remembered');
});

house.scenario('a connection that breaks is mended, and the person told', async () => {
  const { link } = await house.newRoom();
  const [ada, bea] = await house.gather(link, 'Ada', 'Bea');
  await bea.sees('Ada');
  // The transport dies under the meeting's feet, as when a network goes away.
  await bea.page.evaluate(() => {
    const peer = Reflect.get(window, 'conclaveProbe').peers.at(-1);
    Object.defineProperty(peer, 'connectionState', { get: () => 'failed', configurable: true });
    peer.dispatchEvent(new Event('connectionstatechange'));
  });
  await bea.sees('Ada');
  await ada.sees('Bea');
  assert.equal(bea.requests.at(-1), 'POST /v1/rejoin');
  assert.equal(await ada.tile('Bea').count(), 1);
});
