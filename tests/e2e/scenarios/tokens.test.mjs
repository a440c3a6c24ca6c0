/** Rooms that an application makes: personal links, rules, full and ended rooms. */
import assert from 'node:assert/strict';
import { Application } from '../support/application.mjs';
import { useHouse } from '../support/house.mjs';
import { until } from '../support/until.mjs';

const house = useHouse();
const application = async () => new Application(await house.connection());

house.scenario('a personal link fixes the name, and admits once', async () => {
  const app = await application();
  await app.create('board');
  const link = await app.link('board', 'Ada Lovelace');
  const ada = await house.open(link, 'Ada Lovelace');
  const name = ada.page.getByRole('textbox', { name: 'Your name' });
  await until('the name is there', () => name.inputValue(), (value) => value === 'Ada Lovelace');
  assert.equal(await name.isEditable(), false);
  await ada.button('Join').click();
  await ada.inMeeting();

  const copy = await house.open(link, 'Copy');
  await copy.button('Join').click();
  await copy.page.getByRole('heading', { name: 'This link does not work' }).waitFor();
});

house.scenario('a token in the query is moved out of it', async () => {
  const app = await application();
  await app.create('query');
  const link = (await app.link('query', 'Ada')).replace('/room#t=', '/?access_token=');
  const ada = await house.open(link, 'Ada');
  await ada.button('Join').click();
  await ada.inMeeting();
  assert.match(ada.page.url(), /\/room#t=/);
});

house.scenario('a full room says so, and has place again when somebody leaves', async () => {
  const app = await application();
  await app.create('small', { max_participants: 1 });
  const ada = await house.open(await app.link('small', 'Ada'), 'Ada');
  await ada.button('Join').click();
  await ada.inMeeting();
  const bea = await house.open(await app.link('small', 'Bea'), 'Bea');
  await bea.button('Join').click();
  await bea.page.getByRole('heading', { name: 'The room is full' }).waitFor();
  await ada.button('Leave').click();
  await ada.page.getByRole('heading', { name: 'You left the meeting' }).waitFor();
  await bea.button('Try again').click();
  await bea.button('Join').click();
  await bea.inMeeting();
});

house.scenario('an ended room says so', async () => {
  const app = await application();
  await app.create('over');
  const ada = await house.open(await app.link('over', 'Ada'), 'Ada');
  // Rooms outlive their last participant by at least the edge's shortest time: too long to wait here.
  const ended = { status: false, msg: 'the room is not active', status_code: 'ROOM_NOT_ACTIVE' };
  await ada.page.route('**/v1/join', (route) => route.fulfill({ status: 404, json: ended }));
  await ada.button('Join').click();
  await ada.page.getByRole('heading', { name: 'The meeting is over' }).waitFor();
});

house.scenario('a busy edge is asked again, and the person need not', async () => {
  const app = await application();
  await app.create('busy');
  const ada = await house.open(await app.link('busy', 'Ada'), 'Ada');
  const busy = { status: false, msg: 'try again', status_code: 'INTERNAL_SERVER_ERROR' };
  const once = { status: 503, headers: { 'retry-after': '0' }, json: busy };
  await ada.page.route('**/v1/join', (route) => route.fulfill(once), { times: 1 });
  await ada.button('Join').click();
  await ada.inMeeting();
  assert.equal(ada.requests.filter((request) => request === 'POST /v1/join').length, 2);
});

house.scenario('an edge that cannot be reached leaves the person in the lobby, to try again', async () => {
  const app = await application();
  await app.create('away');
  const ada = await house.open(await app.link('away', 'Ada'), 'Ada');
  await ada.page.clock.install();
  await ada.page.route('**/v1/join', (route) => route.abort());
  await ada.button('Join').click();
  await ada.page.clock.fastForward(30_000);
  await ada.page.getByRole('alert').getByText('The server could not be reached').waitFor();
  await ada.page.unroute('**/v1/join');
  await ada.button('Join').click();
  await ada.inMeeting();
});

house.scenario('the room’s rules hold: muted at first, no cameras, no screens', async () => {
  const app = await application();
  const rules = { mute_on_start: true, allow_webcams: false, allow_screen_share: false };
  await app.create('strict', { room_features: rules });
  const ada = await house.open(await app.link('strict', 'Ada'), 'Ada');
  await ada.button('Join').click();
  await ada.inMeeting();
  await ada.button('Unmute').waitFor();
  assert.ok(await ada.button('Start camera').isDisabled());
  assert.ok(await ada.button('Share screen').isDisabled());
  await ada.button('Unmute').click();
  await ada.button('Mute').waitFor();
});
