/** Which page an address means. Links keep their secret in the fragment, which no server sees. */
import { type Readable, Store, type Ticket } from '@conclave/sdk';

export type Route =
  | { readonly page: 'start' }
  | { readonly page: 'room'; readonly ticket: Ticket }
  /** A room's address without what it needs. */
  | { readonly page: 'incomplete' };

export function readRoute({ pathname, search, hash }: Pick<Location, 'pathname' | 'search' | 'hash'>): Route {
  const fragment = new URLSearchParams(hash.slice(1));
  const invite = fragment.get('i');
  if (invite) return { page: 'room', ticket: { invite } };
  const token = fragment.get('t') ?? new URLSearchParams(search).get('access_token');
  if (token) return { page: 'room', ticket: { token } };
  return { page: pathname === '/' ? 'start' : 'incomplete' };
}

export function inviteLink(origin: string, invite: string): string {
  return `${origin}/room#i=${invite}`;
}

/** The address bar as a store. */
export class Router implements Readable<Route> {
  readonly #store: Store<{ route: Route }>;
  #address: string;

  constructor() {
    hideQueryToken();
    this.#address = location.href;
    this.#store = new Store({ route: readRoute(location) });
    addEventListener('popstate', this.#read);
    addEventListener('hashchange', this.#read);
  }

  readonly getState = (): Route => this.#store.getState().route;
  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);

  go(address: string): void {
    history.pushState(null, '', address);
    this.#read();
  }

  readonly #read = (): void => {
    if (location.href === this.#address) return;
    this.#address = location.href;
    this.#store.set({ route: readRoute(location) });
  };
}

/** A token in the query would be sent with the next request: it belongs into the fragment. */
function hideQueryToken(): void {
  const token = new URLSearchParams(location.search).get('access_token');
  if (token) history.replaceState(null, '', `/room#t=${encodeURIComponent(token)}`);
}
