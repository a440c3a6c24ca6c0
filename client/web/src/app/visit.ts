/** One visit to one room, from the opened link to the last page: the stores that components draw. */
import {
  type Admitted,
  claimsOf,
  ConclaveError,
  LocalMedia,
  Meeting,
  newKey,
  type Pin,
  type Pid,
  Store,
  type Ticket,
} from '@conclave/sdk';
import { admitsAsHost, hostInviteFor } from './hostInvites';
import { roomLink } from './link';
import { loadPreferences, savePreferences } from './preferences';
import { ShareableLink } from './shareableLink';

export interface LobbyState {
  readonly status: 'checking' | 'ready' | 'failed';
  readonly problem: ConclaveError | null;
  readonly title: string;
  readonly fixedName: string | undefined;
  readonly muteOnStart: boolean;
  readonly waitingRoom: boolean;
  /** True where this person comes in as a host. */
  readonly host: boolean;
  /** True while a passphrase becomes keys: half a second, for whoever tries many the same each time. */
  readonly unlocking: boolean;
  /** True once this page gave a room of a passphrase a key. */
  readonly keyMade: boolean;
}

/** By what a room opens. */
export type Secret = Parameters<Meeting['unlock']>[0];

/** The lobby's token is looked after at this interval; most times nothing has to be done. */
const FRESHEN_MILLIS = 20_000;

export class Visit {
  readonly media: LocalMedia;
  readonly meeting: Meeting;
  readonly lobby = new Store<LobbyState>({
    status: 'checking',
    problem: null,
    title: '',
    fixedName: undefined,
    muteOnStart: false,
    waitingRoom: false,
    host: false,
    unlocking: false,
    keyMade: false,
  });
  readonly share: ShareableLink;
  /** With whom the room's words were compared; known to this page alone, and only as long as it is open. */
  readonly verified = new Store<{ readonly pids: ReadonlySet<Pid> }>({ pids: new Set() });
  /** True where this tab made the room. */
  readonly made: boolean;
  readonly #freshen: ReturnType<typeof setInterval>;
  #watching: (() => void)[] = [];

  constructor(
    private readonly ticket: Ticket,
    /** What the link says of the room's encryption, and what this page has learned of it since. */
    private pin: Pin,
  ) {
    const hostInvite = 'invite' in ticket ? hostInviteFor(ticket.invite) : undefined;
    this.made = hostInvite !== undefined;
    const own: Ticket = hostInvite ? { invite: hostInvite } : ticket;
    const choices = loadPreferences();
    this.media = new LocalMedia(choices);
    this.meeting = new Meeting({ ticket: own, media: this.media, pin });
    const shared = 'invite' in ticket && !admitsAsHost(ticket.invite) ? ticket.invite : undefined;
    this.share = new ShareableLink(this.meeting, { invite: shared, hostInvite, pin });
    const { remembered } = this.meeting;
    if (remembered) this.media.want(remembered);
    this.#freshen = setInterval(() => void this.prepare(), FRESHEN_MILLIS);
    document.addEventListener('visibilitychange', this.#onVisible);
    addEventListener('pageshow', this.#onPageShow);
    this.#startMedia();
    if (remembered) void this.meeting.resume();
    else void this.prepare();
  }

  /** True where the link itself says that the room is encrypted: no server is believed otherwise. */
  get pinned(): boolean {
    return this.pin.mode !== 'none';
  }

  /** The room's name: the link's, which no server can change, or what the server says. */
  titleOf(told: string): string {
    return (this.pin.mode === 'key' && this.pin.title) || told;
  }

  /** Makes the join ready; shows what the link says. */
  async prepare(): Promise<void> {
    const { name } = this.meeting.getState().phase;
    if (name !== 'idle' && name !== 'failed') return;
    try {
      const shown = this.meeting.admission.get().then((admitted) => this.#show(admitted));
      await Promise.all([shown, this.meeting.prepare()]);
      this.#learnPin();
      this.lobby.set({ status: 'ready', problem: null });
    } catch (error) {
      this.lobby.set({ status: 'failed', problem: ConclaveError.from(error) });
    }
  }

  #show({ token, title, fixedName, muteOnStart, waitingRoom, encryption }: Admitted): void {
    if (this.pinned && encryption.mode === 'off') {
      throw new ConclaveError('downgraded', 'The link says that this room is encrypted; the server says that it is not.');
    }
    const first = !this.lobby.getState().muteOnStart;
    const host = claimsOf(token)?.['role'] === 'moderator';
    this.lobby.set({ title: this.titleOf(title), fixedName, muteOnStart, waitingRoom, host });
    if (first && muteOnStart) void this.media.setMicrophone(false);
  }

  /** Comes in; a room that is locked is opened first, where something is given to open it with. */
  async enter(name: string, secret?: Secret): Promise<void> {
    savePreferences({ name });
    if (secret && !(await this.unlock(secret))) return;
    await this.meeting.join(name);
  }

  /** Makes keys of what was typed or pasted. Whether they are everybody's keys is seen in the room. */
  async unlock(secret: Secret): Promise<boolean> {
    if (this.lobby.getState().unlocking) return false;
    this.lobby.set({ unlocking: true, problem: null });
    try {
      await this.meeting.unlock(secret);
      this.#learnPin();
      return true;
    } catch (error) {
      this.lobby.set({ problem: ConclaveError.from(error) });
      return false;
    } finally {
      this.lobby.set({ unlocking: false });
    }
  }

  /** Gives a room of a passphrase a key of its own, before anybody came: then the link opens it. */
  async makeKeyLink(): Promise<void> {
    if (await this.unlock({ key: newKey() })) this.lobby.set({ keyMade: true });
  }

  /** What this page knows goes into the links that it gives away, and into its address for a reload. */
  #learnPin(): void {
    const { security } = this.meeting.getState();
    if (security.mode !== 'e2ee') return;
    const key = this.meeting.secret;
    const { title } = this.lobby.getState();
    const pin: Pin = key === undefined ? { mode: 'passphrase' } : { mode: 'key', key, ...(title && { title }) };
    if (JSON.stringify(pin) === JSON.stringify(this.pin)) return;
    this.pin = pin;
    this.share.repin(pin);
    if (!this.made) history.replaceState(null, '', roomLink('', this.ticket, pin));
  }

  /** Takes the meeting back from another tab. */
  takeOver(): void {
    this.media.want(loadPreferences());
    this.#startMedia();
    void this.meeting.takeOver();
  }

  close(): void {
    clearInterval(this.#freshen);
    document.removeEventListener('visibilitychange', this.#onVisible);
    removeEventListener('pageshow', this.#onPageShow);
    this.#stopMedia();
    this.meeting.close();
  }

  #startMedia(): void {
    this.#watching = [
      this.media.subscribe(() => this.#saveChoices()),
      this.meeting.subscribe(() => this.#onPhase()),
      this.meeting.subscribe(() => this.#forgetGone()),
    ];
    void this.media.start();
  }

  #stopMedia(): void {
    for (const stop of this.#watching) stop();
    this.#watching = [];
    this.media.close();
  }

  /** Camera and microphone are let go of with the meeting. */
  #onPhase(): void {
    const { phase } = this.meeting.getState();
    const over = ['left', 'ended', 'removed', 'displaced'].includes(phase.name);
    if (over || (phase.name === 'failed' && !canTryAgain(phase.problem))) this.#stopMedia();
  }

  /** A mark says something of the connection with which it was made, and of no other under the same name. */
  #forgetGone(): void {
    const { people, security } = this.meeting.getState();
    const { pids } = this.verified.getState();
    const strangers = security.mode === 'e2ee' ? security.strangers : [];
    const left = [...pids].filter((pid) => people.some((one) => one.pid === pid) && !strangers.includes(pid));
    if (left.length < pids.size) this.verified.set({ pids: new Set(left) });
  }

  readonly #onVisible = (): void => {
    if (document.visibilityState === 'visible') void this.prepare();
  };

  /** A page that the browser had put away said goodbye when it went: it begins anew. */
  readonly #onPageShow = (event: PageTransitionEvent): void => {
    if (event.persisted) location.reload();
  };

  #saveChoices(): void {
    const { microphone, camera, speakerId } = this.media.getState();
    savePreferences({
      // A device that failed, or that this room wants off at first, is still wanted next time.
      ...(this.lobby.getState().muteOnStart ? {} : { microphone: microphone.on || microphone.problem !== null }),
      camera: camera.on || camera.problem !== null,
      microphoneId: microphone.deviceId,
      cameraId: camera.deviceId,
      speakerId,
    });
  }
}

/** True of what the lobby can mend: by another try, or by the passphrase that is still missing. */
export function canTryAgain({ problem, retryable }: ConclaveError): boolean {
  return retryable || problem === 'locked';
}
