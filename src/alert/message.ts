import type { Alarm } from '../domain/alarm.ts';
import type { Notice } from '../ports.ts';

/** What a channel sends: a notice, or a test of the channel. */
export interface Message extends Omit<Notice, 'kind'> {
  readonly kind: Notice['kind'] | 'test';
}

/** More in one message nobody reads. */
const MOST_ALARMS = 10;
const LONGEST_TITLE = 120;
const LONGEST_TEXT = 400;

/** How a channel writes: what is ours stays as it is, what is quoted passes `quoted`. */
interface Markup {
  quoted(text: string): string;
  bold(text: string): string;
}

export const PLAIN: Markup = { quoted: (text) => text, bold: (text) => text };

const LEADS = { begun: '', reminder: 'Still: ', over: 'Over: ', test: 'Test: ' } as const;
const MANY = { begun: 'new alerts', reminder: 'alerts go on', over: 'alerts are over', test: 'tests' } as const;

/** One line that says what it is about. */
export function headline({ kind, alarms }: Pick<Message, 'kind' | 'alarms'>): string {
  const [first] = alarms;
  if (alarms.length === 1) return LEADS[kind] + cut(first!.title, LONGEST_TITLE);
  return `${alarms.length} ${MANY[kind]}, the first: ${cut(first?.title ?? '', LONGEST_TITLE)}`;
}

/** One paragraph for each alarm, as many as fit; the rest is counted. The first is there in any case. */
export function paragraphs({ alarms }: Pick<Message, 'alarms'>, markup: Markup, longest: number): string {
  const shown: string[] = [];
  let length = 0;
  for (const alarm of alarms.slice(0, MOST_ALARMS)) {
    const text = paragraph(alarm, markup);
    length += text.length + 2;
    if (shown.length > 0 && length > longest - 30) break;
    shown.push(text);
  }
  const left = alarms.length - shown.length;
  return [...shown, ...(left > 0 ? [`… and ${left} more`] : [])].join('\n\n');
}

function paragraph({ severity, title, text, sinceMs }: Alarm, { quoted, bold }: Markup): string {
  const since = `${new Date(sinceMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `${bold(quoted(cut(title, LONGEST_TITLE)))} (${severity}, since ${since})\n${quoted(cut(text, LONGEST_TEXT))}`;
}

/** Never within a character. */
export function cut(text: string, longest: number): string {
  return text.length <= longest
    ? text
    : `${text
        .slice(0, longest - 1)
        .toWellFormed()
        .replace(/\ufffd$/, '')}…`;
}
