/** In which format to record, and under which name. Pure. */
import { safeFileName } from '../files/fileName.js';

/**
 * What is tried, first what costs least: a recording must not take from the meeting what it needs,
 * and VP8 is encoded in half of VP9's time.
 */
const TYPES = [
  'video/webm;codecs=vp8,opus',
  'video/webm;codecs=vp9,opus',
  'video/webm',
  'video/mp4;codecs=avc1.42E01F,mp4a.40.2',
  'video/mp4',
] as const;

/** The format for this browser, or undefined where it knows none of them. */
export function recordingType(isSupported: (type: string) => boolean): string | undefined {
  return TYPES.find((type) => isSupported(type));
}

/** The type without its codecs. */
export function containerOf(type: string): string {
  return type.split(';')[0]!;
}

/** The file's ending, with its dot. */
export function endingOf(type: string): string {
  return containerOf(type) === 'video/mp4' ? '.mp4' : '.webm';
}

/** Characters of a title in a name: with the time it is short enough in any writing. */
const MAX_TITLE = 50;

/** For example `Weekly review 2026-03-01 14.05.webm`, by this device's clock. */
export function recordingName(title: string, begun: Date, type: string): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [begun.getFullYear(), two(begun.getMonth() + 1), two(begun.getDate())].join('-');
  const time = `${two(begun.getHours())}.${two(begun.getMinutes())}`;
  const what = [...safeFileName(title, 'Recording')].slice(0, MAX_TITLE).join('').trim();
  return safeFileName(`${what} ${day} ${time}${endingOf(type)}`);
}
