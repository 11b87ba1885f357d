// Brings new figures into what is shown: an element that is the same stays, and with it focus, selection and what is unfolded.
import { one } from './dom.js';

/**
 * @param inOrder false: rows stay where they are
 * @param selected text within it stays. It is asked for once: for each answer the browser lays out what was changed until then
 * @returns whether rows have another order, or are others, than is shown
 */
export function morph(shown, fresh, inOrder, selected = selectedRange()) {
  if (shown.isEqualNode(fresh)) return false;
  if (!shown.attributes) {
    if (!selected?.intersectsNode(shown)) shown.data = fresh.data;
    return false;
  }
  takeAttributes(shown, fresh);
  const waits = arrange(shown, fresh, inOrder);
  const before = [...shown.childNodes];
  const after = [...fresh.childNodes];
  for (const child of before.slice(after.length)) child.remove();
  return after.reduce((waiting, child, at) => {
    if (before[at]?.nodeName === child.nodeName) return morph(before[at], child, inOrder, selected) || waiting;
    before[at] ? before[at].replaceWith(child) : shown.append(child);
    return waiting;
  }, waits);
}

/** Null: nothing is selected. */
function selectedRange() {
  const selection = getSelection();
  return selection.isCollapsed ? null : selection.getRangeAt(0);
}

/** Gives the rows of both one order: the new one, or the one on the screen. */
function arrange(shown, fresh, inOrder) {
  const [before, after] = [rowsOf(shown), rowsOf(fresh)];
  if (!before || !after || `${Object.keys(before)}` === `${Object.keys(after)}`) return false;
  const [list, order, other] = inOrder ? [shown, after, before] : [fresh, before, after];
  list.replaceChildren(...Object.keys(order).map((key) => other[key] ?? order[key].cloneNode(true)));
  return !inOrder;
}

/** Whether it is unfolded is the reader's. */
function takeAttributes(shown, fresh) {
  if (shown.matches('details')) return;
  for (const { name } of [...shown.attributes]) if (!fresh.hasAttribute(name)) shown.removeAttribute(name);
  for (const { name, value } of fresh.attributes)
    if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
}

/** The rows of a table or list by what they are about. Undefined: it is neither, or two are about the same. */
function rowsOf(list) {
  if (!list.matches('tbody, ul, ol')) return;
  const rows = {};
  for (const row of list.children) rows[keyOf(row)] = row;
  if (Object.keys(rows).length === list.children.length) return rows;
}

const keyOf = (row) => one('a', row)?.pathname ?? row.firstChild?.textContent;
