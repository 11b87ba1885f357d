import { formatCount } from '../lib/format.ts';
import { visible } from '../lib/visible.ts';

interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** One line at the bottom of a terminal that tells how far we are, and leaves no trace. Elsewhere nothing at all. */
export interface Progress {
  /** @param total null: nobody knows, only what is done is counted */
  start(total: number | null): void;
  /** One more is done; `label` names it. */
  tick(label: string): void;
  /** Erases the line. */
  done(): void;
  /** The same output for others who write to this terminal: the line gives way to theirs and comes back below. */
  beside(output: Output): Output;
}

const ERASE_LINE = '\r\u001b[2K';
const BAR_WIDTH = 24;
/** Drawing more often than eyes can follow only costs. */
const REDRAW_AFTER_MS = 100;

/** @param nowMs monotonic */
export function createProgress(stream: Output, nowMs: () => number = () => performance.now()): Progress {
  let running = false;
  let total: number | null = null;
  let count = 0;
  let label = '';
  let drawn = false;
  let drawnAtMs = -Infinity;

  const erase = () => {
    if (drawn) stream.write(ERASE_LINE);
    drawn = false;
  };
  const draw = () => {
    if (!stream.isTTY || !running) return;
    drawnAtMs = nowMs();
    drawn = true;
    stream.write(ERASE_LINE + line({ count, total, label, width: (stream.columns ?? 80) - 1 }));
  };
  return {
    start(newTotal) {
      running = true;
      total = newTotal;
      count = 0;
      label = '';
      draw();
    },
    tick(newLabel) {
      count++;
      label = newLabel;
      if (nowMs() - drawnAtMs >= REDRAW_AFTER_MS || count === total) draw();
    },
    done() {
      erase();
      running = false;
    },
    beside(output) {
      if (!stream.isTTY || !output.isTTY) return output;
      return {
        isTTY: output.isTTY,
        columns: output.columns,
        write(text) {
          erase();
          const result = output.write(text);
          if (text.endsWith('\n')) draw();
          return result;
        },
      };
    },
  };
}

interface Standing {
  readonly count: number;
  readonly total: number | null;
  readonly label: string;
  readonly width: number;
}

/** `━━━━━━──────  12/48  acme/Thinker-7B swiftcloud` */
function line({ count, total, label, width }: Standing): string {
  const full = total ? Math.round((Math.min(count, total) / total) * BAR_WIDTH) : 0;
  const bar = total === null ? '' : `${'━'.repeat(full)}${'─'.repeat(BAR_WIDTH - full)}  `;
  const counted = total === null ? formatCount(count) : `${count}/${total}`;
  return Bun.sliceAnsi(`${bar}${counted}  ${visible(label)}`, 0, width, '…');
}
