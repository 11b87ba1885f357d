/** Markdown is imported as what it says: `with { type: 'text' }`. */
declare module '*.md' {
  const text: string;
  export default text;
}
