import { homedir } from 'node:os';
import { type Config, ConfigError, parseConfig } from '../config.ts';
import type { Fetch } from '../lib/http.ts';
import { createRedactor } from '../lib/redact.ts';
import { painted, wantsColour } from '../observe/colour.ts';
import { type Check, fail, ok, warn } from './check.ts';
import { type Command, type Console, EXIT } from './command.ts';
import { checkDatabase } from './database-check.ts';
import { checkInstrument, type MeasureInstrument, measureInstrument } from './instrument-check.ts';
import { checkDisk, checkHub, checkRouter } from './machine-checks.ts';
import { checkInferenceToken, checkPush } from './token-checks.ts';

export const doctorCommand: Command = {
  usage: 'doctor [--json]',
  about: 'checks settings, tokens, rights, clock, disk, database, reach and timing, and says how to mend each',
  options: { json: { type: 'boolean' } },
  words: { min: 0, max: 0 },
  async run(_words, { json }, console) {
    const checks = await doctor(console, { fetch, nowMs: Date.now, measureInstrument });
    const secrets = [console.environment.HF_TOKEN, console.environment.HF_HUB_TOKEN].map(
      (secret) => secret?.trim() ?? '',
    );
    const redact = createRedactor(secrets, [console.baseDir, homedir()]);
    const colour = wantsColour(console.stdout, console.environment);
    for (const check of checks) {
      console.stdout.write(redact(json === true ? `${JSON.stringify(check)}\n` : formatCheck(check, colour)));
    }
    return checks.some(({ state }) => state === 'fail') ? EXIT.failed : EXIT.done;
  },
};

interface DoctorIo {
  readonly fetch: Fetch;
  /** Wall clock, Unix ms. */
  readonly nowMs: () => number;
  readonly measureInstrument: MeasureInstrument;
}

/** Every check, in the order in which a person would mend them. With wrong settings only what does not depend on them is looked at. */
export async function doctor(
  { environment, baseDir, stop }: Pick<Console, 'environment' | 'baseDir' | 'stop'>,
  { fetch, nowMs, measureInstrument }: DoctorIo,
): Promise<readonly Check[]> {
  const { checks, config } = checkSettings(environment, baseDir);
  if (config === null) return checks;

  const ask = { fetch, nowMs, signal: stop };
  const { hubEndpoint, routerEndpoint } = config.catalog;
  const further = await Promise.all([
    checkHub(hubEndpoint, ask),
    checkRouter(routerEndpoint, ask),
    config.probe.token === null ? [] : checkInferenceToken(hubEndpoint, config.probe.token, ask),
    config.push ? checkPush(config.push, ask) : [],
    checkDisk(config.store.dataDir),
    config.fleet === null ? [] : checkDatabase(config.fleet, nowMs),
  ]);
  const instrument = await checkInstrument(measureInstrument, stop); // last, when nothing else is done
  return [...checks, ...further.flat(), instrument];
}

function pushWords({ push, fleet }: Config): string {
  if (fleet !== null) return `as one of a fleet: ${[...fleet.roles].join(', ')}`;
  return push ? `pushes to ${push.repo}` : 'PUSH=off: nothing is pushed';
}

/** A setting that is merely missing does not keep the rest from being checked. */
function checkSettings(
  environment: Console['environment'],
  baseDir: string,
): { readonly checks: readonly Check[]; readonly config: Config | null } {
  const mend = 'edit .env beside index.ts; .env.example explains every setting';
  const read = (required: boolean) =>
    parseConfig(environment, { baseDir, need: { inference: required, hub: required } });
  try {
    const config: Config = read(true);
    const pushing = pushWords(config);
    const routes = `${config.mapping.size - 1} providers have a route of their own, others the unified one`;
    const warnings = config.warnings.map((warning) => warn('settings', warning, mend));
    return { checks: [ok('settings', `complete; ${pushing}`), ...warnings, ok('mapping', routes)], config };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const checks = [
      ...error.problems.map((problem) => fail('settings', problem, mend)),
      ...error.warnings.map((warning) => warn('settings', warning, mend)),
    ];
    try {
      return { checks, config: read(false) };
    } catch {
      return { checks, config: null };
    }
  }
}

const SIGNS = {
  ok: { glyph: '✓', style: 'green' },
  warn: { glyph: '▲', style: 'yellow' },
  fail: { glyph: '✕', style: 'red' },
} as const;

/** `✕ clock         is 2 min ahead of the Hub's`, and below it how to mend it. */
function formatCheck({ name, state, finding, mend }: Check, colour: boolean): string {
  const { glyph, style } = SIGNS[state];
  const indent = ' '.repeat(16);
  const advice = mend === null ? '' : `${indent}${painted(`→ ${mend}`, 'dim', colour)}\n`;
  return `${painted(glyph, style, colour)} ${name.padEnd(13)} ${finding}\n${advice}`;
}
