import { wantsColour } from '../../../src/observe/colour.ts';
import { renderTable } from '../../../src/observe/render-table.ts';
import type { FleetChaosResult } from './fleet-chaos.ts';
import { PER_PROVIDER } from './plan.ts';

export function fleetReport(result: FleetChaosResult, seed: number): string {
  const { tallies, lost, doubled, problems, acknowledged, cycles, fenced, unasked, repeats, peak, seconds } = result;
  const columns = [{ title: 'what befell it' }, { title: 'times', align: 'right' as const }];
  const cells = (...texts: readonly (string | number)[]) => ({ cells: texts.map((text) => ({ text: String(text) })) });
  const kills = tallies.values().reduce((sum, n) => sum + n, 0);
  const look = { width: process.stdout.columns ?? 80, colour: wantsColour(process.stdout, process.env) };
  return [
    renderTable(columns, [...[...tallies].map(([act, times]) => cells(act, times)), cells('all', kills)], look),
    `\n${acknowledged} records acknowledged in ${cycles} cycles; ${unasked} probes that nobody was there to ask, ${fenced} attempts told of too late\n`,
    `repeated requests: ${repeats}; per worker killed ${inWords(result.repeatsPerKill, 0)}\n`,
    `fail-over in ms: ${inWords(result.failOvers, 0)}\n`,
    `requests of one provider under way at once, of ${PER_PROVIDER} allowed: at most ${peak.counted}; ${peak.afterAlone} while and after workers asked alone; ${peak.all} with workers paused and cut off\n`,
    `USD spent beyond the budget: ${inWords(result.overspentUsd, 4)}\n`,
    `${lost.length} lost, ${doubled.length} doubled; seed ${seed}, ${seconds.toFixed(0)} s\n`,
    ...lost.slice(0, 20).map((id) => `- lost: ${id}\n`),
    ...doubled.slice(0, 20).map((id) => `- doubled: ${id}\n`),
    ...problems.map((problem) => `- ${problem}\n`),
  ].join('');
}

function inWords(values: readonly number[], digits: number): string {
  if (values.length === 0) return 'not seen';
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)]!;
  return `${median.toFixed(digits)} (median of ${sorted.length}), ${sorted.at(-1)!.toFixed(digits)} (most)`;
}
