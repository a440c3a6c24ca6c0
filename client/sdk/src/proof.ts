/** Proof that a request comes from the holder of the device key; `protocol/src/proof.rs` verifies it. */
import { base64url, hex } from './base64url.js';
import type { DeviceKey } from './deviceKey.js';

export const PROOF_HEADER = 'conclave-proof';

/** For how long an edge accepts a proof, in seconds to either side of its time. */
export const PROOF_WINDOW_SECONDS = 60;

const encoder = new TextEncoder();

/** The text that is signed. */
export async function proofMessage(
  method: string,
  path: string,
  body: string,
  seconds: number,
  nonce: string,
): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', encoder.encode(body));
  const hash = hex(new Uint8Array(digest));
  return `conclave-proof-v1\n${method}\n${path}\n${hash}\n${seconds}\n${nonce}`;
}

/** The header's value: `v1.<key>.<seconds>.<nonce>.<signature>`. Each is used once. */
export async function prove(
  key: DeviceKey,
  method: string,
  path: string,
  body: string,
  seconds: number,
): Promise<string> {
  const nonce = base64url(crypto.getRandomValues(new Uint8Array(16)));
  const message = await proofMessage(method, path, body, seconds, nonce);
  const signature = base64url(await key.sign(encoder.encode(message)));
  return `v1.${key.publicKey}.${seconds}.${nonce}.${signature}`;
}
