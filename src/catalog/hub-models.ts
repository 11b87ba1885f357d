import { z } from 'zod';

/** A provider that serves the model live, for chat, to a Hugging Face token. */
interface LiveProvider {
  readonly provider: string;
  /** The model's id on its side. */
  readonly providerModelId: string;
}

export interface HubModel {
  /** `org/name` */
  readonly modelId: string;
  readonly live: readonly LiveProvider[];
  readonly leftOut: readonly LeftOut[];
}

/** Something the Hub sent that is not used, although nothing says that it is merely not live or no chat. */
export interface LeftOut {
  readonly reason:
    | 'model_unreadable'
    | 'model_id_invalid'
    | 'provider_unreadable'
    | 'provider_name_invalid'
    | 'provider_model_id_invalid'
    | 'provider_listed_twice'
    | 'provider_refuses_hf_token';
  /** As received: hostile. */
  readonly text: string;
}

export type ParsedModel =
  | { readonly ok: true; readonly model: HubModel }
  | { readonly ok: false; readonly leftOut: LeftOut };

/** `clientSideRoutingOnly` in `@huggingface/inference`: it takes keys of its own alone. */
const REFUSES_HF_TOKEN = new Set(['openai']);

/** Not `text-generation`: that is an endpoint which completes a text and takes no messages. */
const CHAT_TASK = 'conversational';

/** `org/name`, each as the Hub allows it. */
const MODEL_ID = /^(?!.*\.\.)\b[\w.-]{1,96}\b\/\b[\w.-]{1,96}\b$/;
const PROVIDER_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/i;
/** It may become a part of a URL's path: nothing that means something else there, no empty, `.` or `..` segment. */
const PROVIDER_MODEL_ID = /^(?!.*(?:^|\/)\.{0,2}(?:\/|$))[\w@:+=~,./-]{1,256}$/;

const Entry = z.object({ providerId: z.string(), task: z.string() });
/** `/api/models`: one status. */
const MappingEntry = Entry.extend({ status: z.string() });
/** `/models-json`: one of the provider, one of the model there. */
const ListEntry = Entry.extend({ providerStatus: z.string(), modelStatus: z.string() });
const NamedByItself = z.object({ provider: z.string().optional(), name: z.string().optional() });

/** One model, once any shape it came in is behind us. */
const ApiModel = z.object({
  id: z.string(),
  inferenceProviderMapping: z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]).nullish(),
});
const JsonModel = z.object({ id: z.string(), availableInferenceProviders: z.array(z.unknown()).nullish() });

export function isModelId(text: string): boolean {
  return MODEL_ID.test(text);
}

/** A model of `/api/models` or `/api/models/{id}`; its mapping may be an object keyed by provider or a list. */
export function parseApiModel(raw: unknown): ParsedModel {
  const parsed = ApiModel.safeParse(raw);
  if (!parsed.success) return unreadable(raw);
  const { id, inferenceProviderMapping: mapping } = parsed.data;
  const entries: readonly NamedEntry[] = Array.isArray(mapping)
    ? mapping.map((entry) => ({ name: nameOf(entry), entry }))
    : Object.entries(mapping ?? {}).map(([name, entry]) => ({ name, entry }));
  return modelOf(id, entries, (entry) => {
    const { data } = MappingEntry.safeParse(entry);
    return data && { ...data, live: data.status === 'live' };
  });
}

/** A model of `/models-json`. */
export function parseJsonModel(raw: unknown): ParsedModel {
  const parsed = JsonModel.safeParse(raw);
  if (!parsed.success) return unreadable(raw);
  const entries = (parsed.data.availableInferenceProviders ?? []).map((entry) => ({ name: nameOf(entry), entry }));
  return modelOf(parsed.data.id, entries, (entry) => {
    const { data } = ListEntry.safeParse(entry);
    return data && { ...data, live: data.providerStatus === 'live' && data.modelStatus === 'live' };
  });
}

interface NamedEntry {
  readonly name: string | null;
  readonly entry: unknown;
}

type ReadEntry = (
  entry: unknown,
) => { readonly live: boolean; readonly task: string; readonly providerId: string } | undefined;

function modelOf(modelId: string, entries: readonly NamedEntry[], read: ReadEntry): ParsedModel {
  if (!isModelId(modelId)) return { ok: false, leftOut: { reason: 'model_id_invalid', text: modelId } };
  const live = new Map<string, LiveProvider>();
  const leftOut: LeftOut[] = [];
  const leaveOut = (reason: LeftOut['reason'], text: string) => void leftOut.push({ reason, text });
  for (const { name, entry } of entries) {
    const said = read(entry);
    if (name === null || said === undefined) leaveOut('provider_unreadable', textOf(name ?? entry));
    else if (!said.live || said.task !== CHAT_TASK) continue;
    else if (!PROVIDER_NAME.test(name)) leaveOut('provider_name_invalid', name);
    else if (REFUSES_HF_TOKEN.has(name)) leaveOut('provider_refuses_hf_token', name);
    else if (!PROVIDER_MODEL_ID.test(said.providerId)) leaveOut('provider_model_id_invalid', said.providerId);
    else if (live.has(name)) leaveOut('provider_listed_twice', name);
    else live.set(name, { provider: name, providerModelId: said.providerId });
  }
  return { ok: true, model: { modelId, live: [...live.values()], leftOut } };
}

/** The field was `name` once, and is `provider` now. */
function nameOf(entry: unknown): string | null {
  const { data } = NamedByItself.safeParse(entry);
  return data?.provider ?? data?.name ?? null;
}

function unreadable(raw: unknown): ParsedModel {
  return { ok: false, leftOut: { reason: 'model_unreadable', text: textOf(raw) } };
}

function textOf(raw: unknown): string {
  return typeof raw === 'string' ? raw : JSON.stringify(raw);
}
