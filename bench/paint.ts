import { type Browser, chromium, type Page } from 'playwright-core';
import type { Bench, Figure } from './bench.ts';
import { openDashboardWorld } from './dashboard-world.ts';
import { addressIn, PAGES } from './page-paths.ts';
import { median } from './statistics.ts';

const SIZES = [
  { name: '50 targets', models: 5 },
  { name: '1,000 targets', models: 100 },
] as const;
/** As they are without further questions. */
const ASKED = PAGES.filter(({ query }) => query === '');
/** A first visit takes no more, on any page. */
const FIRST_LOAD_KB = 60;
const SEED = 1;
const TIMES = 7;
/** Segments of the controls: what is shown, over how long. */
const SEGMENT = 'main .segments a:not([aria-current])';
const CLICK = 'click on a segment of Now until its answer is painted';

// What runs in the browser is text here: this program has no document.
const TWO_FRAMES = 'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true))))';
const PAINTED = `(async () => {
  await document.fonts.ready;
  await ${TWO_FRAMES};
  const largestMs = await new Promise((resolve) =>
    new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime)).observe({
      type: 'largest-contentful-paint',
      buffered: true,
    }),
  );
  const loaded = performance.getEntries().filter((entry) => 'transferSize' in entry);
  return {
    firstMs: performance.getEntriesByName('first-contentful-paint')[0].startTime,
    largestMs,
    bytes: loaded.reduce((sum, { transferSize }) => sum + transferSize, 0),
  };
})()`;
/** ms from a click, as the browser has it, until the frame after the answer: whoever clicks from outside is not a part of it. */
const SHOWN = (href: string) => `new Promise((resolve, reject) => {
  setTimeout(reject, 10_000, new Error('not shown within ten seconds: ' + ${JSON.stringify(href)}));
  const isShown = () =>
    location.pathname + location.search === ${JSON.stringify(href)} && document.querySelector('main:not([aria-busy=true])');
  const look = (beganMs) =>
    requestAnimationFrame(() => {
      if (isShown()) requestAnimationFrame(() => resolve(performance.now() - beganMs));
      else look(beganMs);
    });
  addEventListener('click', ({ timeStamp }) => look(timeStamp), { capture: true, once: true });
})`;

export const paint: Bench = {
  about:
    'in Chromium without a window, 1440 × 900, after three days: first and largest contentful paint of a browser that never was here (“cold”) and of one that has style, script and font (“warm”), from the start of the navigation; bytes of the first load over the wire; a click on a segment until the frame after the answer, by the clock of the browser',
  goals: Object.fromEntries(
    SIZES.flatMap(({ name }) => [
      [`${name}: ${CLICK}`, { atMost: [100] }],
      ...ASKED.map((page) => [`${name}: ${page.name}, first load`, { atMost: FIRST_LOAD_KB }]),
    ]),
  ),
  async run({ quick, progress }) {
    const executablePath = Bun.which('chromium') ?? Bun.which('chromium-browser') ?? Bun.which('google-chrome');
    if (executablePath === null) return [{ name: 'there is no Chromium on this machine', unit: '', ours: null }];
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    try {
      const figures: Figure[] = [{ name: 'seed', unit: String(SEED), ours: null }];
      for (const { name, models } of quick ? SIZES.slice(0, 1) : SIZES) {
        await using world = await openDashboardWorld({
          seed: SEED,
          models,
          providers: 10,
          heldBack: 1,
          rowDays: 3,
          progress,
        });
        const address = await addressIn(world);
        for (const page of ASKED) {
          const path = address(page);
          if (path === null) continue;
          progress(`${name}: ${page.name}`);
          figures.push(...(await paintsOf(`${name}: ${page.name}`, world.url + path, browser, quick ? 2 : TIMES)));
        }
        progress(`${name}: clicks`);
        const clicks = await clicksOn(`${world.url}/`, browser, quick ? 2 : TIMES);
        figures.push({ name: `${name}: ${CLICK}`, unit: 'ms, p50 / max', ours: [median(clicks), Math.max(...clicks)] });
      }
      return figures;
    } finally {
      await browser.close();
    }
  },
};

async function paintsOf(name: string, url: string, browser: Browser, times: number): Promise<readonly Figure[]> {
  const cold: Paint[] = [];
  const warm: Paint[] = [];
  for (let i = 0; i < times; i++) {
    const page = await openPage(browser);
    cold.push(await paintOf(page, url));
    warm.push(await paintOf(page, url));
    await page.context().close();
  }
  const unit = 'ms, FCP p50 / max / LCP p50';
  const figure = (paints: readonly Paint[]) => {
    const first = paints.map(({ firstMs }) => firstMs);
    return [median(first), Math.max(...first), median(paints.map(({ largestMs }) => largestMs))];
  };
  return [
    { name: `${name}, cold`, unit, ours: figure(cold) },
    { name: `${name}, warm`, unit, ours: figure(warm) },
    { name: `${name}, first load`, unit: 'kB', ours: cold[0]!.bytes / 1000 },
  ];
}

const openPage = async (browser: Browser) =>
  (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();

interface Paint {
  readonly firstMs: number;
  readonly largestMs: number;
  readonly bytes: number;
}

async function paintOf(page: Page, url: string): Promise<Paint> {
  await page.goto(url, { waitUntil: 'load' });
  return page.evaluate<Paint>(PAINTED);
}

async function clicksOn(url: string, browser: Browser, times: number): Promise<readonly number[]> {
  const page = await openPage(browser);
  await page.goto(url, { waitUntil: 'load' });
  const taken: number[] = [];
  for (let i = 0; i <= times; i++) {
    const segment = page.locator(SEGMENT).nth(i % 3);
    const href = (await segment.getAttribute('href'))!;
    const [shownMs] = await Promise.all([page.evaluate<number>(SHOWN(href)), segment.click({ noWaitAfter: true })]);
    if (i > 0) taken.push(shownMs);
  }
  await page.context().close();
  return taken;
}
