/** A sound that a voice detector takes for speech, as a WAV file. */

const RATE = 48_000;
const SECONDS = 4;

/** Syllables: harmonics of 140 Hz that swell four times a second. */
export function speechLike() {
  const samples = Int16Array.from({ length: RATE * SECONDS }, (_, i) => {
    const t = i / RATE;
    const swell = 0.55 + 0.45 * Math.sin(2 * Math.PI * 4 * t);
    const voice = [1, 2, 3, 4, 6].reduce((sum, n) => sum + Math.sin(2 * Math.PI * 140 * n * t) / n, 0);
    return Math.round(9_000 * swell * voice / 2);
  });
  const data = Buffer.from(samples.buffer);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}
