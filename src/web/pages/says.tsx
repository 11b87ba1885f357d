/** @jsxImportSource hono/jsx */
import type { Headline } from './standing.ts';

/** The first words in their tone. */
export function Says({ sentences }: { sentences: readonly Headline[] }) {
  return (
    <>
      {sentences.map(({ subject, tone, rest }, at) => (
        <>
          {at === 0 ? '' : ' '}
          <span class="sentence">
            {tone === 'quiet' ? subject : <span class={tone}>{subject}</span>}
            {rest}
          </span>
        </>
      ))}
    </>
  );
}
