import { DAY_MS } from '../domain/utc-day.ts';
import type { Comparison } from '../domain/verdict.ts';
import { closestTo } from '../lib/edit-distance.ts';
import { names } from '../lib/lists.ts';
import { visible } from '../lib/visible.ts';
import type { TableLook } from '../observe/render-table.ts';
import { differing } from '../observe/report/differing.ts';
import type { Document } from '../observe/report/document.ts';
import { reportAsHtml } from '../observe/report/html.ts';
import { reportAsMarkdown } from '../observe/report/markdown.ts';
import { type Facts, recommendationFor, reportOf } from '../observe/report/report.ts';
import { COMPARED } from '../observe/report/tables.ts';
import { reportAsText } from '../observe/report/text.ts';
import { openReader, SYSTEM_CLOCK } from '../parts.ts';
import { openKnowledge } from '../places.ts';
import type { IncidentStore, Knowledge, Window } from '../ports.ts';
import { RECENT_MS } from '../recent.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { loadSettings } from './load-settings.ts';
import { rangeOf } from './range.ts';
import { reportLines } from './report-lines.ts';
import { tableLook } from './show.ts';

const FORMATS = new Map<string, (document: Document, look: TableLook) => string>([
  ['text', reportAsText],
  ['md', reportAsMarkdown],
  ['html', reportAsHtml],
]);

const USUAL_MS = 7 * DAY_MS;

export const reportCommand: Command = {
  usage: 'report [--model M] [--since 7d] [--location L] [--format text|md|html] [--json]',
  about: 'whom to use and whom to avoid, what is down, what changed, what happened; then the figures',
  options: {
    model: { type: 'string' },
    since: { type: 'string' },
    location: { type: 'string' },
    format: { type: 'string' },
    json: { type: 'boolean' },
  },
  words: { min: 0, max: 0 },
  async run(_words, flags, console) {
    const render = FORMATS.get(String(flags.format ?? 'text'));
    if (render === undefined) throw new UsageError(`--format must be text, md or html, not ${flags.format}`);
    if (flags.json === true && flags.format !== undefined) throw new UsageError('choose one of --json and --format');
    const nowMs = SYSTEM_CLOCK.nowMs();
    const { sinceMs = nowMs - USUAL_MS, modelId = null } = rangeOf(flags, nowMs);
    if (sinceMs >= nowMs) throw new UsageError('--since must lie before now');

    const { config, redact } = loadSettings(console, { inference: false, hub: false }, { json: true, quiet: true });
    const { intervalMs } = config.schedule;
    await using store = await openReader(config);
    const everywhere = await openKnowledge(store, { intervalMs, nowMs: () => nowMs, location: config.location });
    const knowledge = flags.location === undefined ? everywhere : everywhere.from(String(flags.location));
    if (knowledge === null) {
      const known = everywhere.locations().map(({ location }) => location);
      throw new UsageError(`--location must be a place that is known here: ${names(known) || 'there is none yet'}`);
    }
    const seen = (await store.seenLiveSince(sinceMs)).map((target) => target.modelId);
    const asked = { modelId, window: { sinceMs, untilMs: nowMs }, intervalMs, seen };
    const facts = await factsOf(knowledge, store, asked);
    if (typeof facts === 'string') {
      console.stderr.write(`${redact(facts)}\n`);
      return EXIT.failed;
    }
    if (flags.json === true) for (const line of reportLines(facts, redact)) console.stdout.write(line);
    else console.stdout.write(redact(render(reportOf(facts), tableLook(console))));
    return EXIT.done;
  },
};

/** Incidents that a report tells of at most, newest first. */
const MOST_INCIDENTS = 100;

/**
 * Everything that a report tells.
 *
 * @param asked `modelId` null: every model; `seen`: models that were live in the window, whether there is anything new of them or not
 * @returns in words why there is nothing to tell, and what to do
 */
export async function factsOf(
  knowledge: Knowledge,
  store: Pick<IncidentStore, 'incidents'>,
  asked: Pick<Facts, 'window' | 'intervalMs'> & { readonly modelId: string | null; readonly seen: readonly string[] },
): Promise<Facts | string> {
  const { modelId, window, intervalMs, seen } = asked;
  const known = [...new Set([...knowledge.board().map((model) => model.modelId), ...seen])];
  const wanted = modelId === null ? known : [modelId];
  const recent = { ...window, sinceMs: Math.max(window.sinceMs, window.untilMs - RECENT_MS) };
  const found = wanted.flatMap((id) => knowledge.model(id, recent) ?? []);
  const models = found.filter(({ endpoints }) => endpoints.length > 0);
  if (models.length === 0) return nothingToTell(modelId, known);
  const ofModel = modelId === null ? {} : { modelId };
  return {
    nowMs: knowledge.nowMs(),
    window,
    intervalMs,
    models,
    incidents: await store.incidents({ ...window, ...ofModel, limit: MOST_INCIDENTS }),
    ...placesOf(knowledge, models),
    comparisons: new Map(models.map((model) => [model.modelId, comparisons(knowledge, model, recent)])),
  };
}

function placesOf(knowledge: Knowledge, models: Facts['models']): Pick<Facts, 'places'> {
  const location = knowledge.location();
  const others = knowledge.locations().flatMap((place) => (place.location === location ? [] : place.location));
  if (others.length === 0) return {};
  const endpoints = models.flatMap((model) => model.endpoints);
  return { places: { location, others, differing: differing(endpoints, knowledge) } };
}

function nothingToTell(modelId: string | null, known: readonly string[]): string {
  if (modelId === null || known.includes(modelId)) {
    const what = modelId === null ? '' : ` of ${modelId}`;
    return `Nothing was measured${what} in this time. Start the daemon (\`bun run index.ts\`) or run \`once\`, or ask with an earlier --since.`;
  }
  const closest = closestTo(modelId, known);
  const hint =
    closest.length > 0
      ? `Closest: ${names(closest)}.`
      : known.length > 0
        ? `These are: ${names(known, 8)}.`
        : 'Nothing was measured yet: start the daemon (`bun run index.ts`) or run `once`.';
  return `No model ${visible(modelId)} is known here. ${hint}`;
}

/** Whom it recommends against each of the others. */
function comparisons(knowledge: Knowledge, model: Facts['models'][number], window: Window): readonly Comparison[] {
  const { modelId, endpoints } = model;
  const base = recommendationFor(model)?.provider ?? null;
  if (base === null) return [];
  const others = endpoints.filter(({ provider }) => provider !== base);
  return others.flatMap(({ provider }) =>
    COMPARED.flatMap(
      (metric) => knowledge.compare({ modelId, provider: base }, { modelId, provider }, metric, window) ?? [],
    ),
  );
}
