/** Debian's Firefox with a fake camera and microphone, driven by WebDriver BiDi. */
import assert from 'node:assert/strict';
import puppeteer from 'puppeteer-core';
import { until } from './until.mjs';

const PREFERENCES = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.autoplay.default': 0,
  'media.peerconnection.ice.loopback': true,
};

export function openFirefox() {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    args: ['--width=1280', '--height=800'],
    extraPrefsFirefox: PREFERENCES,
  });
}

/** A person at Firefox, as far as the meeting of the two browsers needs one. */
export class FirefoxPerson {
  /** @param {import('puppeteer-core').Page} page @param {string} name */
  constructor(page, name) {
    this.page = page;
    this.name = name;
  }

  /** @param {import('puppeteer-core').Browser} browser @param {string} address @param {string} name */
  static async join(browser, address, name) {
    const page = await browser.newPage();
    await page.evaluateOnNewDocument(countTransforms);
    await page.goto(address);
    await page.locator('::-p-aria([name="Your name"][role="textbox"])').fill(name);
    await page.locator('::-p-aria([name="Join"][role="button"])').click();
    await page.locator('::-p-aria([name="Leave"][role="button"])').wait();
    return new FirefoxPerson(page, name);
  }

  /** Fails unless every sender of this page has a transform: only what is sealed goes out. */
  async sentSealed() {
    const bare = await this.page.evaluate(() => Reflect.get(window, 'conclaveBare')());
    assert.equal(bare, 0, `${this.name} has senders without a transform`);
  }

  /** Waits until the picture of the one other person is decoded, shown and moves. @param {string} name */
  async sees(name) {
    // Of pictures that come from a connection, Firefox's video elements count no frames.
    const frames = () =>
      this.page.evaluate(async (of) => {
        const tiles = [...document.querySelectorAll('figure')];
        const tile = tiles.find((each) => each.getAttribute('aria-label')?.startsWith(of));
        const isShown = (tile?.querySelector('video')?.videoWidth ?? 0) > 0;
        return isShown ? Reflect.get(window, 'conclaveDecoded')() : 0;
      }, name);
    const first = await until(`${this.name} sees ${name}`, frames, (count) => count > 0);
    await until(`the picture of ${name} moves for ${this.name}`, frames, (count) => count > first + 5);
  }
}

/** Runs in the page. */
function countTransforms() {
  /** @type {RTCPeerConnection[]} */
  const connections = [];
  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    /** @param {RTCConfiguration} [configuration] */
    constructor(configuration) {
      super(configuration);
      connections.push(this);
    }
  };
  Reflect.set(window, 'conclaveDecoded', async () => {
    let frames = 0;
    for (const connection of connections) {
      for (const report of (await connection.getStats()).values()) {
        if (report.type === 'inbound-rtp' && report.kind === 'video') frames += report.framesDecoded ?? 0;
      }
    }
    return frames;
  });
  Reflect.set(window, 'conclaveBare', () => {
    const sending = connections.flatMap((each) => each.getTransceivers()).filter(({ direction }) => direction === 'sendonly');
    return sending.filter(({ sender }) => !sender.transform).length;
  });
}
