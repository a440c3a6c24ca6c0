/** What hosts may do, and what that means to the others: in the page, and whatever the page does. */
import assert from 'node:assert/strict';
import { Application } from '../support/application.mjs';
import { useHouse } from '../support/house.mjs';
import { until } from '../support/until.mjs';

const house = useHouse();

/** A host and two guests in a room of their own. */
async function meet() {
  const { link, hostLink } = await house.newRoom('Board');
  const [ada] = await house.gather(hostLink, 'Ada');
  const [bea, cem] = await house.gather(link, 'Bea', 'Cem');
  await Promise.all([ada.tile('Cem').waitFor(), bea.tile('Cem').waitFor()]);
  return { link, ada, bea, cem };
}

/** @param {import('../support/person.mjs').Person} person */
const microphoneIsOpen = (person) =>
  person.page.evaluate(() => Reflect.get(window, 'conclaveProbe').microphoneIsOpen());

house.scenario('a host lets people in from the door, one or all, and refuses', async (t) => {
  const app = new Application(await house.connection());
  await app.create('door', { room_features: { waiting_room_features: { is_active: true } } });
  const ada = await house.open(await app.link('door', 'Ada', { admin: true }), 'Ada');
  await ada.button('Join').click();
  await ada.inMeeting();

  /** @param {string} name */
  const waits = async (name) => {
    const person = await house.open(await app.link('door', name), name);
    await person.button('Join').click();
    await person.page.getByRole('heading', { name: 'You are at the door' }).waitFor();
    await person.page.getByText(`You wait as ${name}.`).waitFor();
    return person;
  };
  const panel = await ada.openPanel('People');
  const atTheDoor = panel.getByRole('region', { name: /^At the door/ });

  await t.test('admitted, somebody comes in', async () => {
    const bea = await waits('Bea');
    await ada.told('Bea is at the door');
    assert.equal(await ada.descriptionOf(ada.button('People')), '1 person at the door');
    await atTheDoor.getByRole('button', { name: 'Admit Bea' }).click();
    await bea.inMeeting();
    await atTheDoor.waitFor({ state: 'detached' });
    await Promise.all([ada.sees('Bea'), bea.sees('Ada')]);
    assert.deepEqual(bea.complaints, []);
  });

  await t.test('a reload at the door leads to the door', async () => {
    const cem = await waits('Cem');
    await atTheDoor.getByText('Cem').waitFor();
    await cem.page.reload();
    await cem.page.getByRole('heading', { name: 'You are at the door' }).waitFor();
    await cem.button('Leave').click();
    await atTheDoor.waitFor({ state: 'detached' });
  });

  await t.test('refused, somebody does not', async () => {
    const dan = await waits('Dan');
    await atTheDoor.getByRole('button', { name: 'Refuse Dan' }).click();
    await dan.page.getByRole('heading', { name: 'You were not let in' }).waitFor();
    assert.equal(await ada.tile('Dan').count(), 0);
  });

  await t.test('all at once, and from the message itself', async () => {
    const [eve, fay] = [await waits('Eve'), await waits('Fay')];
    await panel.getByRole('heading', { name: 'At the door (2)' }).waitFor();
    await atTheDoor.getByRole('button', { name: 'Admit all' }).click();
    await Promise.all([eve.inMeeting(), fay.inMeeting()]);
    const gil = await waits('Gil');
    await ada.page.getByRole('status').getByRole('button', { name: 'Admit', exact: true }).click();
    await gil.inMeeting();
  });

  await t.test('a link that a host makes says in the lobby that a host lets people in', async () => {
    const dialog = await ada.openDialog('Host controls');
    await dialog.getByRole('button', { name: 'Make a link' }).click();
    const link = await dialog.getByRole('textbox', { name: 'Link to share' }).inputValue();
    const hal = await house.open(link, 'Hal');
    await hal.page.getByText('A host lets people in.').waitFor();
  });
});

house.scenario('muted by a host, somebody is told by whom, and may unmute', async () => {
  const { ada, bea, cem } = await meet();
  await until('Bea sends sound', () => microphoneIsOpen(bea), (open) => open);
  await ada.choose('Bea', 'Mute');
  await bea.told('Ada muted you');
  await bea.button('Unmute').waitFor();
  assert.equal(await microphoneIsOpen(bea), false, 'nothing leaves the microphone');
  await cem.page.getByRole('figure', { name: 'Bea, muted' }).waitFor();

  await bea.button('Unmute').click();
  await cem.page.getByRole('figure', { name: 'Bea, muted' }).waitFor({ state: 'detached' });
  await ada.button('Mute all').click();
  await Promise.all([bea.told('Ada muted you'), cem.told('Ada muted you')]);
  await ada.button('Mute').waitFor();
  assert.equal(await microphoneIsOpen(ada), true, 'hosts are not meant');

  await ada.choose('Bea', 'Stop camera');
  await bea.told('Ada switched off your camera');
  await cem.tile('Bea').locator('video').waitFor({ state: 'detached' });
});

house.scenario('locked microphones are silent, whatever a page sends', async () => {
  const { ada, bea, cem } = await meet();
  await ada.button('Mute').click();
  await cem.button('Mute').click();
  await cem.hears(1);
  await ada.setSwitch('Lock microphones', true);
  await bea.told('A host locked microphones');
  const locked = bea.button('Unmute');
  await locked.waitFor();
  assert.ok(await locked.isDisabled());
  assert.equal(await bea.descriptionOf(locked), 'A host has locked microphones.');
  await locked.focus();
  await bea.page.keyboard.press('Enter');
  await bea.told('A host has locked microphones.');
  await bea.page.keyboard.press('Control+d');
  assert.equal(await microphoneIsOpen(bea), false);

  await bea.page.evaluate(() => Reflect.get(window, 'conclaveProbe').forceMicrophone());
  await cem.hearsNothingOf(bea);

  const panel = await cem.openPanel('People');
  await panel.getByRole('region', { name: 'Locked in this room' }).getByText('A host has locked microphones.').waitFor();
  await ada.button('Unmute').click();
  await cem.hears(1);
  await ada.button('Mute').click();

  await ada.setSwitch('Lock microphones', false);
  await bea.told('Everybody can unmute again');
  assert.ok(!(await locked.isDisabled()), 'unlocking mutes nobody less, but lets them');
  await locked.click();
  await bea.button('Mute').waitFor();
  await cem.hears(1);
});

house.scenario('people write to everyone, and to one alone', async (t) => {
  const { ada, bea, cem } = await meet();

  await t.test('everyone reads what is written to everyone, with its links', async () => {
    await ada.write('Hello, see https://conclave.example/plan.');
    await bea.told('Ada: Hello, see');
    assert.equal(await bea.descriptionOf(bea.button('Chat')), '1 unread message');
    for (const person of [ada, bea, cem]) {
      await person.openPanel('Chat');
      const link = person.message('Hello').getByRole('link', { name: 'https://conclave.example/plan', exact: true });
      assert.equal(await link.getAttribute('rel'), 'noopener noreferrer');
      assert.equal(await link.getAttribute('target'), '_blank');
    }
  });

  await t.test('what is written to one is read by these two alone', async () => {
    await bea.write('Only for you', { to: 'Ada' });
    await ada.message('Only for you').getByText('to you alone').waitFor();
    await bea.message('Only for you').getByText('to Ada alone').waitFor();
    await bea.write('For all');
    await cem.message('For all').waitFor();
    assert.equal(await cem.message('Only for you').count(), 0);
  });

  await t.test('from a person’s menu; and never to everyone because that person went', async () => {
    await bea.choose('Cem', 'Send a private message');
    const field = bea.page.getByRole('textbox', { name: 'Message' });
    await field.fill('Secret');
    await cem.leave();
    await bea.page.getByText('Cem is not here any more.').waitFor();
    await field.press('Enter');
    assert.equal(await field.inputValue(), 'Secret');
    await bea.page.getByRole('combobox', { name: 'To' }).selectOption('Everyone');
    await field.fill('x'.repeat(1_990));
    await bea.page.getByText('10 characters left').waitFor();
    await field.fill('x'.repeat(2_001));
    await field.press('Enter');
    await bea.page.getByText('1 character too long').waitFor();
    await field.fill('Line one');
    await field.press('Shift+Enter');
    await field.pressSequentially('line two');
    await field.press('Enter');
    await ada.message('Line one\nline two').waitFor();
    assert.equal(await ada.message('Secret').count(), 0);
  });

  await t.test('locked, only hosts write', async () => {
    await ada.setSwitch('Lock private messages', true);
    await bea.page.getByText('A host has locked private messages.').last().waitFor();
    await ada.setSwitch('Lock the chat', true);
    const panel = await bea.openPanel('Chat');
    await panel.getByText('A host has locked the chat.').waitFor();
    assert.equal(await panel.getByRole('textbox').count(), 0);
    await ada.write('Quiet, please');
    await bea.message('Quiet, please').waitFor();
    await ada.setSwitch('Lock the chat', false);
    await bea.write('Thank you');
    await ada.message('Thank you').waitFor();
  });

  await t.test('nobody’s page complained', () => {
    for (const person of [ada, bea]) assert.deepEqual(person.complaints, [], person.name);
  });
});

house.scenario('hands are raised in order and lowered, reactions shown', async () => {
  const { ada, bea, cem } = await meet();
  await cem.button('Raise hand').click();
  await ada.told('Cem raises a hand');
  await bea.page.keyboard.press('Control+Alt+h');
  await bea.button('Lower hand').waitFor();
  await cem.page.getByRole('figure', { name: 'Bea, hand raised' }).waitFor();

  const panel = await ada.openPanel('People');
  await panel.getByRole('img', { name: 'Hand raised, number 2' }).waitFor();
  const names = () => panel.getByRole('list', { name: 'Participants' }).getByRole('listitem').allInnerTexts();
  assert.deepEqual((await names()).map((row) => /Ada|Bea|Cem/.exec(row)?.[0]), ['Cem', 'Bea', 'Ada']);
  await ada.choose('Cem', 'Lower hand');
  await cem.button('Raise hand').waitFor();
  await ada.button('Lower all hands').click();
  await bea.button('Raise hand').waitFor();

  await bea.button('React').click();
  await bea.menuItem('Applause').click();
  await ada.page.getByText('Bea: Applause').waitFor({ state: 'attached' });
  await ada.tile('Bea').getByText('👏').waitFor();
  await ada.setSwitch('Lock reactions', true);
  await bea.told('A host locked reactions');
  assert.equal(await bea.descriptionOf(bea.button('React')), 'A host has locked reactions.');
});

house.scenario('whoever is made host moderates at once, and no longer when that is taken back', async () => {
  const { ada, bea, cem } = await meet();
  assert.equal(await bea.button('Host controls').count(), 0);
  await ada.choose('Bea', 'Make host');
  await bea.told('You are a host now');
  await bea.choose('Cem', 'Mute');
  await cem.told('Bea muted you');
  await bea.setSwitch('Lock cameras', true);
  await cem.told('Bea switched off your camera');
  assert.ok(await cem.button('Start camera').isDisabled());

  await ada.choose('Bea', 'Make participant');
  await bea.told('You are not a host any more');
  await bea.told('Ada switched off your camera');
  await bea.button('Host controls').waitFor({ state: 'detached' });
  const panel = await bea.openPanel('People');
  await panel.getByRole('button', { name: 'Options for Cem' }).click();
  await bea.menuItem('Send a private message').waitFor();
  assert.equal(await bea.page.getByRole('menuitem').count(), 1, 'what participants may do, and no more');
  await bea.page.keyboard.press('Escape');
  await bea.write('I can still write');
  await ada.openPanel('Chat');
  await ada.message('I can still write').waitFor();
  assert.deepEqual(bea.complaints, []);
});

house.scenario('who is hidden is seen by hosts alone, and knows that nobody hears them', async () => {
  const app = new Application(await house.connection());
  await app.create('watched');
  /** @param {string} name @param {{ admin?: boolean, hidden?: boolean }} [rights] */
  const enters = async (name, rights) => {
    const person = await house.open(await app.link('watched', name, rights), name);
    await person.button('Join').click();
    await person.inMeeting();
    return person;
  };
  const ada = await enters('Ada', { admin: true });
  const bea = await enters('Bea');
  const eve = await enters('Eve', { hidden: true });
  const microphone = eve.button('Unmute');
  await microphone.waitFor();
  assert.equal(await eve.descriptionOf(microphone), 'You are hidden: you watch and listen.');
  await eve.sees('Bea');
  const seen = await ada.openPanel('People');
  await seen.getByRole('region', { name: 'Hidden: only hosts see them' }).getByText('Eve').waitFor();
  const unseen = await bea.openPanel('People');
  await unseen.getByRole('heading', { name: 'People (2)' }).waitFor();
  assert.equal(await unseen.getByText('Eve').count(), 0);
  assert.equal(await bea.tile('Eve').count() + (await ada.tile('Eve').count()), 0);
});

house.scenario('menus and panels are used by the keyboard, and the focus goes back', async () => {
  const { ada } = await meet();
  const { keyboard } = ada.page;
  /** @param {import('playwright-core').Locator} element */
  const hasFocus = (element) =>
    until('the focus is there', () => element.evaluate((it) => it === document.activeElement), (yes) => yes);

  await ada.button('People').focus();
  await keyboard.press('Enter');
  const panel = ada.page.getByRole('complementary', { name: 'People' });
  await hasFocus(panel.getByRole('heading', { name: 'People (3)' }));
  const options = panel.getByRole('button', { name: 'Options for Bea' });
  await options.focus();
  await keyboard.press('ArrowDown');
  await hasFocus(ada.menuItem('Mute'));
  await keyboard.press('ArrowUp');
  await hasFocus(ada.menuItem('Ban…'));
  await keyboard.press('Home');
  await hasFocus(ada.menuItem('Mute'));
  await keyboard.press('m');
  await hasFocus(ada.menuItem('Make host'));
  await keyboard.press('Escape');
  await ada.menuItem('Mute').waitFor({ state: 'detached' });
  await hasFocus(options);
  await keyboard.press('Escape');
  await panel.waitFor({ state: 'detached' });
  await hasFocus(ada.button('People'));

  await keyboard.press('Control+Alt+c');
  await hasFocus(ada.page.getByRole('textbox', { name: 'Message' }));
  await keyboard.press('Control+Alt+c');
  await hasFocus(ada.button('People'));
  await ada.button('Host controls').focus();
  await keyboard.press('Enter');
  await ada.page.getByRole('dialog', { name: 'Host controls' }).waitFor();
  await ada.closeDialog();
  await hasFocus(ada.button('Host controls'));
});

house.scenario('removed, somebody is out at once, and a reload does not come back', async () => {
  const { ada, bea, cem } = await meet();
  await ada.choose('Bea', 'Remove…');
  const question = ada.page.getByRole('alertdialog', { name: 'Remove Bea?' });
  await question.getByRole('button', { name: 'Remove' }).click();
  await bea.page.getByRole('heading', { name: 'A host removed you' }).waitFor();
  await Promise.all([ada, cem].map((person) => person.tile('Bea').waitFor({ state: 'detached' })));
  await cem.told('Bea was removed');
  await bea.page.reload();
  await bea.button('Join').waitFor();
  assert.ok(!bea.requests.includes('POST /v1/rejoin'));
  assert.equal(await ada.tile('Bea').count(), 0);
});

house.scenario('banned, somebody comes back neither by a reload nor by the link', async () => {
  const { link, ada, bea } = await meet();
  await ada.choose('Bea', 'Ban…');
  const question = ada.page.getByRole('alertdialog', { name: 'Ban Bea?' });
  await question.getByText('cannot come back').waitFor();
  await question.getByRole('button', { name: 'Cancel' }).click();
  await ada.tile('Bea').waitFor();
  await ada.choose('Bea', 'Ban…');
  await question.getByRole('button', { name: 'Ban', exact: true }).click();
  await bea.page.getByRole('heading', { name: 'A host banned you' }).waitFor();
  await ada.tile('Bea').waitFor({ state: 'detached' });

  await bea.page.reload();
  await bea.page.getByRole('heading', { name: 'The meeting is over' }).waitFor();
  const again = await bea.context.newPage();
  await again.goto(link);
  await again.getByRole('heading', { name: 'The meeting is over' }).waitFor();

  // By a link that is still good it is the device that is refused.
  const dialog = await ada.openDialog('Host controls');
  await dialog.getByRole('button', { name: 'Make a link' }).click();
  await again.goto(await dialog.getByRole('textbox', { name: 'Link to share' }).inputValue());
  await again.getByRole('textbox', { name: 'Your name' }).fill('Bea');
  await again.getByRole('button', { name: 'Join', exact: true }).click();
  await again.getByRole('heading', { name: 'You cannot come in' }).waitFor();
  assert.equal(await ada.tile('Bea').count(), 0);
});

house.scenario('a new link makes the old one worthless, and sends nobody away', async () => {
  const ada = await house.open(`${house.url}/`, 'Ada');
  await ada.button('Create a room').click();
  await ada.page.getByRole('heading', { name: 'Your room is ready' }).waitFor();
  const old = ada.page.url();
  await ada.join();
  const [bea] = await house.gather(old, 'Bea');

  const dialog = await ada.openDialog('Host controls');
  const field = dialog.getByRole('textbox', { name: 'Link to share' });
  await dialog.getByRole('button', { name: 'Replace the link' }).click();
  const link = await until('a new link', () => field.inputValue(), (value) => value !== old);
  assert.equal(ada.page.url(), link, 'the address bar holds the link to share');
  await ada.closeDialog();

  const late = await house.open(old, 'Cem');
  await late.page.getByRole('heading', { name: 'The meeting is over' }).waitFor();
  const [cem] = await house.gather(link, 'Cem');
  await bea.page.reload();
  await bea.inMeeting();
  await ada.page.reload();
  await ada.button('Host controls').waitFor();
  await Promise.all([ada.sees('Cem'), cem.sees('Bea')]);
});

house.scenario('a host leaves, or ends the meeting for all', async () => {
  const { ada, bea, cem } = await meet();
  await ada.choose('Bea', 'Make host');
  await bea.told('You are a host now');
  await ada.leave();
  await bea.tile('Ada').waitFor({ state: 'detached' });
  await bea.button('Leave').click();
  await bea.menuItem('End for all').click();
  await bea.page.getByRole('alertdialog').getByRole('button', { name: 'End for all' }).click();
  for (const person of [bea, cem]) {
    await person.page.getByRole('heading', { name: 'The meeting is over' }).waitFor();
    await person.page.getByText('A host ended it for everybody.').waitFor();
  }
  assert.deepEqual(cem.complaints, []);
});

house.scenario('the meeting says that its time is nearly up', async () => {
  const app = new Application(await house.connection());
  await app.create('short', { room_features: { room_duration: 6 } });
  const ada = await house.open(await app.link('short', 'Ada'), 'Ada');
  await ada.page.clock.install();
  await ada.button('Join').click();
  await ada.inMeeting();
  const five = ada.page.getByText('The meeting ends in less than five minutes.');
  assert.equal(await five.count(), 0);
  await ada.page.clock.fastForward('01:10');
  await five.waitFor();
});
