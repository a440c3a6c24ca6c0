/** What moderators ask of the room's owner. It asks the roster again: a button here grants nothing. */
import type { FromModerator, Pid, Publishing, RoomRole, Rules } from './protocol.js';

type Send = <K extends keyof FromModerator>(kind: K, body: FromModerator[K]) => void;

export class Moderation {
  constructor(private readonly send: Send) {}

  /** Switches sources off: of one person, or of everybody who does not moderate. */
  silence(sources: Partial<Publishing>, pid?: Pid): void {
    this.send('silence', { ...sources, ...of(pid) });
  }

  setRole(pid: Pid, role: RoomRole): void {
    this.send('role', { pid, role });
  }

  setRules(rules: Rules): void {
    this.send('rules', { rules });
  }

  /** Takes somebody out; `ban` also refuses whatever they hold for this room. */
  remove(pid: Pid, ban: boolean): void {
    this.send('remove', { pid, ban });
  }

  /** Lets in one who waits, or all. */
  admit(pid?: Pid): void {
    this.send('admit', of(pid));
  }

  lowerHand(pid?: Pid): void {
    this.send('lower_hands', of(pid));
  }

  endForAll(): void {
    this.send('end', {});
  }
}

const of = (pid: Pid | undefined): { pid?: Pid } => (pid === undefined ? {} : { pid });
