import type { BrowserContext, Page } from 'playwright-core';
import type { Place } from './shared.ts';

/** A page in a browser, and what went wrong on it. */
export interface Visit {
  readonly page: Page;
  /** What the browser complained of, ran, refused or asked of others, since last asked. */
  troubles(): Promise<readonly string[]>;
  /** From one place to the next in the same page: to open another costs the browser four times as much as to load one. */
  go(place: Place): Promise<void>;
}

const LISTEN = `
  window.refused = [];
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
    window.refused.push('refused: ' + violatedDirective + ' ' + blockedURI));
`;

/** A page that was nowhere yet. */
export async function visit(context: BrowserContext): Promise<Visit> {
  const page = await context.newPage();
  let home = '';
  const troubles: string[] = [];
  await page.addInitScript(LISTEN);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.push(`said: ${message.text()}`);
  });
  page.on('pageerror', (error) => troubles.push(`threw: ${error}`));
  page.on('dialog', async (dialog) => {
    troubles.push(`ran: ${dialog.message()}`);
    await dialog.dismiss();
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== home && protocol !== 'data:') troubles.push(`asked: ${request.url()}`);
  });
  return {
    page,
    async troubles() {
      const refused = (await page.evaluate('window.refused ?? []')) as readonly string[];
      return [...troubles.splice(0), ...refused];
    },
    async go({ url, address }) {
      home = url;
      await page.goto(`${url}${address}`, { waitUntil: 'load' });
      await page.evaluate('document.fonts.ready.then(() => null)');
    },
  };
}
