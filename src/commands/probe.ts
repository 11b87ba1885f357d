import { createLeftOutLog } from '../catalog/left-out.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import { cycleId } from '../domain/ids.ts';
import type { Target } from '../domain/types.ts';
import { openProber, SYSTEM_CLOCK, TRACKER_VERSION } from '../parts.ts';
import { dispatch } from '../schedule/dispatch.ts';
import { planCycle } from '../schedule/plan.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { loadSettings } from './load-settings.ts';
import { openShow } from './show.ts';

/** Rows that no store keeps. */
const NO_WRITER = 'none';

export const probe: Command = {
  usage: 'probe MODEL [--provider P] [--json]',
  about: 'asks one model now, of all its providers or of one; stores nothing',
  options: { provider: { type: 'string' }, json: { type: 'boolean' } },
  words: { min: 1, max: 1 },
  async run([modelId = ''], flags, console) {
    if (!/^[^/\s]+\/[^/\s]+$/.test(modelId))
      throw new UsageError(`a model is named like org/name, not ${JSON.stringify(modelId)}`);
    const json = flags.json === true;
    const show = openShow(console, json);
    const { config, log, redact } = loadSettings(show.console, { inference: true, hub: false }, { json, quiet: true });
    const clock = SYSTEM_CLOCK;

    const asked = { ...config.catalog, models: [modelId], modelsToFetch: 0 };
    const io = { fetch, clock, log, sayLeftOut: createLeftOutLog(log) };
    const reading = await readCatalog(asked, io, [], console.stop);
    const live = reading.kind === 'fresh' ? reading.catalog.targets : [];
    const targets = live.filter(({ provider }) => flags.provider === undefined || provider === flags.provider);
    if (targets.length === 0) {
      console.stderr.write(`${whyNobody(modelId, live, reading.kind === 'failed' ? reading.reasons : [])}\n`);
      return EXIT.failed;
    }

    const identity = { writer: NO_WRITER, location: config.location, trackerVersion: TRACKER_VERSION };
    const nowMs = clock.nowMs();
    const cycle = { cycleId: cycleId(NO_WRITER, nowMs), dueAtMs: nowMs };
    const plan = planCycle({ cycle, targets, delisted: [], identity, scheduledAtMs: nowMs });
    await using asking = openProber(config, identity, { log, redact });
    show.planned(plan);
    const limits = { concurrency: config.schedule.concurrency, perKey: null, keyOf: () => '' };
    const ask = async (planned: (typeof plan)[number]) => {
      for await (const record of asking.prober.probe(planned, console.stop)) show.stored(record);
    };
    await dispatch(plan, limits, ask, console.stop);
    show.cycleEnded();
    return EXIT.done;
  },
};

function whyNobody(modelId: string, live: readonly Target[], reasons: readonly string[]): string {
  if (live.length > 0)
    return `That provider does not serve ${modelId} live. These do: ${live.map(({ provider }) => provider).join(', ')}.`;
  return [`No live chat provider was found for ${modelId}.`, ...reasons].join('\n  ');
}
