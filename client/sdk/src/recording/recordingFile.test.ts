import { expect, it } from 'vitest';
import { containerOf, endingOf, recordingName, recordingType } from './recordingFile.js';

it('takes the first format that the browser knows', () => {
  expect(recordingType(() => true)).toBe('video/webm;codecs=vp8,opus');
  expect(recordingType((type) => type.startsWith('video/mp4'))).toBe('video/mp4;codecs=avc1.42E01F,mp4a.40.2');
  expect(recordingType(() => false)).toBeUndefined();
});

it('is named after the meeting and its day, whatever the meeting is called', () => {
  const begun = new Date(2026, 2, 1, 9, 5);
  const webm = 'video/webm;codecs=vp8,opus';
  expect(recordingName('Weekly review', begun, webm)).toBe('Weekly review 2026-03-01 09.05.webm');
  expect(recordingName('', begun, 'video/mp4')).toBe('Recording 2026-03-01 09.05.mp4');
  expect(recordingName('../a:b', begun, 'video/mp4')).toBe('_a_b 2026-03-01 09.05.mp4');
  expect(recordingName('日'.repeat(300), begun, 'video/webm')).toMatch(/^日+ 2026-03-01 09\.05\.webm$/);
});

it('knows container and ending', () => {
  expect([containerOf('video/webm;codecs=vp9'), endingOf('video/webm;codecs=vp9')]).toEqual(['video/webm', '.webm']);
  expect(endingOf('video/mp4;codecs=a')).toBe('.mp4');
});
