import { expect, it } from 'vitest';
import { fromBase64url } from './base64url.js';
import { asDeviceKey, generateKeyPair } from './deviceKey.js';
import { proofMessage, prove } from './proof.js';

const body = '{"token":"t"}';

it('signs the text that protocol/src/proof.rs verifies', async () => {
  // The hash is `printf '{}' | sha256sum`.
  expect(await proofMessage('POST', '/v1/join', '{}', 1000, 'n')).toBe(
    'conclave-proof-v1\nPOST\n/v1/join\n' +
      '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\n1000\nn',
  );
});

it('is a header of five parts whose signature the key verifies', async () => {
  const pair = await generateKeyPair();
  const key = await asDeviceKey(pair);
  const header = await prove(key, 'POST', '/v1/join', body, 1_700_000_000);
  const [version, publicKey, time, nonce, signature] = header.split('.');
  expect([version, publicKey, time]).toEqual(['v1', key.publicKey, '1700000000']);
  expect(header).toMatch(/^[\w.-]+$/);
  expect(fromBase64url(nonce ?? '')).toHaveLength(16);
  const message = await proofMessage('POST', '/v1/join', body, 1_700_000_000, nonce ?? '');
  const verified = await crypto.subtle.verify(
    'Ed25519',
    pair.publicKey,
    fromBase64url(signature ?? ''),
    new TextEncoder().encode(message),
  );
  expect(verified).toBe(true);
});

it('is another one each time', async () => {
  const key = await asDeviceKey(await generateKeyPair());
  const make = () => prove(key, 'POST', '/v1/join', body, 1);
  expect(await make()).not.toBe(await make());
});

it('comes from a key that cannot be taken out', async () => {
  const { privateKey } = await generateKeyPair();
  await expect(crypto.subtle.exportKey('pkcs8', privateKey)).rejects.toThrow();
});
