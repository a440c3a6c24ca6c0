/** A person at a browser: everything is found as assistive technology finds it, by role and name. */
import { installProbe } from './probe.mjs';
import { until } from './until.mjs';

/** @typedef {import('playwright-core').BrowserContextOptions} ContextOptions */
/** @typedef {{ track: string, frames: number, width: number, height: number, painted: number }} PictureStats */

export class Person {
  /**
   * @param {import('playwright-core').BrowserContext} context
   * @param {import('playwright-core').Page} page
   * @param {string} name
   */
  constructor(context, page, name) {
    this.context = context;
    this.page = page;
    this.name = name;
    /** Requests to the API in order: method and path. @type {string[]} */
    this.requests = [];
    /** What the page complained of. @type {string[]} */
    this.complaints = [];
    page.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.startsWith('/v1/')) this.requests.push(`${request.method()} ${pathname}`);
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  /**
   * Opens `address` in a profile of its own.
   * @param {import('playwright-core').Browser} browser
   * @param {string} address
   * @param {string} name
   * @param {ContextOptions} [options]
   */
  static async open(browser, address, name, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(30_000);
    await context.addInitScript(installProbe);
    const person = new Person(context, await context.newPage(), name);
    await person.page.goto(address);
    return person;
  }

  /** Fills in the lobby and comes into the meeting. */
  async join() {
    await this.page.getByRole('textbox', { name: 'Your name' }).fill(this.name);
    await this.page.getByRole('button', { name: 'Join', exact: true }).click();
    await this.inMeeting();
    return this;
  }

  async inMeeting() {
    await this.button('Leave').waitFor();
  }

  /** @param {string} name */
  button(name) {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** The tile of a person: its name begins with theirs. @param {string} name */
  tile(name) {
    return this.page.getByRole('figure', { name: new RegExp(`^${name}\\b`) });
  }

  /** @param {string} name @returns {Promise<PictureStats>} */
  picture(name) {
    return this.#pictureIn(this.tile(name));
  }

  /** @param {string} name @returns {Promise<PictureStats>} */
  screen(name) {
    return this.#pictureIn(this.page.getByRole('figure', { name: `Screen of ${name}` }));
  }

  /** Waits until a picture is decoded, painted and moving. @param {string} name @param {'picture' | 'screen'} [what] */
  async sees(name, what = 'picture') {
    const first = await until(`${this.name} sees the ${what} of ${name}`, () => this[what](name), isShown);
    return until(
      `the ${what} of ${name} moves for ${this.name}`,
      () => this[what](name),
      (now) => isShown(now) && now.frames > first.frames,
    );
  }

  /** Waits until so many voices are heard at the same time. @param {number} count */
  async hears(count) {
    const before = await this.#voices();
    return until(`${this.name} hears ${count}`, () => this.#voices(), (now) => {
      return Object.keys(now).filter((mid) => (now[mid] ?? 0) > (before[mid] ?? 0)).length >= count;
    });
  }

  /** Waits until a picture is there that came another way than `before`. @param {string} name @param {PictureStats} before */
  seesAnew(name, before) {
    const isNew = (/** @type {PictureStats} */ now) => isShown(now) && now.track !== before.track;
    return until(`${this.name} sees ${name} on a new connection`, () => this.picture(name), isNew);
  }

  /**
   * From now on notes whenever the page shows anything but the meeting, and what.
   * @returns {Promise<() => Promise<string[]>>} Reads the notes.
   */
  async watchStay() {
    await this.page.evaluate(() => {
      const elsewhere = /** @type {string[]} */ ([]);
      const look = () => {
        const inMeeting = [...document.querySelectorAll('button')].some((button) => {
          return (button.getAttribute('aria-label') ?? button.textContent) === 'Leave';
        });
        if (!inMeeting) elsewhere.push(document.body.innerText.slice(0, 100));
      };
      look();
      new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
      Reflect.set(window, 'conclaveElsewhere', elsewhere);
    });
    return () => this.page.evaluate(() => Reflect.get(window, 'conclaveElsewhere'));
  }

  close() {
    return this.context.close();
  }

  /** @param {import('playwright-core').Locator} locator @returns {Promise<PictureStats>} */
  async #pictureIn(locator) {
    if ((await locator.count()) !== 1) return { track: '', frames: 0, width: 0, height: 0, painted: 0 };
    return locator.evaluate((element) => Reflect.get(window, 'conclaveProbe').picture(element));
  }

  /** @returns {Promise<Record<string, number>>} */
  #voices() {
    return this.page.evaluate(() => Reflect.get(window, 'conclaveProbe').voices());
  }
}

/** @param {PictureStats} stats */
function isShown({ frames, width, height, painted }) {
  return frames > 0 && width > 0 && height > 0 && painted > 0;
}
