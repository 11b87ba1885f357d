import { join } from 'node:path';
import { photographPages } from './browser.ts';
import { drawTerminal } from './terminal.ts';

/** `npm run pictures`: the README's pictures, of the demo in a terminal and of its pages in a browser. */
const pictures = { 'demo.svg': await drawTerminal(), ...(await photographPages()) };
for (const [name, content] of Object.entries(pictures)) {
  await Bun.write(join(import.meta.dir, name), content);
  console.log(`docs/${name}  ${Math.ceil(Buffer.byteLength(content) / 1000)} KB`);
}
