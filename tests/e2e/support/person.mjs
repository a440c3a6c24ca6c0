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

  /** Leaves; a host also says that the meeting is not to end. */
  async leave() {
    await this.button('Leave').click();
    const choice = this.menuItem('Leave');
    const over = this.page.getByRole('heading', { name: 'You left the meeting' });
    await choice.or(over).first().waitFor();
    if (await choice.isVisible()) await choice.click();
    await over.waitFor();
  }

  /** @param {string} name */
  menuItem(name) {
    return this.page.getByRole('menuitem', { name, exact: true });
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

  /** Waits until nothing is heard of what `other` goes on to send for a second. @param {Person} other */
  async hearsNothingOf(other) {
    const sent = () => other.page.evaluate(() => Reflect.get(window, 'conclaveProbe').outboundSound());
    const grown = async () => {
      const [before, start] = [await this.#voices(), await sent()];
      // Fifty packets are a second of sound.
      await until(`${other.name} sends sound`, sent, ({ energy, packets }) => {
        return energy > start.energy && packets > start.packets + 50;
      });
      const now = await this.#voices();
      return Object.keys(now).filter((mid) => (now[mid] ?? 0) > (before[mid] ?? 0));
    };
    return until(`${this.name} hears nothing of ${other.name}`, grown, (mids) => mids.length === 0);
  }

  /** What a control says of itself besides its name. @param {import('playwright-core').Locator} control */
  descriptionOf(control) {
    return control.evaluate((element) => {
      const id = element.getAttribute('aria-describedby');
      return (id && document.getElementById(id)?.textContent) ?? '';
    });
  }

  /** A passing message that is shown. @param {string | RegExp} text */
  told(text) {
    return this.page.getByRole('status').getByText(text).first().waitFor();
  }

  /** Opens a panel, unless it is open. @param {'People' | 'Chat'} name */
  async openPanel(name) {
    const panel = this.page.getByRole('complementary', { name });
    if (!(await panel.isVisible())) await this.button(name).click();
    await panel.waitFor();
    return panel;
  }

  /** Chooses from the menu of a person in the list. @param {string} name @param {string} item */
  async choose(name, item) {
    const panel = await this.openPanel('People');
    await panel.getByRole('button', { name: `Options for ${name}` }).click();
    await this.menuItem(item).click();
  }

  /** Writes into the chat. @param {string} text @param {{ to?: string }} [options] */
  async write(text, { to } = {}) {
    const panel = await this.openPanel('Chat');
    const recipient = panel.getByRole('combobox', { name: 'To' });
    const field = panel.getByRole('textbox', { name: 'Message' });
    await field.fill(text);
    // Where private messages are locked there is nothing to choose.
    if (to || (await recipient.isVisible())) await recipient.selectOption(to ?? 'Everyone');
    await field.press('Enter');
  }

  /** A message in the chat. @param {string} text */
  message(text) {
    return this.page.getByRole('log', { name: 'Messages' }).getByRole('listitem').filter({ hasText: text });
  }

  /** Opens what is in the bar, or on a phone behind "More". @param {string} name */
  async openDialog(name) {
    const more = this.button('More');
    await this.button(name).or(more).first().waitFor();
    if (await this.button(name).isVisible()) {
      await this.button(name).click();
    } else {
      await more.click();
      await this.menuItem(name).click();
    }
    const dialog = this.page.getByRole('dialog', { name });
    await dialog.waitFor();
    return dialog;
  }

  async closeDialog() {
    await this.page.keyboard.press('Escape');
    await this.page.getByRole('dialog').waitFor({ state: 'detached' });
  }

  /** Turns one of the host's switches. @param {string} name @param {boolean} on */
  async setSwitch(name, on) {
    const dialog = await this.openDialog('Host controls');
    await dialog.getByRole('switch', { name }).setChecked(on);
    await this.closeDialog();
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
