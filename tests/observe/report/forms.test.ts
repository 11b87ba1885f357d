import { describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import type { Document } from '../../../src/observe/report/document.ts';
import { reportAsHtml } from '../../../src/observe/report/html.ts';
import { reportAsMarkdown } from '../../../src/observe/report/markdown.ts';
import { reportAsText } from '../../../src/observe/report/text.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';

const PLAIN = { width: 80, colour: false };

const DOCUMENT: Document = {
  title: 'acme/Thinker_7B: report',
  blocks: [
    { kind: 'heading', level: 2, text: 'What is going on' },
    { kind: 'paragraph', text: '1 is down: cobalt.', tone: 'bad' },
    { kind: 'heading', level: 3, text: 'Which provider?' },
    {
      kind: 'list',
      items: [
        { text: 'Use slate.', tone: 'answer' },
        { text: 'Avoid cobalt: it has been down since long ago, and nobody can say when it will be up again.' },
      ],
    },
    {
      kind: 'table',
      caption: 'How reliable',
      columns: [{ title: 'Place' }, { title: 'Provider' }, { title: 'First\ntoken', align: 'right' }],
      rows: [
        [{ text: '1–2' }, { text: 'slate' }, { text: '218 ms', tone: 'good' }],
        [{ text: '–' }, { text: 'cobalt' }, { text: '✕ Down', tone: 'bad' }],
      ],
      note: 'A shared place: they cannot be told apart.',
    },
  ],
};

/** The same text wherever a text may stand. */
const documentOf = (text: string): Document => ({
  title: text,
  blocks: [
    { kind: 'heading', level: 2, text },
    { kind: 'paragraph', text },
    { kind: 'list', items: [{ text, tone: 'answer' }] },
    {
      kind: 'table',
      caption: text,
      columns: [{ title: 'Provider' }, { title: 'n' }],
      rows: [[{ text }, { text }]],
      note: null,
    },
  ],
});

describe('as text', () => {
  test('the report fits its width, sentences by whole words', () => {
    expect(reportAsText(DOCUMENT, PLAIN)).toBe(`\
acme/Thinker_7B: report

── What is going on ──
1 is down: cobalt.

Which provider?
  Use slate.
  Avoid cobalt: it has been down since long ago, and nobody can say when it
    will be up again.

How reliable
  Place  Provider   First
                    token
  1–2    slate     218 ms
  –      cobalt    ✕ Down
  A shared place: they cannot be told apart.
`);
  });

  test('colour comes third: without its codes it is the plain one', () => {
    const coloured = reportAsText(DOCUMENT, { width: 80, colour: true });

    expect(coloured).toContain('\u001b[31m✕ Down');
    expect(Bun.stripANSI(coloured).replace(/ +\n/g, '\n')).toBe(reportAsText(DOCUMENT, PLAIN));
  });

  test('hostile texts cannot steer the terminal, nor begin a line of their own', () => {
    for (const hostile of HOSTILE_TEXTS.filter((text) => text.length < 1000)) {
      const text = reportAsText(documentOf(hostile), PLAIN);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u200b\u202e\u2028]/);
    }
  });
});

describe('as Markdown', () => {
  test("tables are GitHub's", () => {
    expect(reportAsMarkdown(DOCUMENT)).toBe(`\
# acme/Thinker_7B: report

## What is going on

1 is down: cobalt.

### Which provider?

- **Use slate.**
- Avoid cobalt: it has been down since long ago, and nobody can say when it will be up again.

**How reliable**

| Place | Provider | First token |
|---|---|--:|
| 1–2 | slate | 218 ms |
| – | cobalt | ✕ Down |

A shared place: they cannot be told apart.
`);
  });

  test.each([
    ['a|b', 'a\\|b'],
    ['<img src=x>', '\\<img src=x\\>'],
    ['[x](https://evil.example)', '\\[x\\](https:<!-- -->//evil.example)'],
    ['www.evil.example', 'www<!-- -->.evil.example'],
    ['@somebody and #12', '@<!-- -->somebody and #<!-- -->12'],
    ['*bold* _thin_ snake_case `code`', '\\*bold\\* \\_thin\\_ snake_case \\`code\\`'],
    ['1. first', '1\\. first'],
    ['- item', '\\- item'],
    ['two\nlines', 'two\\\\nlines'],
    ['&amp;', '\\&amp;'],
  ])('%p stays what it is', (text, escaped) => {
    expect(reportAsMarkdown({ title: 't', blocks: [{ kind: 'paragraph', text }] })).toBe(`# t\n\n${escaped}\n`);
  });

  test('each hostile text leaves a table with as many cells as before', () => {
    for (const hostile of HOSTILE_TEXTS) {
      const rows = reportAsMarkdown(documentOf(hostile))
        .split('\n')
        .filter((line) => line.startsWith('| '));
      expect(rows).toHaveLength(2);
      for (const row of rows) expect(row.match(/(?<!\\)(?:\\\\)*\|/g)).toHaveLength(3);
    }
  });
});

describe('as HTML', () => {
  test('the page stands alone: its policy lets in its own style and nothing else, and it has no script', () => {
    const page = reportAsHtml(DOCUMENT);
    const style = page.match(/<style>([\s\S]*)<\/style>/)![1]!;
    const hash = createHash('sha256').update(style).digest('base64');

    expect(page).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'">`,
    );
    expect(page).toStartWith('<!doctype html>\n<html lang="en">');
    expect(page).not.toMatch(/<script|<img|<link|\son\w+=|\sstyle=|url\(|https?:/i);
    expect(style).toContain('color-scheme: light dark');
    expect(style).toContain('--bad: light-dark(#B3261E, #FF8A73)');
  });

  test('has one h1, captions, and headers of columns and rows', () => {
    const page = reportAsHtml(DOCUMENT);

    expect(page.match(/<h1>/g)).toHaveLength(1);
    expect(page).toContain('<p class="bad">1 is down: cobalt.</p>');
    expect(page).toContain('<li class="answer">Use slate.</li>');
    expect(page).toContain('<caption>How reliable</caption>');
    expect(page).toContain('<th scope="col" class="figure">First token</th>');
    expect(page).toContain('<th scope="row">cobalt</th>');
    expect(page).toContain('<td class="figure"><span class="bad">✕ Down</span></td>');
  });

  test('hostile texts are text', async () => {
    const tags = async (text: string) => {
      const found: string[] = [];
      const seen = { element: (element: { tagName: string }) => void found.push(element.tagName) };
      await new HTMLRewriter()
        .on('*', seen)
        .transform(new Response(reportAsHtml(documentOf(text))))
        .text();
      return found;
    };
    const harmless = await tags('harmless');
    for (const hostile of [...HOSTILE_TEXTS, '"><svg onload=alert(1)>', '</style><script>', '</title>', '<!--']) {
      expect(await tags(hostile)).toEqual(harmless);
    }
  });
});
