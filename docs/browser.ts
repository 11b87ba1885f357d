import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const ROOT = join(import.meta.dir, '..');
const THEMES = ['dark', 'light'] as const;
const DESK = { width: 1440, height: 1080 };
const PHONE = { width: 390, height: 844 };
/** Between phones that stand side by side. */
const GAP = 28;
/** The first has much to judge: ninety days of it. */
const CYCLES = 2;
const LONGEST_MS = 240_000;

type Pictures = Record<string, Uint8Array>;

/** Now, a model, an endpoint, and these on phones, of the demo's world. @returns WebP, by file name */
export async function photographPages(): Promise<Pictures> {
  const executablePath = browserPath();
  await using demo = await startDemo();
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--hide-scrollbars'] });
  try {
    const pages = await pagesOf(demo.url);
    const pictures: Pictures = {};
    for (const theme of THEMES) {
      const phones: Uint8Array[] = [];
      for (const [name, path] of Object.entries(pages)) {
        const { desk, phone } = await photograph(browser, `${demo.url}${path}`, theme);
        pictures[`${name}-${theme}.webp`] = await asWebp(browser, [desk], DESK);
        phones.push(phone);
      }
      pictures[`phones-${theme}.webp`] = await asWebp(browser, phones, PHONE);
    }
    return pictures;
  } finally {
    await browser.close();
  }
}

function browserPath(): string {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const path = process.env.CHROMIUM_PATH || names.map((name) => Bun.which(name)).find((found) => found !== null);
  if (path) return path;
  throw new Error(
    `Pictures of the pages need a browser, and none of ${names.join(', ')} is here.\nInstall one (Debian: apt-get install chromium; elsewhere: npx playwright-core install chromium) and, where it is not found, name it in CHROMIUM_PATH.`,
  );
}

/** The real program in its simulated world, after some cycles; gone with what it stored when disposed. */
async function startDemo() {
  const port = freePort();
  const { NO_COLOR: _, ...env } = process.env;
  const child = Bun.spawn([process.execPath, 'run', 'index.ts', 'demo', '--seed', '1', '--interval', '20'], {
    cwd: ROOT,
    env: { ...env, PORT: String(port), HOST: '127.0.0.1', PUBLIC_URL: '' },
    stdout: 'pipe',
    stderr: 'ignore',
    timeout: LONGEST_MS,
  });
  let said = '';
  const output = child.stdout.getReader();
  const decoder = new TextDecoder();
  while (said.split('INFO: cycle ended').length <= CYCLES) {
    const { done, value } = await output.read();
    if (done) throw new Error(`the demo ended too early:\n${said}`);
    said += decoder.decode(value, { stream: true });
  }
  output.releaseLock();
  const dataset = /^ {2}(demo-data\/\S+)$/m.exec(said)?.[1];
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill('SIGINT');
      await child.exited;
      if (dataset) rmSync(join(ROOT, dirname(dirname(dirname(dataset)))), { recursive: true, force: true });
    },
  };
}

/** Nobody listens there, a moment ago at least. */
function freePort(): number {
  using server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() });
  return server.port!;
}

interface Target {
  readonly model_id: string;
  readonly provider: string;
  readonly state: { readonly state: string };
}

/** What there is most to see of: an endpoint that became slow, and its model, once the program has judged that it is. */
async function pagesOf(url: string): Promise<Readonly<Record<string, string>>> {
  const target = await eventually('the demo finds no endpoint slow', async () => {
    const response = await fetch(`${url}/api/v1/targets`);
    const { targets } = (await response.json()) as { readonly targets: readonly Target[] };
    return targets.find(({ state }) => state.state === 'slow');
  });
  const model = `/models/${target.model_id}`;
  const pages = { now: '/', model, endpoint: `${model}/${target.provider}` };
  for (const path of Object.values(pages))
    await eventually(`${path} stays as it was at the start`, () => isOfNow(url + path));
  return pages;
}

/** A page may be shown as it was a while ago when it is asked for first; it is made anew meanwhile. */
async function isOfNow(url: string): Promise<boolean> {
  return (await (await fetch(url)).text()).includes('Last probe');
}

/** @throws `otherwise` when it does not come within a minute */
async function eventually<T>(otherwise: string, look: () => Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < 60; tries++) {
    const found = await look();
    if (found) return found;
    await Bun.sleep(1000);
  }
  throw new Error(otherwise);
}

async function photograph(browser: Browser, url: string, theme: (typeof THEMES)[number]) {
  const context = await browser.newContext({ colorScheme: theme, reducedMotion: 'reduce', viewport: DESK });
  const page = await context.newPage();
  await page.goto(url, { waitUntil: 'load' });
  await page.evaluate('document.fonts.ready');
  const desk = await page.screenshot();
  await page.setViewportSize(PHONE);
  const phone = await page.screenshot();
  await context.close();
  return { desk, phone };
}

/** Pictures of one size side by side. The browser has the encoder; at this quality text stays sharp, without loss they would take two to four times as much. */
async function asWebp(browser: Browser, pngs: readonly Uint8Array[], size: { width: number; height: number }) {
  const page = await browser.newPage();
  const urls = pngs.map((png) => `data:image/png;base64,${Buffer.from(png).toString('base64')}`);
  const drawing = `(async () => {
    const canvas = document.createElement('canvas');
    canvas.width = ${pngs.length * (size.width + GAP) - GAP};
    canvas.height = ${size.height};
    const drawn = canvas.getContext('2d');
    for (const [index, url] of ${JSON.stringify(urls)}.entries()) {
      const image = new Image();
      image.src = url;
      await image.decode();
      drawn.save();
      drawn.beginPath();
      drawn.roundRect(index * ${size.width + GAP}, 0, ${size.width}, ${size.height}, ${pngs.length > 1 ? 20 : 0});
      drawn.clip();
      drawn.drawImage(image, index * ${size.width + GAP}, 0);
      drawn.restore();
    }
    return canvas.toDataURL('image/webp', 0.9).split(',')[1];
  })()`;
  const base64 = await page.evaluate(drawing);
  await page.close();
  return new Uint8Array(Buffer.from(String(base64), 'base64'));
}
