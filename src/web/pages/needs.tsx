/** @jsxImportSource hono/jsx */
import { z } from 'zod';
import { GOALS, type Goal, type Needs } from '../../domain/verdict.ts';
import { formatContext } from '../../lib/format.ts';
import * as given from '../parameters.ts';
import { GOAL_WORDS } from './model/words.ts';
import { Segments } from './parts.tsx';

const CONTEXTS = [32_768, 65_536, 131_072, 262_144, 1_048_576];

/** What a provider must offer, as it stands in an address. */
export const NEED_PARAMETERS = {
  tools: given.tools,
  structured_output: given.structuredOutput,
  /** A form sends an empty one for "any". */
  context_length: z.preprocess((text) => (text === '' ? undefined : text), given.contextLength),
};

/** What of it is published again: a page shows what was asked. */
export const ASKED_NEEDS = {
  tools: z.boolean(),
  structured_output: z.boolean(),
  context_length: z.int().nullable(),
};
export interface AskedNeeds {
  readonly tools: boolean;
  readonly structured_output: boolean;
  readonly context_length: number | null;
}

export const NOTHING_NEEDED: AskedNeeds = { tools: false, structured_output: false, context_length: null };

export const askedNeedsOf = (question: {
  readonly tools?: boolean | undefined;
  readonly structured_output?: boolean | undefined;
  readonly context_length?: number | undefined;
}): AskedNeeds => ({
  tools: question.tools ?? false,
  structured_output: question.structured_output ?? false,
  context_length: question.context_length ?? null,
});

export const needsOf = ({ tools, structured_output, context_length }: AskedNeeds): Needs => ({
  tools,
  structuredOutput: structured_output,
  contextLength: context_length,
});

export const hasNeeds = ({ tools, structured_output, context_length }: AskedNeeds) =>
  tools || structured_output || context_length !== null;

/** As parameters, without those that are what they are anyway. */
export const needsInAddress = ({ tools, structured_output, context_length }: AskedNeeds) => ({
  tools: tools ? 'true' : undefined,
  structured_output: structured_output ? 'true' : undefined,
  context_length: context_length === null ? undefined : String(context_length),
});

/** What matters, and what is needed. @param rest of the address without what is needed, which the form keeps */
export function GoalAndNeeds(props: {
  readonly goal: Goal;
  readonly asked: AskedNeeds;
  readonly action: string;
  readonly rest: Readonly<Record<string, string | undefined>>;
  readonly asking: (changed: Partial<AskedNeeds & { readonly goal: Goal }>) => string;
}) {
  const { goal, asking, ...needed } = props;
  return (
    <>
      <Segments
        name="What matters most"
        chosen={goal}
        options={GOALS.map((id) => ({ id, word: GOAL_WORDS[id].goal, href: asking({ goal: id }) }))}
      />
      <NeedsFilter {...needed} asking={asking} />
    </>
  );
}

/** Two links, and the context as a form. */
function NeedsFilter(props: {
  readonly asked: AskedNeeds;
  readonly action: string;
  readonly rest: Readonly<Record<string, string | undefined>>;
  readonly asking: (changed: Partial<AskedNeeds>) => string;
}) {
  const { asked, action, rest, asking } = props;
  const toggle = (need: 'tools' | 'structured_output', word: string) => (
    <a class="chip" href={asking({ [need]: !asked[need] })} aria-current={asked[need] ? 'true' : undefined}>
      {word}
    </a>
  );
  return (
    <>
      <nav class="chips" aria-label="What it must offer">
        {toggle('tools', 'Tools')}
        {toggle('structured_output', 'JSON schema')}
      </nav>
      <form class="chips" action={action}>
        <Hidden parameters={{ ...rest, ...needsInAddress({ ...asked, context_length: null }) }} />
        <label>
          Context{' '}
          <select name="context_length">
            <option value="">any</option>
            {CONTEXTS.map((tokens) => (
              <option value={tokens} selected={tokens === asked.context_length}>
                {formatContext(tokens)} or more
              </option>
            ))}
          </select>
        </label>
        <button type="submit">Show</button>
      </form>
    </>
  );
}

/** A form keeps what else was asked. */
export function Hidden({ parameters }: { readonly parameters: Readonly<Record<string, string | undefined>> }) {
  return (
    <>
      {Object.entries(parameters)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
    </>
  );
}
