import { randomUUID } from 'node:crypto';
import { sleep } from '../../lib/sleep.ts';
import { type Answer, type Headers, json, text } from '../http/answer.ts';
import { type Ending, type Exchange, reply } from '../http/server.ts';

export type HubEndpoint =
  | 'models'
  | 'model'
  | 'models-json'
  | 'router-models'
  | 'router-model'
  | 'whoami'
  | 'create'
  | 'info'
  | 'preupload'
  | 'lfs-batch'
  | 'lfs-upload'
  | 'commit'
  | 'tree'
  | 'paths-info'
  | 'commits'
  | 'file';

/** What can be done to one request to the Hub, or to the router's list of models. `after`: once it has done what was asked. Times are ms at pace 1. */
export type HubFault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly when?: 'before' | 'after';
      readonly headers?: Headers;
      readonly body?: string;
    }
  /** The connection is reset without an answer. */
  | { readonly kind: 'cut'; readonly when: 'before' | 'after' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** No answer ever. */
  | { readonly kind: 'hang' }
  /** The repository as it was before its last commit. */
  | { readonly kind: 'stale' }
  /** Status 200 with this instead. */
  | { readonly kind: 'body'; readonly body: string; readonly contentType?: string };

/** Answers a request, with whatever was asked to go wrong. */
export async function answerWith(
  fault: HubFault | null,
  exchange: Exchange,
  pace: number,
  act: (stale: boolean) => Answer | Promise<Answer>,
): Promise<Ending> {
  switch (fault?.kind) {
    case undefined:
    case 'stale':
      return reply(exchange, named(await act(fault !== null)));
    case 'status':
      if (fault.when === 'after') await act(false);
      return reply(exchange, named(statusAnswer(fault)));
    case 'cut':
      if (fault.when === 'after') await act(false);
      return 'reset';
    case 'delay':
      await sleep(fault.ms * pace, exchange.gone).catch(() => {});
      return reply(exchange, named(await act(false)));
    case 'hang':
      await new Promise((resolve) => exchange.gone.addEventListener('abort', resolve, { once: true }));
      return 'fin';
    case 'body':
      return reply(exchange, text(fault.body, fault.contentType ?? 'application/json'));
    default:
      return fault satisfies never;
  }
}

const named = (answer: Answer): Answer => ({
  ...answer,
  headers: { 'x-request-id': `Root=1-${randomUUID()}`, ...answer.headers },
});

function statusAnswer({ status, headers = {}, body }: Extract<HubFault, { kind: 'status' }>): Answer {
  return body === undefined
    ? json({ error: `simulated status ${status}` }, status, headers)
    : text(body, 'text/plain', status, headers);
}
