import { type Column, type Row, renderTable } from '../src/observe/render-table.ts';
import { type Bench, type Figure, type Goal, isMet, partsOf, type Value } from './bench.ts';
import type { Stalls } from './machine.ts';

/** One bench, run. */
export interface Report {
  readonly name: string;
  readonly bench: Pick<Bench, 'about' | 'goals'>;
  readonly figures: readonly Figure[];
  readonly seconds: number;
  /** Load average before and after. */
  readonly load: readonly [number, number];
  readonly stalls: Stalls;
}

export interface Look {
  /** What comes before the first table. */
  head(machine: string): string;
  table(report: Report): string;
}

export const TEXT: Look = {
  head: (machine) => `${machine}\n`,
  table(report) {
    const [titles, ...rows] = cellsOf(report);
    const columns = titles!.map((title, i): Column => ({ title, align: i === 0 ? 'left' : 'right' }));
    const shown = rows.map((cells): Row => ({ cells: cells.map((text) => ({ text, ...styleOf(text) })) }));
    const table = renderTable(columns, shown, {
      width: Number.POSITIVE_INFINITY,
      colour: process.stdout.isTTY === true,
    });
    return `\n${report.name}: ${report.bench.about}\n${table}  ${circumstances(report)}\n`;
  },
};

export const MARKDOWN: Look = {
  head: (machine) => `${machine}\n`,
  table(report) {
    const [titles, ...rows] = cellsOf(report);
    const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
    const rule = `|${titles!.map((_, i) => (i === 0 ? '---|' : '--:|')).join('')}\n`;
    const body = rows.map(line).join('');
    return `\n**${report.name}**: ${report.bench.about}\n\n${line(titles!)}${rule}${body}\n${circumstances(report)}\n`;
  },
};

export const JSON_LINES: Look = {
  head: (machine) => `${JSON.stringify({ machine })}\n`,
  table({ name, bench, figures, seconds, load, stalls }) {
    const lines = figures.map((figure) => {
      const goal = bench.goals[figure.name];
      return { bench: name, ...figure, goal: goal ?? null, met: isMet(figure, goal) };
    });
    return [...lines, { bench: name, seconds, load, stalls }].map((line) => `${JSON.stringify(line)}\n`).join('');
  },
};

/** How many goals are missed, and how many could not be judged. */
export function tally(reports: readonly Report[]): {
  readonly met: number;
  readonly missed: number;
  readonly unjudged: number;
} {
  const verdicts = reports.flatMap(({ bench, figures }) =>
    Object.entries(bench.goals).map(([name, goal]) => {
      const figure = figures.find((each) => each.name === name);
      return figure === undefined ? null : isMet(figure, goal);
    }),
  );
  const count = (verdict: boolean | null) => verdicts.filter((each) => each === verdict).length;
  return { met: count(true), missed: count(false), unjudged: count(null) };
}

/** Titles first; a peer that no figure has gets no column. */
function cellsOf({ bench, figures }: Report): readonly (readonly string[])[] {
  const peers = [...new Set(figures.flatMap((figure) => Object.keys(figure.peers ?? {})))];
  const titles = ['figure', 'unit', 'this tracker', 'goal', 'met', ...peers];
  const rows = figures.map((figure) => {
    const goal = bench.goals[figure.name];
    const theirs = peers.map((peer) => shown(figure.peers?.[peer] ?? null));
    return [figure.name, figure.unit, shown(figure.ours), wording(goal), verdict(figure, goal), ...theirs];
  });
  return [titles, ...rows];
}

function wording(goal: Goal | undefined): string {
  if (goal === undefined) return '';
  const { atMost, atMostTimes, aheadInFirst } = goal;
  return [
    ...(atMost === undefined ? [] : [`≤ ${shown(atMost)}`]),
    ...(atMostTimes === undefined ? [] : [`≤ ${atMostTimes.times} × ${atMostTimes.peer}`]),
    ...(aheadInFirst === undefined ? [] : ['ahead']),
  ].join(', ');
}

function verdict(figure: Figure, goal: Goal | undefined): string {
  if (goal === undefined) return '';
  const met = isMet(figure, goal);
  return met === null ? 'unknown' : met ? 'met' : 'MISSED';
}

const styleOf = (text: string) =>
  text === 'MISSED' ? { style: 'red' as const } : text === 'met' ? { style: 'green' as const } : {};

const shown = (value: Value) => partsOf(value).map(digits).join(' / ');

/** Three significant digits, no exponent. */
function digits(value: number | null): string {
  if (value === null) return '–';
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

function circumstances({ seconds, load, stalls }: Report): string {
  const { p50Ms, p99Ms, maxMs } = stalls;
  const stalled = [p50Ms, p99Ms, maxMs].map((ms) => digits(ms)).join(' / ');
  return `${Math.round(seconds)} s; load average ${load.map((each) => each.toFixed(1)).join(' before, ')} after; the machine's own stalls ${stalled} ms (p50 / p99 / max of a thread that only waits)`;
}
