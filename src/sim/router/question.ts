import { type Answer, json } from '../http/answer.ts';
import type { HttpRequest } from '../http/request.ts';
import { readWishes, type Wishes } from './wishes.ts';

/** A chat completion request, as far as the simulated providers look at it. */
export interface ChatQuestion {
  readonly model: string;
  /** Text of the last message. */
  readonly prompt: string;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** Null: no limit but the model's own. */
  readonly maxTokens: number | null;
  readonly wishes: Wishes;
}

const invalid = (message: string): Answer =>
  json({ error: { message, type: 'invalid_request_error', param: null, code: null } }, 400);

/** The question in a request, or the 400 it is refused with. */
export function readQuestion({ body }: HttpRequest): ChatQuestion | Answer {
  let asked: Record<string, unknown>;
  try {
    asked = Object(JSON.parse(body.toString('utf8')));
  } catch {
    return invalid('The body is not valid JSON');
  }
  const { model, messages, stream = false, stream_options: options, max_tokens: maxTokens = null } = asked;
  if (typeof model !== 'string' || model === '') return invalid('`model` is required');
  if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isMessage))
    return invalid('`messages` must be a list of messages');
  if (typeof stream !== 'boolean') return invalid('`stream` must be a boolean');
  if (options !== undefined && !stream) return invalid('`stream_options` is only allowed when `stream` is set');
  if (maxTokens !== null && !isCount(maxTokens)) return invalid('`max_tokens` must be a positive integer');
  const includeUsage = Object(options).include_usage === true;
  return { model, prompt: messages.at(-1).content, stream, includeUsage, maxTokens, wishes: readWishes(asked) };
}

const isMessage = (message: unknown): boolean =>
  typeof Object(message).role === 'string' && typeof Object(message).content === 'string';

const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0;

/** The two forms in which the router says that it has no such model: its own, and the one of a provider's path. */
export const modelNotSupported = {
  object: (model: string): Answer =>
    json(
      {
        error: {
          message: `The requested model '${model}' is not supported by any provider you have enabled.`,
          type: 'invalid_request_error',
          param: 'model',
          code: 'model_not_supported',
        },
      },
      400,
    ),
  string: (provider: string): Answer => json({ error: `Model not supported by provider ${provider}` }, 400),
} as const;
