import { type Answer, json } from '../http/answer.ts';
import type { HttpRequest } from '../http/request.ts';
import type { Files, Repo } from './repo.ts';

/** One request about one repository. */
export interface RepoCall {
  readonly request: HttpRequest;
  readonly repo: Repo;
  /** What follows the revision in the path. */
  readonly path: string;
  /** The files as this request sees them. */
  readonly files: Files;
  readonly hubUrl: string;
}

export const notFound = (code: 'RepoNotFound' | 'RevisionNotFound' | 'EntryNotFound', message: string): Answer =>
  json({ error: message }, 404, { 'x-error-code': code, 'x-error-message': message });

export const badRequest = (message: string): Answer => json({ error: message }, 400);

/** The body as a JSON object; an empty one where it is none. */
export function fieldsOf({ body }: HttpRequest): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(body.toString('utf8')));
  } catch {
    return {};
  }
}
