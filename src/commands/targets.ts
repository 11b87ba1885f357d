import { createLeftOutLog } from '../catalog/left-out.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import { expectedCost, USUAL_TOKENS } from '../domain/money.ts';
import type { Target } from '../domain/types.ts';
import { formatUsd } from '../observe/format.ts';
import { formatTargets } from '../observe/tables.ts';
import { SYSTEM_CLOCK } from '../parts.ts';
import { type Command, EXIT } from './command.ts';
import { loadSettings } from './load-settings.ts';
import { tableLook } from './show.ts';

const DAY_MS = 24 * 3600 * 1000;

export const targets: Command = {
  usage: 'targets [--json]',
  about: 'what would be asked, and what a day of it costs',
  options: { json: { type: 'boolean' } },
  words: { min: 0, max: 0 },
  async run(_words, flags, console) {
    const { config, log } = loadSettings(console, { inference: false, hub: false }, { json: true, quiet: true });
    const io = { fetch, clock: SYSTEM_CLOCK, log, sayLeftOut: createLeftOutLog(log) };
    const reading = await readCatalog(config.catalog, io, [], console.stop);
    if (reading.kind === 'failed') {
      console.stderr.write(
        `The catalogue cannot be read:\n${reading.reasons.map((reason) => `  - ${reason}\n`).join('')}`,
      );
      return EXIT.failed;
    }
    const found = reading.catalog.targets.map((target) => ({
      ...target,
      route: config.mapping.has(target.provider) ? ('provider' as const) : ('unified' as const),
    }));
    if (flags.json === true) {
      for (const target of found) console.stdout.write(`${JSON.stringify(target)}\n`);
      return EXIT.done;
    }
    const cyclesPerDay = DAY_MS / config.schedule.intervalMs;
    console.stdout.write(
      `${formatTargets(found, tableLook(console))}\n${costWords(found, cyclesPerDay, config.maxTokens)}\n`,
    );
    return EXIT.done;
  },
};

/** What a day costs with usual replies, and at most. */
function costWords(found: readonly Target[], cyclesPerDay: number, maxTokens: number): string {
  const usual = expectedCost(found, USUAL_TOKENS);
  const most = expectedCost(found, { ...USUAL_TOKENS, completionTokens: maxTokens });
  const models = new Set(found.map(({ modelId }) => modelId)).size;
  const unpriced = usual.unpriced > 0 ? `; ${usual.unpriced} of models without a known price not counted` : '';
  const asked = `${found.length} targets of ${models} models, ${Math.round(cyclesPerDay * 10) / 10} times a day`;
  return `${asked}: about ${formatUsd(usual.usd * cyclesPerDay)} a day with usual replies, at most ${formatUsd(most.usd * cyclesPerDay)}${unpriced}.`;
}
