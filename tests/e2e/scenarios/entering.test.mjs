/** Ways in: the start page, the lobby without devices, by keyboard alone, and links that do not work. */
import assert from 'node:assert/strict';
import { useHouse } from '../support/house.mjs';

const house = useHouse();

house.scenario('the start page makes a room whose link admits another browser', async () => {
  const ada = await house.open(`${house.url}/`, 'Ada');
  await ada.page.getByRole('textbox', { name: 'Name of the meeting (optional)' }).fill('Board');
  await ada.button('Create a room').click();
  await ada.page.getByRole('heading', { name: 'Your room is ready' }).waitFor();
  await ada.page.getByRole('heading', { name: 'Board' }).waitFor();
  const link = await ada.page.getByRole('textbox', { name: 'Link to share' }).inputValue();
  assert.equal(link, ada.page.url(), 'the address bar holds the link to share');
  await ada.join();

  const [bea] = await house.gather(link, 'Bea');
  await bea.page.getByRole('heading', { name: 'Board' }).waitFor();
  await ada.sees('Bea');
  await bea.sees('Ada');

  await bea.button('People').click();
  const host = bea.page.getByRole('listitem').filter({ hasText: 'Host' });
  assert.match(await host.innerText(), /Ada/, 'whoever made the room is its host, and nobody else');
});

house.scenario('a person joins by the keyboard alone', async () => {
  const { link } = await house.newRoom();
  const ada = await house.open(link, 'Ada');
  await ada.button('Join').waitFor();
  await tabTo(ada.page, 'Your name');
  await ada.page.keyboard.type('Ada');
  await ada.page.keyboard.press('Enter');
  await ada.inMeeting();

  await ada.page.keyboard.press('Control+d');
  await ada.button('Unmute').waitFor();
  await ada.page.keyboard.press('Control+e');
  await ada.button('Start camera').waitFor();
  await ada.page.keyboard.down('Space');
  await ada.button('Mute').waitFor();
  await ada.page.keyboard.up('Space');
  await ada.button('Unmute').waitFor();
  await ada.page.keyboard.press('Control+Alt+p');
  await ada.page.getByRole('heading', { name: 'People (1)' }).waitFor();
  await ada.page.keyboard.press('Escape');
  await ada.page.getByRole('heading', { name: 'People (1)' }).waitFor({ state: 'detached' });
  await tabTo(ada.page, 'Leave');
  await ada.page.keyboard.press('Enter');
  await ada.page.getByRole('heading', { name: 'You left the meeting' }).waitFor();
});

house.scenario('whoever goes back while the answer is on its way leaves nobody behind', async () => {
  const ada = await house.open(`${house.url}/`, 'Ada');
  await ada.button('Create a room').click();
  await ada.page.getByRole('heading', { name: 'Your room is ready' }).waitFor();
  const [bea] = await house.gather(ada.page.url(), 'Bea');

  /** @type {() => void} */
  let release = () => undefined;
  const released = new Promise((resolve) => (release = () => resolve(undefined)));
  await ada.page.route('**/v1/join', async (route) => {
    const response = await route.fetch();
    await released;
    await route.fulfill({ response });
  });
  await ada.page.getByRole('textbox', { name: 'Your name' }).fill('Ada');
  await ada.button('Join').click();
  // By which name only her page could tell, which knows nothing of it yet.
  await bea.tile('Guest').waitFor();
  await ada.page.goBack();
  await ada.button('Create a room').waitFor();
  release();
  await bea.tile('Guest').waitFor({ state: 'detached', timeout: 3_000 });
  assert.equal(ada.requests.at(-1), 'POST /v1/leave');
  const states = await ada.page.evaluate(() => {
    const peers = /** @type {RTCPeerConnection[]} */ (Reflect.get(window, 'conclaveProbe').peers);
    return peers.map((peer) => peer.connectionState);
  });
  assert.ok(states.every((state) => state === 'closed'), `connections: ${states}`);
});

house.scenario('no name, no joining, and it is said why', async () => {
  const { link } = await house.newRoom();
  const ada = await house.open(link, '');
  await ada.button('Join').click();
  await ada.page.getByRole('alert').getByText('Say who you are').waitFor();
  assert.deepEqual(ada.requests.filter((request) => request.endsWith('/join')), []);
});

house.scenario('links that do not work say so', async () => {
  for (const address of ['/room', '/room#i=nonsense', '/room#t=a.b.c']) {
    const ada = await house.open(house.url + address, 'Ada');
    await ada.page.getByRole('heading', { name: 'This link does not work' }).waitFor();
  }
});

/**
 * Presses Tab until the element of that name has the focus.
 * @param {import('playwright-core').Page} page @param {string} name
 */
async function tabTo(page, name) {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : undefined;
      return element?.getAttribute('aria-label') ?? label ?? element?.textContent;
    });
    if (focused === name) return;
  }
  throw new Error(`Tab does not lead to "${name}"`);
}
