/** For tests: the secrecy of a room that is not encrypted. */
import { vi } from 'vitest';
import type { Secrecy } from './secrecy.js';

export function plainRoom() {
  return {
    isOn: false,
    security: { mode: 'off' },
    learn: vi.fn(async () => undefined),
    unlocked: vi.fn(async () => undefined),
    nameOf: () => undefined,
    isTrusted: () => false,
    begin: vi.fn(async () => undefined),
    check: vi.fn(async () => undefined),
    protect: vi.fn(),
    assign: vi.fn(),
    forget: vi.fn(),
  } as unknown as Secrecy;
}
