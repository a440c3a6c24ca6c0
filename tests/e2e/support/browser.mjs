/** Chromium with a fake camera and microphone. */
import { chromium } from 'playwright-core';

const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  // A page that is not in front still has to draw and measure.
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
];

/**
 * A browser with a fresh profile.
 * @param {{ devices?: 'fake' | 'denied', flags?: string[] }} [options]
 */
export function openBrowser({ devices = 'fake', flags = [] } = {}) {
  const denied = devices === 'denied' ? ['--deny-permission-prompts'] : [];
  const own = FLAGS.filter((flag) => devices === 'fake' || flag !== '--use-fake-ui-for-media-stream');
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // Playwright's own headless flag means another build of Chromium.
    headless: false,
    args: [...own, ...denied, ...flags],
  });
}
