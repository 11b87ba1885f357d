import { allowedWords, dayCost } from '../budget.ts';
import { createLeftOutLog } from '../catalog/left-out.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import type { Config } from '../config.ts';
import { expectedCost, USUAL_TOKENS } from '../domain/money.ts';
import type { Target } from '../domain/types.ts';
import { formatUsd } from '../lib/format.ts';
import { formatTargets } from '../observe/tables.ts';
import { openReader, SYSTEM_CLOCK } from '../parts.ts';
import type { Ledger } from '../ports.ts';
import { StoreError } from '../store/errors.ts';
import { type Command, EXIT } from './command.ts';
import { loadSettings } from './load-settings.ts';
import { tableLook } from './show.ts';

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
    await using ledger = await openLedger(config);
    console.stdout.write(
      `${formatTargets(found, tableLook(console))}\n${await costWords(found, config, ledger, SYSTEM_CLOCK.nowMs())}\n`,
    );
    return EXIT.done;
  },
};

/** Read beside whoever writes to it; null where there is none yet, or only the daemon can bring it up to date. */
async function openLedger(config: Config): Promise<(Ledger & AsyncDisposable) | null> {
  try {
    return await openReader(config);
  } catch (error) {
    if (error instanceof StoreError) return null;
    throw error;
  }
}

/** What a day costs by what replies cost lately, and at most; what a budget allows of it; and what today has cost so far. */
async function costWords(
  found: readonly Target[],
  config: Config,
  ledger: Ledger | null,
  nowMs: number,
): Promise<string> {
  const cost = await dayCost(found, config.schedule, ledger, nowMs);
  const most = expectedCost(found, { ...USUAL_TOKENS, completionTokens: config.maxTokens });
  const models = new Set(found.map(({ modelId }) => modelId)).size;
  const unpriced = cost.unpriced > 0 ? `; ${cost.unpriced} of models without a known price counted as the dearest` : '';
  const asked = `${found.length} targets of ${models} models, ${Math.round(cost.cyclesPerDay * 10) / 10} times a day`;
  const lines = [
    `${asked}: about ${formatUsd(cost.usdPerDay)} a day with usual replies, at most ${formatUsd(most.usd * cost.cyclesPerDay)}${unpriced}.`,
  ];
  lines.push(
    `Trying their features once a day: about ${formatUsd(cost.featuresUsdPerDay)} more. Asking those that fail again costs next to nothing and is not in it.`,
  );
  const { budgetUsdPerDay } = config.schedule;
  if (budgetUsdPerDay !== null) {
    lines.push(`The budget of ${formatUsd(budgetUsdPerDay)} a day allows ${allowedWords(cost)}.`);
  }
  const today = await ledger?.spentOn(new Date(nowMs).toISOString().slice(0, 10));
  if (today) {
    lines.push(
      `Today so far: ${formatUsd(today.knownUsd)}, and an estimated ${formatUsd(today.estimatedUsd)} of unknown cost.`,
    );
  }
  return lines.join('\n');
}
