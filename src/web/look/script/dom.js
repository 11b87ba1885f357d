// Said so often that the short word is worth it.
export const one = (selector, within = document) => within.querySelector(selector);
export const all = (selector, within = document) => within.querySelectorAll(selector);
export const on = (kind, hear) => document.addEventListener(kind, hear);
/** What an event is about: the element, or one around it. */
export const around = ({ target }, selector) => target.closest?.(selector);
/** A key or click that means something else to the browser. */
export const isSpecial = (event) => event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
/** Where everything of ours is, wherever on its host that may be. */
export const ROOT = document.currentScript.src.split('look/')[0];
