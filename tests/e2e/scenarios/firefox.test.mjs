/** Chromium and Debian's Firefox in one end-to-end encrypted room. */
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { FirefoxPerson, openFirefox } from '../support/firefox.mjs';
import { useHouse } from '../support/house.mjs';
import { freePort } from '../support/system.mjs';

/**
 * Firefox gathers no candidates on loopback where the machine has another address: the node is to be there. What
 * goes to it does not leave the machine.
 */
async function reachable() {
  const address = Object.values(networkInterfaces()).flat().find((each) => each?.family === 'IPv4' && !each.internal);
  if (!address) return [];
  const [http, ws, media] = [await freePort(), await freePort(), await freePort()];
  const listen = ['--listen', `127.0.0.1:${http}`, '--origin', `http://localhost:${http}`];
  const bus = ['--nats-ws-port', `${ws}`, '--nats-ws-url', `ws://127.0.0.1:${ws}`];
  return [...listen, ...bus, '--public-ip', address.address, '--media-port', `${media}`];
}

const house = useHouse({}, await reachable());

house.scenario('Chromium and Firefox see and hear each other, end-to-end encrypted', async () => {
  const { link } = await house.newRoom('Two browsers');
  const firefox = await openFirefox();
  try {
    const [ada] = await house.gather(link, 'Ada');
    const bea = await FirefoxPerson.join(firefox, link, 'Bea');
    await Promise.all([ada.sees('Bea'), bea.sees('Ada'), ada.hears(1)]);
    await bea.sentSealed();
    assert.deepEqual(ada.complaints, []);
  } finally {
    await firefox.close();
  }
});
