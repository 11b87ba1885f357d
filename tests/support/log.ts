import type { Log } from '../../src/ports.ts';

interface LogLine {
  readonly level: keyof Log;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export interface RecordingLog extends Log {
  readonly lines: readonly LogLine[];
  /** Those with this message. */
  of(message: string): readonly LogLine[];
  /** Resolves once this message was said that often in all. */
  said(message: string, times?: number): Promise<void>;
}

/** A log that keeps its lines. */
export function recordingLog(): RecordingLog {
  const lines: LogLine[] = [];
  let watchers: (() => void)[] = [];
  const of = (message: string) => lines.filter((line) => line.message === message);
  const at = (level: keyof Log) => (fields: object, message: string) => {
    lines.push({ level, fields: { ...fields }, message });
    for (const check of watchers) check();
  };
  const said = (message: string, times = 1) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = () => {
      if (of(message).length >= times) resolve();
    };
    watchers = [...watchers, check];
    check();
    return promise;
  };
  return { lines, of, said, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
