import type { HttpRequest } from './http/request.ts';

/** The token, where it looks like one of Hugging Face. */
export function tokenOf({ headers }: HttpRequest): string | null {
  return /^Bearer (hf_\w+)$/.exec(headers.get('authorization') ?? '')?.[1] ?? null;
}
