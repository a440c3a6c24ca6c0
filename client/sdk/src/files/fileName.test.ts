import { expect, it } from 'vitest';
import { MAX_FILE_NAME_LENGTH, safeFileName, safeType } from './fileName.js';

it.each([
  ['report.pdf', 'report.pdf'],
  ['Ünïcödé – 日本.txt', 'Ünïcödé – 日本.txt'],
  ['../../etc/passwd', '_.._etc_passwd'],
  ['C:\\Windows\\a.exe', 'C__Windows_a.exe'],
  ['.bashrc', 'bashrc'],
  ['a\u0000b\n\u001bc.txt', 'abc.txt'],
  // Reads as "annexe.pdf" where direction characters count.
  ['ann\u202efdp.exe', 'annfdp.exe'],
  ['  two   spaces . ', 'two spaces'],
  ['a<b>|"?*.txt', 'a_b_____.txt'],
  ['NUL', '_NUL'],
  ['com1.txt', '_com1.txt'],
  ['...', 'file'],
  ['', 'file'],
])('%j is saved as %j', (name, safe) => {
  expect(safeFileName(name)).toBe(safe);
});

it('long names are shortened, in characters and in bytes, and keep their ending', () => {
  const long = safeFileName(`${'a'.repeat(300)}.pdf`);
  expect(long).toBe(`${'a'.repeat(MAX_FILE_NAME_LENGTH - 4)}.pdf`);
  const wide = safeFileName(`${'日'.repeat(300)}.pdf`);
  expect(new TextEncoder().encode(wide).length).toBeLessThanOrEqual(240);
  expect(wide).toMatch(/^日+\.pdf$/);
  expect(safeFileName(`a.${'b'.repeat(300)}`)).toHaveLength(MAX_FILE_NAME_LENGTH);
  expect(safeFileName('😀'.repeat(300))).toBe('😀'.repeat(60));
});

it.each([
  ['image/png', 'image/png'],
  ['IMAGE/JPEG; a=b', 'image/jpeg'],
  ['audio/ogg', 'audio/ogg'],
  ['image/svg+xml', 'application/octet-stream'],
  ['text/html', 'application/octet-stream'],
  ['application/xhtml+xml', 'application/octet-stream'],
  ['text/javascript', 'application/octet-stream'],
  ['', 'application/octet-stream'],
])('%j is shown as %j: nothing of others runs under this origin', (type, safe) => {
  expect(safeType(type)).toBe(safe);
});
