/** The data channel of one connection, through which the node relays between two people of the room. */
import type { RelayPipe } from './files/exchange.js';
import type { RelayKind } from './files/messages.js';
import type { Pid } from './protocol.js';

/** A participant's id stands first, in ASCII, then one byte that says what it is. */
const PID_BYTES = 26;
const KINDS: readonly RelayKind[] = ['ask', 'data'];
/** Below this more can be sent, in bytes. */
const LOW = 64 * 1024;

/** Calls back with the pipe when the channel is open, and when it is closed. */
export function watchRelay(channel: RTCDataChannel, up: (pipe: RelayPipe) => void, down: () => void): void {
  const pipe: RelayPipe = {
    onMessage: () => undefined,
    onDrain: () => undefined,
    get bufferedAmount() {
      return channel.bufferedAmount;
    },
    send(to, kind, body) {
      if (channel.readyState !== 'open') return false;
      try {
        channel.send(framed(to, kind, body));
        return true;
      } catch {
        // The browser's own queue is full.
        return false;
      }
    },
  };
  channel.bufferedAmountLowThreshold = LOW;
  channel.onbufferedamountlow = () => pipe.onDrain();
  channel.onopen = () => up(pipe);
  channel.onclose = down;
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    const message = data instanceof ArrayBuffer ? unframed(data) : undefined;
    if (message) pipe.onMessage(message.from, message.kind, message.body);
  };
  if (channel.readyState === 'open') up(pipe);
}

export function framed(to: Pid, kind: RelayKind, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(PID_BYTES + 1 + body.length);
  new TextEncoder().encodeInto(to, bytes.subarray(0, PID_BYTES));
  bytes[PID_BYTES] = KINDS.indexOf(kind);
  bytes.set(body, PID_BYTES + 1);
  return bytes;
}

/** Nothing where it is no message of the node's. */
export function unframed(data: ArrayBuffer): { from: Pid; kind: RelayKind; body: Uint8Array<ArrayBuffer> } | undefined {
  const bytes = new Uint8Array(data);
  const kind = KINDS[bytes[PID_BYTES] ?? -1];
  if (!kind) return undefined;
  return { from: new TextDecoder().decode(bytes.subarray(0, PID_BYTES)), kind, body: bytes.slice(PID_BYTES + 1) };
}
