/** How readers come to us, as far as settings tell: nothing that a request says of it is believed. */
export interface Site {
  /** `https://host/prefix`, to be followed by a path. Empty: nobody has said, and addresses begin with the path. */
  readonly url: string;
  /** `/prefix`, or empty. A proxy may take it off or leave it on. */
  readonly base: string;
  /** Hosts whose pages may show ours in a frame. */
  readonly embedIn: readonly string[];
}

export function siteOf({
  publicUrl = null,
  embedIn = [],
}: {
  publicUrl?: string | null;
  embedIn?: readonly string[];
}): Site {
  const url = publicUrl ?? '';
  return { url, base: url === '' ? '' : new URL(url).pathname.replace(/\/$/, ''), embedIn };
}

/** The path of a request as our routes know it. */
export function pathWithin({ base }: Site, path: string): string {
  if (path === base) return '/';
  return path.startsWith(`${base}/`) ? path.slice(base.length) : path;
}

const LINKING = ['href', 'src', 'action', 'formaction'];

/**
 * A document of ours under the address of the site: links that begin with our root get the prefix, and what a page tells of
 * itself for others (`<meta content="/…">`, where it is at home) becomes a whole address.
 */
export function linkedWithin({ url, base }: Site, document: string): string {
  if (url === '') return document;
  const rewriter = new HTMLRewriter();
  const put = (attribute: string, selector: string, prefix: string) =>
    rewriter.on(selector, {
      element(element) {
        const path = element.getAttribute(attribute)!;
        if (/^\/(?!\/)/.test(path)) element.setAttribute(attribute, prefix + path);
      },
    });
  put('href', 'link[rel="canonical"]', url); // before links get the prefix: it is whole then
  if (base !== '') for (const attribute of LINKING) put(attribute, `[${attribute}^="/"]`, base);
  put('content', 'meta[content^="/"]', url);
  return rewriter.transform(document);
}
