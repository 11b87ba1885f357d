/** @jsxImportSource hono/jsx */
import { GOALS } from '../../../domain/verdict.ts';
import { formatContext } from '../../../lib/format.ts';
import { modelPath } from '../links.ts';
import { Segments } from '../parts.tsx';
import { type Asked, asking, inAddress, WINDOWS, type WindowName } from './question.ts';
import { GOAL_WORDS } from './words.ts';

const CONTEXTS = [32_768, 65_536, 131_072, 262_144, 1_048_576];
const SHORT = { '24h': '24 h', '7d': '7 d', '30d': '30 d' } as const;

/** What matters, what is needed, over which time: each is a link, but for the context, which is a form. */
export function Controls({ modelId, asked }: { readonly modelId: string; readonly asked: Asked }) {
  const toggle = (need: 'tools' | 'structured_output', word: string) => (
    <a
      class="chip"
      href={asking(modelId, asked, { [need]: !asked[need] })}
      aria-current={asked[need] ? 'true' : undefined}
    >
      {word}
    </a>
  );
  return (
    <div class="controls asked">
      <Segments
        name="What matters most"
        chosen={asked.goal}
        options={GOALS.map((goal) => ({
          id: goal,
          word: GOAL_WORDS[goal].goal,
          href: asking(modelId, asked, { goal }),
        }))}
      />
      <nav class="chips" aria-label="What it must offer">
        {toggle('tools', 'Tools')}
        {toggle('structured_output', 'JSON schema')}
      </nav>
      <form class="chips" action={modelPath(modelId)}>
        <Hidden asked={asked} but="context_length" />
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
      <Segments
        name="Over which time"
        chosen={asked.since}
        options={(Object.keys(WINDOWS) as WindowName[]).map((since) => ({
          id: since,
          word: SHORT[since],
          href: asking(modelId, asked, { since }),
        }))}
      />
    </div>
  );
}

/** A form keeps what else was asked. */
export function Hidden({ asked, but }: { readonly asked: Asked; readonly but: keyof Asked }) {
  return (
    <>
      {Object.entries(inAddress(asked))
        .filter(([name, value]) => name !== but && value !== undefined)
        .map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
    </>
  );
}
