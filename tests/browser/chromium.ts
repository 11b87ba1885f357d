import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const PATH = process.env.CHROMIUM_PATH || NAMES.map((name) => Bun.which(name)).find((found) => found !== null);

/** `.ci/run` installs a browser: none there is a failure; elsewhere what needs one is skipped, which is said. */
export const IS_SKIPPED = !PATH && process.env.CI !== 'true';

/** @param what is not tested without a browser */
export function saySkipped(what: string): void {
  if (IS_SKIPPED) console.warn(`Skipped, for there is no browser (${NAMES.join(', ')}, or CHROMIUM_PATH): ${what}.`);
}

/** @throws where there is none */
export async function openBrowser(): Promise<Browser> {
  if (!PATH) throw new Error(`these tests need a browser: ${NAMES.join(', ')}, or CHROMIUM_PATH`);
  return chromium.launch({ executablePath: PATH, args: ['--no-sandbox'] });
}
