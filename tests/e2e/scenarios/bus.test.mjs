/** The bus beside the media: speaking, renewal of its credential, and an outage. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBrowser } from '../support/browser.mjs';
import { useHouse } from '../support/house.mjs';
import { Person } from '../support/person.mjs';
import { speechLike } from '../support/wave.mjs';
import { until } from '../support/until.mjs';

const house = useHouse();

house.scenario('everybody sees who speaks', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'conclave-voice-'));
  const file = join(folder, 'voice.wav');
  await writeFile(file, speechLike());
  const talkative = await openBrowser({ flags: [`--use-file-for-fake-audio-capture=${file}`] });
  t.after(async () => {
    await talkative.close();
    await rm(folder, { recursive: true });
  });
  const { link } = await house.newRoom();
  const [ada] = await house.gather(link, 'Ada');
  const bea = await (await Person.open(talkative, link, 'Bea')).join();
  await ada.button('People').click();
  const row = ada.page.getByRole('listitem').filter({ hasText: 'Bea' });
  await row.getByRole('img', { name: 'Speaking' }).waitFor();
  await bea.button('Mute').click();
  await row.getByRole('img', { name: 'Muted' }).waitFor();
});

house.scenario('the credential is renewed in time, on a second connection, unnoticed', async () => {
  const { link } = await house.newRoom();
  const [ada] = await house.gather(link, 'Ada');
  const bea = await house.open(link, 'Bea');
  /** @type {import('playwright-core').WebSocket[]} */
  const sockets = [];
  bea.page.on('websocket', (socket) => sockets.push(socket));
  // As if the credential lived for three seconds only.
  await bea.page.route('**/v1/join', async (route) => {
    const response = await route.fetch();
    const answer = await response.json();
    answer.bus.expires_in = 3;
    await route.fulfill({ response, json: answer });
  });
  await bea.join();
  await until('a renewal', async () => bea.requests, (sent) => sent.includes('POST /v1/renew'));
  await until('the first connection is let go', async () => sockets[0]?.isClosed(), (closed) => closed === true);
  assert.equal(sockets.length, 2);
  assert.equal(sockets[1]?.isClosed(), false);
  await ada.button('Mute').click();
  await bea.page.getByRole('figure', { name: 'Ada, muted' }).waitFor();
  assert.deepEqual(bea.complaints, []);
});

house.scenario('without the bus, sound and picture go on, and people are told', async (t) => {
  const { link } = await house.newRoom();
  const [ada, bea] = await house.gather(link, 'Ada', 'Bea');
  await ada.sees('Bea');
  const { pids } = await house.connection();
  const nats = Number(pids.nats);
  process.kill(nats, 'SIGSTOP');
  t.after(() => process.kill(nats, 'SIGCONT'));
  const banner = ada.page.getByText('Messages are delayed');
  await banner.waitFor();
  await ada.sees('Bea');
  process.kill(nats, 'SIGCONT');
  await banner.waitFor({ state: 'detached' });
  await bea.button('Mute').click();
  await ada.page.getByRole('figure', { name: 'Bea, muted' }).waitFor();
  assert.equal(await ada.tile('Bea').count(), 1);
});
