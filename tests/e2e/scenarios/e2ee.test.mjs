/** End-to-end encryption between real browsers: who holds the key sees and hears, who does not is told. */
import assert from 'node:assert/strict';
import { useHouse } from '../support/house.mjs';

const house = useHouse();

house.scenario('a room of the start page is end-to-end encrypted, and people see and hear each other', async () => {
  const { link } = await house.newRoom('Board');
  const [ada, bea] = await house.gather(link, 'Ada', 'Bea');
  await Promise.all([ada.sees('Bea'), bea.sees('Ada'), ada.hears(1), bea.hears(1)]);
  await ada.write('the minutes are in the safe');
  await bea.openPanel('Chat');
  await bea.message('the minutes are in the safe').waitFor();
  for (const person of [ada, bea]) assert.deepEqual(person.complaints, [], person.name);
});
