/** @jsxImportSource hono/jsx */
import { modelPath } from '../links.ts';
import { GoalAndNeeds, NOTHING_NEEDED } from '../needs.tsx';
import { Segments } from '../parts.tsx';
import { type Asked, asking, inAddress, WINDOWS, type WindowName } from './question.ts';

const SHORT = { '24h': '24 h', '7d': '7 d', '30d': '30 d' } as const;

/** What matters, what is needed, over which time: each is a link, but for the context, which is a form. */
export function Controls({ modelId, asked }: { readonly modelId: string; readonly asked: Asked }) {
  return (
    <div class="controls asked">
      <GoalAndNeeds
        goal={asked.goal}
        asked={asked}
        action={modelPath(modelId)}
        rest={inAddress({ ...asked, ...NOTHING_NEEDED })}
        asking={(changed) => asking(modelId, asked, changed)}
      />
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
