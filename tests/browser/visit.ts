import type { BrowserContext, Page } from 'playwright-core';

/** A page in a browser, and what went wrong on it. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** What the browser complained of, ran, refused or asked of others. */
  troubles(): Promise<readonly string[]>;
  /** The first time, another address, another size. */
  go(address: string): Promise<void>;
}

const LISTEN = `
  window.refused = [];
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
    window.refused.push('refused: ' + violatedDirective + ' ' + blockedURI));
`;

export async function visit(context: BrowserContext, url: string): Promise<Visit> {
  const page = await context.newPage();
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
    if (origin !== url && protocol !== 'data:') troubles.push(`asked: ${request.url()}`);
  });
  return {
    page,
    async troubles() {
      const refused = (await page.evaluate('window.refused ?? []')) as readonly string[];
      return [...troubles.splice(0), ...refused];
    },
    async go(address) {
      await page.goto(`${url}${address}`, { waitUntil: 'load' });
      await page.evaluate('document.fonts.ready.then(() => null)');
    },
    [Symbol.asyncDispose]: () => page.close(),
  };
}
