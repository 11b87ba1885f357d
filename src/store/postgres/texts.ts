import type { AttemptRecord } from '../../domain/record.ts';

/** UTF-8 has no lone surrogates, and PostgreSQL's text no NUL: U+FFFD in their place. */
export const storableText = (text: string) => text.toWellFormed().replaceAll('\0', '\ufffd');

/** What the sums of attempts are kept by, as it is stored: what comes to the same there is summed before. */
export function withStorableKeys<
  Keyed extends Pick<AttemptRecord, 'location' | 'modelId' | 'providerName' | 'questionId'>,
>(record: Keyed): Keyed {
  const { location, modelId, providerName, questionId } = record;
  return {
    ...record,
    location: storableText(location),
    modelId: modelId && storableText(modelId),
    providerName: providerName && storableText(providerName),
    questionId: storableText(questionId),
  };
}

/** JSON that PostgreSQL can look into. */
export const storableJson = (value: unknown) =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'string' ? storableText(part) : part));
