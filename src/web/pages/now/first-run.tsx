/** @jsxImportSource hono/jsx */
import { formatDuration } from '../../../lib/format.ts';
import { counted } from '../../../lib/lists.ts';
import type { NowContent } from './content.ts';

/** Before anything is known: when the first round starts, or how far it is. */
export function FirstRun({ round }: Pick<NowContent, 'round'>) {
  return (
    <>
      <h1>No probes yet.</h1>
      <p class="lead" role="status">
        {saying(round)}
      </p>
    </>
  );
}

function saying({ is_under_way, targets, asked, next_in_ms, takes_ms }: NowContent['round']): string {
  if (is_under_way) {
    return `The first round is under way: ${asked} of ${targets} targets were asked. What they answer is here as soon as the round ends.`;
  }
  const starts = next_in_ms < 1000 ? 'is about to start' : `starts in ${formatDuration(next_in_ms)}`;
  return `The first round ${starts}${takes_ms === null ? '' : ` and takes about ${roughly(takes_ms)}`}.`;
}

const roughly = (ms: number) => (ms < 45_000 ? 'half a minute' : counted(Math.round(ms / 60_000), 'minute'));
