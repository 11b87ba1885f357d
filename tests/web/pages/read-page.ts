/** What a reader of a page has before them, by a parser that is not ours. */
export interface Read {
  readonly html: string;
  /** Every element in order, with its attributes. */
  readonly elements: readonly { readonly tag: string; readonly attributes: Readonly<Record<string, string>> }[];
  /** All text, with single spaces. */
  readonly text: string;
  readonly h1: string;
  readonly links: readonly string[];
}

export async function readPage(response: Response): Promise<Read> {
  const html = await response.text();
  const elements: { tag: string; attributes: Record<string, string> }[] = [];
  let text = '';
  let h1 = '';
  const rewriter = new HTMLRewriter()
    .on('*', {
      element({ tagName, attributes }) {
        elements.push({ tag: tagName, attributes: Object.fromEntries(attributes as Iterable<[string, string]>) });
      },
    })
    .on('main, main *', {
      text(chunk) {
        text += `${chunk.text} `;
      },
    })
    .on('h1, h1 *', {
      text(chunk) {
        h1 += chunk.text;
      },
    });
  await rewriter.transform(new Response(html)).text();
  const links = elements
    .filter(({ tag }) => tag === 'a')
    .map(({ attributes }) => attributes.href!.replaceAll('&amp;', '&'));
  return { html, elements, text: plain(text), h1: plain(h1), links };
}

const plain = (text: string) => text.replace(/\s+/g, ' ').trim();
