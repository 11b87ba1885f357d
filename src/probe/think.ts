const TAG = /<\/?think>/g;

/** Content taken apart into what was thought and what was answered. */
export interface Thought {
  /** Visible text, without white space around it. */
  readonly answer: string;
  /** Text inside `<think>`, without white space around it. */
  readonly reasoning: string;
  /** Some `<think>` or `</think>` was there, though perhaps with nothing in it. */
  readonly tagged: boolean;
  /** Where in `content` the answer's first character that is not white space stands; -1 without one. */
  readonly answerFrom: number;
}

/**
 * Takes `<think>…</think>` out of a reply's content. A block left open reaches to the end. A `</think>` that nothing opened ends a
 * thought that began with the reply (chat templates of some models write the opening tag themselves), so what stands before it was thought.
 */
export function splitThink(content: string): Thought {
  const thought: string[] = [];
  let visible: { from: number; text: string }[] = [];
  let from = 0;
  let thinking = false;
  let tagged = false;
  const take = (to: number) => {
    const text = content.slice(from, to);
    if (thinking) thought.push(text);
    else visible.push({ from, text });
  };
  for (const { 0: tag, index } of content.matchAll(TAG)) {
    take(index);
    if (tag === '</think>' && !thinking) {
      thought.push(...visible.map(({ text }) => text));
      visible = [];
    }
    tagged = true;
    thinking = tag === '<think>';
    from = index + tag.length;
  }
  take(content.length);
  const first = visible.find(({ text }) => text.trim() !== '');
  return {
    answer: visible
      .map(({ text }) => text)
      .join('')
      .trim(),
    reasoning: thought.join('').trim(),
    tagged,
    answerFrom: first === undefined ? -1 : first.from + first.text.search(/\S/),
  };
}
