import { type Level, pino } from 'pino';
import { type PinoPretty, prettyFactory } from 'pino-pretty';
import type { Redact } from '../lib/redact.ts';
import { visible } from '../lib/visible.ts';
import type { Log } from '../ports.ts';

export interface LogOptions {
  readonly level: Level | 'silent';
  /** Standard output or error, or what stands before it. */
  readonly output: { write(text: string): unknown; readonly isTTY?: boolean | undefined };
  readonly redact: Redact;
  readonly colour?: boolean;
  /** Whether a person reads it: by default on a terminal. */
  readonly readable?: boolean;
}

/**
 * One line per event: for people on a terminal, JSON otherwise. Every line passes the redactor last, and what it quotes
 * from elsewhere cannot steer the terminal. Lines are written at once, so that none is lost at the exit.
 */
export function createLog(options: LogOptions): Log {
  const { level, output, redact } = options;
  const { colour = output.isTTY === true, readable = output.isTTY === true } = options;
  const prettify = prettyFactory({
    colorize: colour,
    hideObject: true,
    messageFormat: sentence,
    translateTime: 'SYS:HH:MM:ss',
  });
  const write = readable
    ? (line: string) => output.write(redact(prettify(JSON.parse(line, harmless))))
    : (line: string) => output.write(redact(line));
  return pino(
    {
      level,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    { write },
  );
}

/** A stack keeps its lines. */
function harmless(key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return key === 'stack' ? value.split('\n').map(visible).join('\n') : visible(value);
}

/** `cycle started  models=5 probes=24`; an error's stack goes below. */
const sentence: PinoPretty.MessageFormatFunc = ({ level, time, msg, ...fields }, _key, _label, { colors }) => {
  const pairs: string[] = [];
  const stacks: string[] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (isError(value)) stacks.push(`\n    ${value.stack.replaceAll('\n', '\n    ')}`);
    else pairs.push(`${key}=${typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)}`);
  }
  const details = pairs.length > 0 ? `  ${colors?.gray(pairs.join(' '))}` : '';
  return `${msg}${details}${stacks.join('')}`;
};

function isError(value: unknown): value is { readonly stack: string } {
  return typeof value === 'object' && value !== null && 'stack' in value && typeof value.stack === 'string';
}
