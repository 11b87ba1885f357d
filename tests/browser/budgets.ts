import { describe, expect, test } from 'bun:test';
import type { Page } from 'playwright-core';
import { LOOK } from '../../src/web/look.ts';
import { IS_SKIPPED } from './chromium.ts';
import { eachPage, type Place, sharedBrowser } from './shared.ts';

const FIRST_LOAD_BYTES = 60_000;
const SCRIPT_BYTES = 6_000;

/** What a reader who was never here is sent, headers included. Bytes by path, compressed as they come; of scripts, as they are read. */
async function firstLoadOf(page: Page, { url, address }: Place) {
  const network = await page.context().newCDPSession(page);
  try {
    const paths = new Map<string, { path: string; isScript: boolean }>();
    const sent: Record<string, number> = {};
    let scriptBytes = 0;
    await network.send('Network.enable');
    await network.send('Network.setCacheDisabled', { cacheDisabled: true });
    network.on('Network.requestWillBeSent', ({ requestId, request, type }) =>
      paths.set(requestId, { path: new URL(request.url).pathname, isScript: type === 'Script' }),
    );
    network.on('Network.dataReceived', ({ requestId, dataLength }) => {
      if (paths.get(requestId)?.isScript) scriptBytes += dataLength;
    });
    network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const asked = paths.get(requestId);
      if (asked) sent[asked.path] = encodedDataLength; // nothing of the page before
    });
    await page.goto(`${url}${address}`, { waitUntil: 'load' });
    await page.evaluate('document.fonts.ready.then(() => null)');
    return { sent, scriptBytes };
  } finally {
    await network.detach();
  }
}

describe.skipIf(IS_SKIPPED)('the first visit of a browser', () => {
  test('is under 60 KB on every page, with styles, script, font and icon; the script has under 6 KB', async () => {
    const wrong: string[] = [];
    await using context = await (await sharedBrowser()).newContext();
    const page = await context.newPage();
    for (const place of await eachPage()) {
      const { url, address } = place;
      const { sent, scriptBytes } = await firstLoadOf(page, place);
      const icon = await fetch(`${url}${LOOK.icon}`, { headers: { 'accept-encoding': 'gzip' }, decompress: false });
      const all = { [LOOK.icon]: (await icon.arrayBuffer()).byteLength, ...sent }; // a browser without a window asks for no icon
      const bytes = Object.values(all).reduce((sum, each) => sum + each, 0);
      const missing = [address.replace(/\?.*/, ''), LOOK.css, LOOK.script, LOOK.font].filter((path) => !all[path]);
      if (missing.length > 0) wrong.push(`${address}: ${missing.join(', ')} did not come`);
      if (bytes >= FIRST_LOAD_BYTES) wrong.push(`${address}: ${bytes} bytes, ${JSON.stringify(all)}`);
      if (scriptBytes >= SCRIPT_BYTES) wrong.push(`${address}: ${scriptBytes} bytes of script`);
    }
    expect(wrong).toEqual([]);
  });
});
