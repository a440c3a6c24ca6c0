/** Names and types of files that others chose, made fit to be saved and shown here. */

/** Longest name of a saved file, in characters. */
export const MAX_FILE_NAME_LENGTH = 120;
/** File systems count in bytes. */
const MAX_NAME_BYTES = 240;
const MAX_ENDING_LENGTH = 16;

/** What Windows takes for devices, whatever the ending. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * A name without anything that leads elsewhere or reads as something else: no separators, no
 * control or direction characters, nothing that a file system refuses. Keeps the ending.
 */
export function safeFileName(name: string, fallback = 'file'): string {
  const plain = name
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '')
    .replaceAll(/[/\\<>:"|?*]/g, '_')
    .replaceAll(/\s+/g, ' ')
    .replace(/^[. ]+/, '')
    .replace(/[. ]+$/, '');
  if (plain === '') return fallback;
  return shortened(DEVICES.test(plain) ? `_${plain}` : plain);
}

function shortened(name: string): string {
  if (fits(name)) return name;
  const dot = name.lastIndexOf('.');
  const hasEnding = dot > 0 && name.length - dot <= MAX_ENDING_LENGTH;
  const ending = hasEnding ? name.slice(dot) : '';
  const characters = [...(hasEnding ? name.slice(0, dot) : name)].slice(0, MAX_FILE_NAME_LENGTH);
  while (!fits(characters.join('') + ending)) characters.pop();
  return characters.join('').replace(/[. ]+$/, '') + ending;
}

function fits(name: string): boolean {
  return [...name].length <= MAX_FILE_NAME_LENGTH && new TextEncoder().encode(name).length <= MAX_NAME_BYTES;
}

/** Types that a browser shows without running anything in them. */
const SHOWN =
  /^(image\/(png|jpeg|gif|webp|avif|bmp)|audio\/[\w.+-]+|video\/[\w.+-]+|application\/pdf|text\/plain)$/;

/** `type` where a page may open it under its own origin; else one that is only ever saved. */
export function safeType(type: string): string {
  const plain = type.toLowerCase().split(';')[0]!.trim();
  return SHOWN.test(plain) ? plain : 'application/octet-stream';
}
