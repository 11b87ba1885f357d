import { STATUS_CODES } from 'node:http';
import type { z } from 'zod';

export interface WrongParameter {
  readonly parameter: string;
  /** What is allowed; the value itself is not repeated. */
  readonly detail: string;
}

/** An answer that is no answer, as RFC 9457 has it. Every word of it is for everybody. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly errors: readonly WrongParameter[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    detail: string,
    more: { errors?: readonly WrongParameter[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.status = status;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
  }

  toData() {
    const { status, message: detail, errors } = this;
    const title = STATUS_CODES[status] ?? 'Error';
    return { type: 'about:blank', title, status, detail, ...(errors.length > 0 ? { errors } : {}) };
  }
}

export const NOTHING_THERE = 'there is no such thing, or nothing is known of it';

export function wrong(parameter: string, detail: string): Problem {
  return wrongs([{ parameter, detail }]);
}

function wrongs(errors: readonly WrongParameter[]): Problem {
  return new Problem(400, errors.map(({ parameter, detail }) => `${parameter} ${detail}`).join('; '), { errors });
}

/** What zod found in the parameters of a request, in our words. */
export function problemOf({ issues }: z.ZodError, known: readonly string[]): Problem {
  const allowed = known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`;
  return wrongs(
    issues.flatMap((issue) => {
      if (issue.code !== 'unrecognized_keys')
        return [{ parameter: String(issue.path[0] ?? ''), detail: issue.message }];
      return [{ parameter: 'query', detail: `has a parameter that is not known here; ${allowed}` }];
    }),
  );
}
