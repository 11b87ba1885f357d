/** @jsxImportSource hono/jsx */
import { formatMs, formatTps, formatUsd, UNKNOWN } from '../../../lib/format.ts';
import { interval, isEnough, uptime } from '../../words.ts';
import { KeyFigure } from '../parts.tsx';
import type { KnownEndpoint } from './content.ts';

type Spread = KnownEndpoint['endpoint']['ttft_ms'];

/** What one asks of a provider, each with how sure it is. */
export function Figures({ endpoint }: { readonly endpoint: KnownEndpoint['endpoint'] }) {
  const { ttft_ms, decode_tps, tpot_ms, e2e_ms, availability, correct } = endpoint;
  const { first_try } = availability;
  return (
    <section aria-label="Key figures">
      <dl class="figures line">
        <KeyFigure name="First token" value={formatMs(ttft_ms.p50)}>
          {tail(ttft_ms)}
        </KeyFigure>
        <KeyFigure name="Output speed" value={formatTps(decode_tps.p50)}>
          {decode_tps.p10 === null ? `n = ${decode_tps.n}` : `p10 ${formatTps(decode_tps.p10)}`}
        </KeyFigure>
        <KeyFigure name="Time per token" value={formatMs(tpot_ms.p50)}>
          {tail(tpot_ms)}
        </KeyFigure>
        <KeyFigure name="Whole reply" value={formatMs(e2e_ms.p50)}>
          {tail(e2e_ms)}
        </KeyFigure>
        <KeyFigure name="Answered" value={uptime(first_try)}>
          {isEnough(first_try) ? `${interval(first_try)}, ` : ''}n = {first_try.trials}
        </KeyFigure>
        <KeyFigure name="Correct answers" value={uptime(correct)}>
          {correct.successes} of {correct.trials}
        </KeyFigure>
        <Price {...endpoint} />
      </dl>
    </section>
  );
}

function Price({
  price_input_usd_per_mtok: input,
  price_output_usd_per_mtok: output,
}: Pick<KnownEndpoint['endpoint'], 'price_input_usd_per_mtok' | 'price_output_usd_per_mtok'>) {
  if (input === null && output === null) {
    return (
      <KeyFigure name="Price" value={UNKNOWN}>
        it tells none
      </KeyFigure>
    );
  }
  return (
    <KeyFigure name="Price" value={`${formatUsd(input)} / ${formatUsd(output)}`}>
      per M in / out
    </KeyFigure>
  );
}

function tail({ n, p90, p99 }: Spread): string {
  const known = [...(p90 === null ? [] : [`p90 ${formatMs(p90)}`]), ...(p99 === null ? [] : [`p99 ${formatMs(p99)}`])];
  return known.length === 0 ? `n = ${n}` : known.join(' · ');
}
