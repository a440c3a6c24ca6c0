/**
 * The invite that admits a room's maker as host. It stays in this tab: the address bar holds the
 * guests' link, which may be copied and shown.
 */
import { claimsOf } from '@conclave/sdk';

const KEY = 'conclave.host';

interface HostInvite {
  invite: string;
  hostInvite: string;
}

export function rememberHostInvite(entry: HostInvite): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(entry));
  } catch {
    // Then the maker comes in as a guest.
  }
}

/** The host's invite of the room that `invite` leads to, where this tab made it. */
export function hostInviteFor(invite: string): string | undefined {
  try {
    const entry = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as HostInvite | null;
    return entry?.invite === invite ? entry.hostInvite : undefined;
  } catch {
    return undefined;
  }
}

/** True of an invite that is nobody's to pass on: whoever has it is a host. */
export function admitsAsHost(invite: string): boolean {
  return claimsOf(invite)?.['role'] === 'moderator';
}
