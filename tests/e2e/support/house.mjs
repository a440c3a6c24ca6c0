/** A running system and a browser for the tests of one file. */
import { after, before, test } from 'node:test';
import { openBrowser } from './browser.mjs';
import { Person } from './person.mjs';
import { startSystem } from './system.mjs';

/**
 * Called once at the top of a file, or of a suite in it.
 * @param {Parameters<typeof openBrowser>[0]} [options]
 * @param {string[]} [up] Further options of `conclave up`.
 * @param {NodeJS.ProcessEnv} [env] Further variables of its environment.
 */
export function useHouse(options, up, env) {
  /** @type {import('./system.mjs').System} */
  let system;
  /** @type {import('playwright-core').Browser} */
  let browser;
  /** @type {Person[]} */
  let present = [];

  before(async () => {
    const [started, opened] = await Promise.allSettled([startSystem(up, env), openBrowser(options)]);
    // What did start has to be ended, also where the other did not.
    if (started.status === 'fulfilled') system = started.value;
    if (opened.status === 'fulfilled') browser = opened.value;
    for (const each of [started, opened]) if (each.status === 'rejected') throw each.reason;
  });
  after(async () => {
    await browser?.close();
    await system?.stop();
  });
  return {
    /**
     * A test after which everybody who came in is sent home.
     * @param {string} name @param {(t: import('node:test').TestContext) => Promise<void>} run
     */
    scenario(name, run) {
      void test(name, async (t) => {
        try {
          await run(t);
        } finally {
          await Promise.all(present.map((person) => person.close()));
          present = [];
        }
      });
    },
    get url() {
      return system.url;
    },
    get link() {
      return system.link;
    },
    connection: () => system.connection(),
    /** @param {string} [title] @param {boolean} [encrypted] */
    newRoom: (title, encrypted) => system.newRoom(title, encrypted),
    /**
     * Opens an address in a profile of its own.
     * @param {string} address @param {string} name
     * @param {import('./person.mjs').ContextOptions} [context]
     */
    async open(address, name, context) {
      const person = await Person.open(browser, address, name, context);
      present.push(person);
      return person;
    },
    /**
     * Everybody joins the same room, one after the other.
     * @template {string[]} Names
     * @param {string} link @param {Names} names
     */
    async gather(link, ...names) {
      const people = [];
      for (const name of names) people.push(await (await this.open(link, name)).join());
      return /** @type {{ [Index in keyof Names]: Person }} */ (people);
    },
  };
}
