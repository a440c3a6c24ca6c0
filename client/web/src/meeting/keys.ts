/** Keys of a meeting, in one table for the handler and for the tooltips. */
export const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

const command = (letter: string) =>
  isMac ? { shown: `⌘${letter}`, aria: `Meta+${letter}` } : { shown: `Ctrl+${letter}`, aria: `Control+${letter}` };
const commandAlt = (letter: string) =>
  isMac
    ? { shown: `⌘⌥${letter}`, aria: `Meta+Alt+${letter}` }
    : { shown: `Ctrl+Alt+${letter}`, aria: `Control+Alt+${letter}` };

export const KEYS = {
  microphone: command('D'),
  camera: command('E'),
  hand: commandAlt('H'),
  chat: commandAlt('C'),
  people: commandAlt('P'),
} as const;
