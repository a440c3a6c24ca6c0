/** What a running process has in its memory. */
import { open, readFile } from 'node:fs/promises';

/** The kernel's own, which nobody can read this way and no program writes. */
const KERNELS = new Set(['[vvar]', '[vvar_vclock]', '[vsyscall]', '[vdso]']);

/**
 * All that the process `pid` could read itself: each range of addresses by itself.
 * @param {number} pid
 * @returns {Promise<Buffer[]>}
 * @throws Where this may not be read: what was not looked at proves nothing.
 */
export async function memoryOf(pid) {
  const memory = await open(`/proc/${pid}/mem`).catch((/** @type {Error} */ cause) => {
    throw new Error(`the memory of process ${pid} may not be read: this test needs root, or CAP_SYS_PTRACE`, { cause });
  });
  try {
    const parts = [];
    for (const range of await rangesOf(pid)) parts.push(await bytesOf(memory, pid, range));
    return parts;
  } finally {
    await memory.close();
  }
}

/** @typedef {{ start: number, end: number }} Range */

/** Those that can be read. @param {number} pid @returns {Promise<Range[]>} */
async function rangesOf(pid) {
  const lines = (await readFile(`/proc/${pid}/maps`, 'utf8')).trimEnd().split('\n');
  return lines.flatMap((line) => {
    const [addresses = '', rights = '', , , , name = ''] = line.split(/\s+/);
    const [start = 0, end = 0] = addresses.split('-').map((address) => Number.parseInt(address, 16));
    return rights.startsWith('r') && !KERNELS.has(name) ? [{ start, end }] : [];
  });
}

/** @param {import('node:fs/promises').FileHandle} memory @param {number} pid @param {Range} range */
async function bytesOf(memory, pid, { start, end }) {
  const bytes = Buffer.alloc(end - start);
  let length = 0;
  try {
    while (length < bytes.length) {
      const { bytesRead } = await memory.read(bytes, length, bytes.length - length, start + length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
  } catch (cause) {
    // Given back meanwhile; anything else was not looked at.
    const gone = !(await rangesOf(pid)).some((now) => now.start <= start && now.end >= end);
    if (!gone) throw new Error(`cannot read ${start.toString(16)}-${end.toString(16)} of process ${pid}`, { cause });
  }
  return bytes.subarray(0, length);
}
