/** Somebody who lets no page use camera and microphone takes part all the same. */
import assert from 'node:assert/strict';
import { openBrowser } from '../support/browser.mjs';
import { useHouse } from '../support/house.mjs';
import { Person } from '../support/person.mjs';

const house = useHouse();

house.scenario('denied devices are explained, and do not keep anybody out', async (t) => {
  const { link } = await house.newRoom();
  const [ada] = await house.gather(link, 'Ada');
  const strict = await openBrowser({ devices: 'denied' });
  t.after(() => strict.close());
  const bea = await Person.open(strict, link, 'Bea');
  const said = bea.page.getByRole('status');
  await said.getByText('Your browser blocks the camera').waitFor();
  await said.getByText('Your browser blocks the microphone').waitFor();
  await bea.join();
  await bea.sees('Ada');
  await bea.hears(1);
  await ada.page.getByRole('figure', { name: 'Bea, muted' }).waitFor();
  assert.deepEqual(bea.complaints, []);
});
