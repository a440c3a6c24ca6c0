/** One visit to one room, from the opened link to the last page: the stores that components draw. */
import { type Admitted, ConclaveError, LocalMedia, Meeting, Store, type Ticket } from '@conclave/sdk';
import { admitsAsHost, hostInviteFor } from './hostInvites';
import { loadPreferences, savePreferences } from './preferences';
import { ShareableLink } from './shareableLink';

export interface LobbyState {
  readonly status: 'checking' | 'ready' | 'failed';
  readonly problem: ConclaveError | null;
  readonly title: string;
  readonly fixedName: string | undefined;
  readonly muteOnStart: boolean;
  readonly waitingRoom: boolean;
}

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
  });
  readonly share: ShareableLink;
  /** True where this tab made the room. */
  readonly made: boolean;
  readonly #freshen: ReturnType<typeof setInterval>;
  #watching: (() => void)[] = [];

  constructor(ticket: Ticket) {
    const hostInvite = 'invite' in ticket ? hostInviteFor(ticket.invite) : undefined;
    this.made = hostInvite !== undefined;
    const own: Ticket = hostInvite ? { invite: hostInvite } : ticket;
    const choices = loadPreferences();
    this.media = new LocalMedia(choices);
    this.meeting = new Meeting({ ticket: own, media: this.media });
    const shared = 'invite' in ticket && !admitsAsHost(ticket.invite) ? ticket.invite : undefined;
    this.share = new ShareableLink(this.meeting, shared, hostInvite);
    const { remembered } = this.meeting;
    if (remembered) this.media.want(remembered);
    this.#freshen = setInterval(() => void this.prepare(), FRESHEN_MILLIS);
    document.addEventListener('visibilitychange', this.#onVisible);
    addEventListener('pageshow', this.#onPageShow);
    this.#startMedia();
    if (remembered) void this.meeting.resume();
    else void this.prepare();
  }

  /** Makes the join ready; shows what the link says. */
  async prepare(): Promise<void> {
    const { name } = this.meeting.getState().phase;
    if (name !== 'idle' && name !== 'failed') return;
    try {
      const shown = this.meeting.admission.get().then((admitted) => this.#show(admitted));
      await Promise.all([shown, this.meeting.prepare()]);
      this.lobby.set({ status: 'ready', problem: null });
    } catch (error) {
      this.lobby.set({ status: 'failed', problem: ConclaveError.from(error) });
    }
  }

  #show({ title, fixedName, muteOnStart, waitingRoom }: Admitted): void {
    const first = !this.lobby.getState().muteOnStart;
    this.lobby.set({ title, fixedName, muteOnStart, waitingRoom });
    if (first && muteOnStart) void this.media.setMicrophone(false);
  }

  join(name: string): void {
    savePreferences({ name });
    void this.meeting.join(name);
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
    if (over || (phase.name === 'failed' && !phase.problem.retryable)) this.#stopMedia();
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
