/** Which page an address means. Links keep their secrets in the fragment, which no server sees. */
import { type Pin, type Readable, Store, type Ticket } from '@conclave/sdk';
import { readPin } from './link';

export type Route =
  | { readonly page: 'start' }
  | { readonly page: 'room'; readonly ticket: Ticket; readonly pin: Pin }
  /** A room's address without what it needs: nothing to come in by, or a key that is not whole. */
  | { readonly page: 'incomplete'; readonly lacks: 'ticket' | 'key' };

export function readRoute({ pathname, search, hash }: Pick<Location, 'pathname' | 'search' | 'hash'>): Route {
  const fragment = new URLSearchParams(hash.slice(1));
  const ticket = readTicket(fragment, new URLSearchParams(search));
  if (!ticket) return pathname === '/' ? { page: 'start' } : { page: 'incomplete', lacks: 'ticket' };
  const pin = readPin(fragment);
  return pin ? { page: 'room', ticket, pin } : { page: 'incomplete', lacks: 'key' };
}

function readTicket(fragment: URLSearchParams, query: URLSearchParams): Ticket | undefined {
  const invite = fragment.get('i');
  if (invite) return { invite };
  const token = fragment.get('t') ?? query.get('access_token');
  return token ? { token } : undefined;
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

/** A token in the query would be sent with the next request: it belongs into the fragment, beside what is there. */
function hideQueryToken(): void {
  const token = new URLSearchParams(location.search).get('access_token');
  if (token) history.replaceState(null, '', `/room#${withToken(location.hash, token)}`);
}

/** A fragment with this token instead of any other ticket: what it pins stays pinned. */
export function withToken(hash: string, token: string): string {
  const fragment = new URLSearchParams(hash.slice(1));
  fragment.delete('i');
  fragment.set('t', token);
  return fragment.toString();
}
