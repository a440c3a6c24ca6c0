/** Passing messages over the stage: shown for a while, then gone by themselves. */
import { type Pid, type Readable, Store } from '@conclave/sdk';

export interface ToastAction {
  readonly label: string;
  readonly run: () => void;
}

export interface NewToast {
  readonly text: string;
  readonly action?: ToastAction;
  /** Shown only as long as this person waits before the door. */
  readonly waits?: Pid;
  /** Shown only as long as the chat is closed. */
  readonly isMessage?: boolean;
}

export interface Toast extends NewToast {
  readonly id: number;
}

const STAY_MILLIS = 4_000;
/** Whoever wants to press a button needs time to reach it. */
const STAY_WITH_ACTION_MILLIS = 10_000;
const MOST = 3;

export class ToastBoard implements Readable<readonly Toast[]> {
  readonly #store = new Store<{ toasts: readonly Toast[] }>({ toasts: [] });
  #last = 0;

  readonly getState = (): readonly Toast[] => this.#store.getState().toasts;
  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);

  show(toast: NewToast): void {
    const id = ++this.#last;
    // What is said again is not shown twice.
    const others = this.getState().filter(({ text }) => text !== toast.text);
    this.#store.set({ toasts: [...others, { ...toast, id }].slice(-MOST) });
    setTimeout(() => this.dismiss(id), toast.action ? STAY_WITH_ACTION_MILLIS : STAY_MILLIS);
  }

  dismiss(id: number): void {
    const toasts = this.getState().filter((toast) => toast.id !== id);
    if (toasts.length < this.getState().length) this.#store.set({ toasts });
  }
}
