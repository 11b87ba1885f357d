import { join } from 'node:path';

const COLUMNS = 104;
const CELL = { width: 7.83, height: 18 };
const MARGIN = { x: 20, top: 52, bottom: 18 };
const COMMAND = ['demo', '--cycles', '1', '--interval', '20', '--seed', '1'];

/** Dark theme of the dashboard's design. */
const COLOURS = { page: '#0E1114', bar: '#151A1E', rule: '#262D32', ink: '#E9EDEC', ink2: '#A3AEB1' };
const STYLES: Readonly<Record<number, string>> = {
  1: 'font-weight:600',
  2: `fill:${COLOURS.ink2}`,
  31: 'fill:#FF8A73',
  32: 'fill:#4CC9AC',
  33: 'fill:#F2B84B',
  36: 'fill:#8FB0FF',
  90: `fill:${COLOURS.ink2}`,
};

/** Select Graphic Rendition, the one kind of sequence that is left on the screen. */
const STYLING = new RegExp(`(${'\u001b'}\\[[\\d;]*m)`);

const root = join(import.meta.dir, '..');

/** Runs the demo in a terminal of its own and draws what a person sees there, as SVG. */
export async function drawTerminal(): Promise<string> {
  return drawn(screenOf(await run()));
}

/** Everything the program wrote to its terminal. */
async function run(): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  const { NO_COLOR: _, ...env } = process.env;
  const child = Bun.spawn([process.execPath, 'run', 'index.ts', ...COMMAND], {
    cwd: root,
    env: { ...env, TERM: 'xterm-256color', TZ: 'UTC' },
    terminal: {
      cols: COLUMNS,
      rows: 60,
      data(_terminal, bytes) {
        text += decoder.decode(bytes, { stream: true });
      },
    },
  });
  if ((await child.exited) !== 0) throw new Error(`the demo failed:\n${text}`);
  return text;
}

/** The lines as they stand in the end: what was erased by the progress line is gone. */
function screenOf(text: string): readonly string[] {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const last = lines.map((line) => Bun.sliceAnsi(line.split('\u001b[2K').at(-1)!, 0, COLUMNS, '…'));
  return last.join('\n').trimEnd().split('\n');
}

function drawn(lines: readonly string[]): string {
  const width = Math.ceil(COLUMNS * CELL.width + 2 * MARGIN.x);
  const height = MARGIN.top + lines.length * CELL.height + MARGIN.bottom;
  const rows = lines.map((line, i) => {
    const y = MARGIN.top + (i + 0.72) * CELL.height;
    return line === '' ? '' : `<text x="${MARGIN.x}" y="${y.toFixed(1)}">${spansOf(line)}</text>\n`;
  });
  const dots = [0, 1, 2].map((i) => `<circle cx="${24 + 18 * i}" cy="18" r="5.5" fill="${COLOURS.rule}"/>`).join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="npm run demo in a terminal: a table of models and providers with outcome, first token, output speed, tokens, correctness and cost">
<style>text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:${COLOURS.ink};white-space:pre}</style>
<rect width="${width}" height="${height}" rx="10" fill="${COLOURS.page}"/>
<path d="M0 36V10A10 10 0 0 1 10 0H${width - 10}A10 10 0 0 1 ${width} 10V36Z" fill="${COLOURS.bar}"/>${dots}
<text x="${width / 2}" y="22.5" text-anchor="middle" style="fill:${COLOURS.ink2}">npm run demo</text>
${rows.join('')}</svg>
`;
}

/** Stretches of one style become spans; each has its own place, so that no font can move a column. */
function spansOf(line: string): string {
  let styles: readonly number[] = [];
  let column = 0;
  let spans = '';
  for (const part of line.split(STYLING)) {
    const codes = STYLING.exec(part)?.[1]?.slice(2, -1);
    if (codes !== undefined) {
      const given = codes.split(';').map(Number);
      styles = given.reduce<readonly number[]>((now, code) => styleAfter(now, code), styles);
      continue;
    }
    if (part === '') continue;
    const style = styles.map((code) => STYLES[code] ?? '').join(';');
    const x = (MARGIN.x + column * CELL.width).toFixed(1);
    const length = (Bun.stringWidth(part) * CELL.width).toFixed(1);
    spans += `<tspan x="${x}" textLength="${length}" lengthAdjust="spacing"${style && ` style="${style}"`}>${Bun.escapeHTML(part)}</tspan>`;
    column += Bun.stringWidth(part);
  }
  return spans;
}

function styleAfter(now: readonly number[], code: number): readonly number[] {
  if (code === 0) return [];
  if (code === 22) return now.filter((each) => each > 2);
  if (code === 39) return now.filter((each) => each < 30);
  return code >= 30 ? [...now.filter((each) => each < 30), code] : [...now, code];
}
