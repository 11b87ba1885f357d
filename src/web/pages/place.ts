/** Pages by the first part of their path. */
const PAGE = /^\/(?:(?:attempts|compare|data|incidents|method|models|providers|search)(?:[/?#]|$)|[?#]|$)/;
/** What programs are told of the same, where it differs from place to place. */
const ANSWER = /^\/api\/v1\/(?:checks|models|now|providers)(?:[/?]|$)/;

/** The same address, looked at from a place. */
export function fromPlace(address: string, place: string): string {
  const [asked = '', ...anchor] = address.split('#');
  const more = `${asked.includes('?') ? '&' : '?'}location=${encodeURIComponent(place)}`;
  return [asked + more, ...anchor].join('#');
}

/**
 * A document, every link and form of which leads to pages as they are from the place that its reader looks from; a link that says a place
 * keeps its own. Data, feeds, badges and what is elsewhere stay as they are.
 */
export function keptFrom(place: string, document: string): string {
  const put = (address: RegExp) => ({
    element(element: HTMLRewriterTypes.Element) {
      const href = element.getAttribute('href')!;
      if (address.test(href) && !/[?&;]location=/.test(href)) element.setAttribute('href', fromPlace(href, place));
    },
  });
  return new HTMLRewriter()
    .on('a[href^="/"]', put(PAGE))
    .on('link[rel="alternate"][type="application/json"]', put(ANSWER))
    .on('form[action^="/"]', {
      element(form) {
        form.append(`<input type="hidden" name="location" value="${Bun.escapeHTML(place)}">`, { html: true });
      },
    })
    .transform(document);
}
