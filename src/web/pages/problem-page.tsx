/** @jsxImportSource hono/jsx */
import type { z } from 'zod';
import type { Problem } from '../schemas/answers.ts';
import type { Site } from '../site.ts';
import { upper } from '../words.ts';
import { documentOf } from './layout.tsx';
import { html } from './page.tsx';

const TITLES: Readonly<Record<number, string>> = {
  400: 'We cannot read that address.',
  404: 'There is nothing here.',
  405: 'A page can only be read.',
  414: 'That address is too long.',
  429: 'You ask faster than we answer.',
  500: 'We could not make this page.',
};

const DETAILS: Readonly<Record<number, string>> = {
  404: 'The page does not exist, or we know nothing of what it is about: nobody trends for ever.',
  500: 'The fault is ours, and it is in our log. Everything else holds: measuring goes on, and the other pages are complete.',
};

/** What went wrong, what still holds, what to do. */
export function problemPage({ status, detail, title }: z.output<typeof Problem>, site: Site): string {
  const said = TITLES[status] ?? `${title}.`;
  return html(
    documentOf({
      path: '',
      pulse: null,
      title: said.replace(/\.$/, ''),
      main: (
        <>
          <h1>{said}</h1>
          <p class="lead">{DETAILS[status] ?? `${upper(detail)}.`}</p>
          <p class="lead">
            <a href="/">See what is going on now</a>
          </p>
        </>
      ),
    }),
    site,
  );
}
