import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Route, route } from './route.ts';

const STYLES = ['tokens', 'base', 'parts', 'charts', 'pages', 'attempt', 'states'];
const YEAR_SECONDS = 365 * 24 * 3600;

const read = (name: string) => readFileSync(new URL(`./look/${name}`, import.meta.url), 'utf8');

/** Styles without what is in them for those who write them. */
const shortened = (css: string) => css.replace(/\/\*.*?\*\//gs, '').replace(/\s+/g, ' ');

/** A script of several files as one, short. It runs before anything is painted, so it is no module. */
async function bundled(name: string): Promise<string> {
  const entrypoints = [fileURLToPath(new URL(`./look/${name}`, import.meta.url))];
  const { outputs } = await Bun.build({ entrypoints, minify: true, target: 'browser', format: 'iife' });
  return outputs[0]!.text();
}

/** A file that never changes under its name, which has a hash of what is in it. */
function asset(name: string, ending: string, type: string, content: string | Uint8Array) {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
  return { id: `${name}_${ending}`, path: `/look/${name}.${hash}.${ending}`, type, content };
}

const FONT = asset(
  'geist',
  'woff2',
  'font/woff2',
  readFileSync(new URL(import.meta.resolve('@fontsource-variable/geist/files/geist-latin-wght-normal.woff2'))),
);

/** The second is Arial with the widths and heights of Geist: nothing moves when the font arrives. */
const FONT_FACES = `@font-face {
  font-family: "Geist";
  src: url("${FONT.path.replace('/look/', '')}") format("woff2");
  font-weight: 100 900;
  font-display: swap;
}
@font-face {
  font-family: "Geist fallback";
  src: local("Arial"), local("Liberation Sans"), local("Helvetica");
  size-adjust: 103%;
  ascent-override: 97%;
  descent-override: 21%;
  line-gap-override: 0%;
}
`;

const CSS = asset(
  'style',
  'css',
  'text/css; charset=utf-8',
  shortened(FONT_FACES + STYLES.map((name) => read(`${name}.css`)).join('\n')),
);
const SCRIPT = asset('script', 'js', 'text/javascript; charset=utf-8', await bundled('script/script.js'));
const ICON = asset(
  'icon',
  'svg',
  'image/svg+xml; charset=utf-8',
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><path d="M2 8v4M6 4v12M10 6.5v7M14 2v16M18 8v4" stroke="#1f4fd8" stroke-width="2" stroke-linecap="round"/></svg>',
);

/** Where a page finds what it looks like. */
export const LOOK = { css: CSS.path, script: SCRIPT.path, font: FONT.path, icon: ICON.path } as const;

/** All that a page loads comes from where the page comes from. */
export const LOOK_ROUTES: readonly Route[] = [CSS, SCRIPT, FONT, ICON].map(({ id, path, type, content }) =>
  route({
    path,
    id,
    tag: 'pages',
    summary: 'What pages look like',
    parameters: z.strictObject({}),
    keepSeconds: YEAR_SECONDS,
    restsOnKnowledge: true,
    answer: z.object({}),
    rendering: { type, text: () => content },
    handle: () => ({}),
  }),
);
