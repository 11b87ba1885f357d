/** @jsxImportSource hono/jsx */
import type { z } from 'zod';
import type { Finding } from '../../../domain/verdict.ts';
import { AttemptBars, type Ending } from '../../charts/attempt-bars.tsx';
import { clock } from '../../charts/words.ts';
import type { FourChecks } from '../../schemas/verdicts.ts';
import { causeWords, failsOften, type Shape, type Tone } from '../../words.ts';
import { isStale, type Pulse } from '../layout.tsx';
import { endpointPath, modelPath } from '../links.ts';
import { Glyph } from '../parts.tsx';
import type { Attempt, EndpointContent, KnownEndpoint } from './content.ts';

type Check = z.output<typeof FourChecks>['endpoint'];

const TONES: Readonly<Record<Finding, Tone>> = {
  answers: 'good',
  down: 'bad',
  provider_down: 'bad',
  model_down: 'bad',
  router_down: 'bad',
  limited: 'quiet',
  our_account: 'quiet',
  refuses_us: 'quiet',
  offline: 'quiet',
  down_from_here: 'warning',
  down_elsewhere: 'warning',
  mixed: 'warning',
  too_early: 'quiet',
};

/** Is it down, or just me? The verdict, and the four checks it rests on. */
export function Verdict(props: {
  readonly content: EndpointContent;
  readonly known: KnownEndpoint;
  readonly pulse: Pulse;
}) {
  const { content, known, pulse } = props;
  const { checks, endpoint, recommended } = known;
  const attempts = known.attempts ?? [];
  const isSlow = checks.finding === 'answers' && endpoint.state.state === 'slow';
  const isFrail = checks.finding === 'answers' && failsOften(endpoint);
  const tone = isSlow || isFrail ? 'warning' : TONES[checks.finding];
  const says = isSlow ? 'It answers, slower than usual.' : isFrail ? 'It answers, and fails often.' : checks.says;
  const slowdown = endpoint.state.slowdown;
  const elsewhere = recommended !== null && recommended !== content.provider ? recommended : null;
  return (
    <section class={`verdict ${tone}-panel`} aria-label="Is it down, or just me?">
      <div>
        <p class="eyebrow">Is it down, or just me?{isStale(pulse) && ` As of ${clock(pulse.lastAtMs!)} UTC.`}</p>
        <h2 class={`says ${tone}`}>{says}</h2>
        <p class="because">
          {isSlow && slowdown !== null && `First token takes ${slowdown.toFixed(1)} times what is usual at this hour. `}
          {known.attempts === null ? 'The latest attempts could not be read.' : <Lately attempts={attempts} />}
        </p>
        {elsewhere !== null && tone !== 'good' ? (
          <p class="actions">
            <a class="button" href={endpointPath(content.model_id, elsewhere)}>
              Use {elsewhere} instead
            </a>{' '}
            <a class="button plain" href={modelPath(content.model_id)}>
              All providers
            </a>
          </p>
        ) : null}
      </div>
      <div>
        <div class="lately">
          <AttemptBars endings={attempts.map(endingOf).toReversed()} />
        </div>
        <p class="ends">
          <span>{attempts.length === 0 ? '' : `${clock(Date.parse(attempts.at(-1)!.cycle_timestamp_iso))} UTC`}</span>
          <span>now</span>
        </p>
        <dl class="checks">
          <CheckOf name={`${content.provider}, this model`} check={checks.endpoint} />
          <CheckOf name={`${content.provider}, other models`} check={checks.providers_other_models} />
          <CheckOf name="This model, other providers" check={checks.model_elsewhere} />
          <CheckOf name="Our own connection" check={checks.control} isOurs />
          {checks.elsewhere.map(({ location, endpoint: seen }) => (
            <CheckOf name={`The same, from ${location}`} check={seen} />
          ))}
        </dl>
      </div>
    </section>
  );
}

function endingOf({ outcome }: Attempt): Ending {
  if (outcome === 'ok') return 'ok';
  return outcome === 'target_error' || outcome === 'router_error' ? 'failed' : 'other';
}

/** `The last 22 attempts in a row failed, since 12:32 UTC: a 5xx status from the provider.` */
function Lately({ attempts }: { readonly attempts: readonly Attempt[] }) {
  const firstOther = attempts.findIndex((attempt) => endingOf(attempt) !== endingOf(attempts[0]!));
  const run = attempts.slice(0, firstOther < 0 ? attempts.length : firstOther);
  const last = run[0];
  if (last === undefined) return <>Nobody asked it in the last 24 hours.</>;
  const isOne = run.length === 1;
  const when = `${isOne ? 'at' : 'since'} ${clock(Date.parse(run.at(-1)!.cycle_timestamp_iso))} UTC`;
  const ended = {
    ok: isOne ? 'was answered' : 'were answered',
    failed: 'failed',
    other: 'met something that is not its fault',
  }[endingOf(last)];
  return (
    <>
      The <b>{isOne ? 'last attempt' : `last ${run.length} attempts in a row`}</b> {ended}, {when}
      {last.error_class !== null && <>: {causeWords(last.error_class)}</>}.
    </>
  );
}

function CheckOf({ name, check, isOurs }: { readonly name: string; readonly check: Check; readonly isOurs?: boolean }) {
  const { shape, tone, words } = isOurs ? ownCheck(check) : checked(check);
  return (
    <div>
      <dt>
        <span class={tone}>
          <Glyph shape={shape} />
        </span>
        {name}
      </dt>
      <dd class={tone === 'good' ? undefined : tone}>{words}</dd>
    </div>
  );
}

interface Looks {
  readonly shape: Shape;
  readonly tone: Tone;
  readonly words: string;
}

function checked({ ok, failed, other }: Check): Looks {
  const all = ok + failed + other;
  if (all === 0) return { shape: 'ring', tone: 'quiet', words: 'not asked lately' };
  const rest = other === 0 ? '' : `, ${other} not its fault`;
  if (failed === 0) {
    if (ok === 0) return { shape: 'half', tone: 'quiet', words: `${other} of ${all} not its fault` };
    return { shape: 'dot', tone: 'good', words: `${ok} of ${all} answered${rest}` };
  }
  const words = `${failed} of ${all} failed${rest}`;
  return failed > ok ? { shape: 'cross', tone: 'bad', words } : { shape: 'triangle', tone: 'warning', words };
}

function ownCheck({ ok, failed }: Check): Looks {
  if (ok + failed === 0) return { shape: 'ring', tone: 'quiet', words: 'nothing sent lately' };
  if (failed === 0) return { shape: 'dot', tone: 'good', words: `no fault of ours in ${ok} attempts` };
  return { shape: 'half', tone: 'quiet', words: `fault of ours in ${failed} of ${ok + failed}` };
}
