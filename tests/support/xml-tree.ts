import { toolFor } from './tool.ts';

/** An element as another parser reads it. */
export interface XmlElement {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

const READ = `
import json, sys, xml.etree.ElementTree as tree
def read(e):
    return {"tag": e.tag, "attributes": e.attrib, "text": e.text or "", "children": [read(c) for c in e]}
print(json.dumps(read(tree.fromstring(sys.stdin.buffer.read()))))
`;

/** Python's own parser (expat), which refuses whatever is not well-formed. */
export const XML_READER = toolFor('python3', 'Feeds and badges are not read by another parser');

/** @throws where it is no XML */
export function readXml(text: string): XmlElement {
  const { exitCode, stdout, stderr } = Bun.spawnSync([XML_READER.command, '-c', READ], {
    stdin: Buffer.from(text),
    timeout: 20_000,
  });
  if (exitCode !== 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString());
}

/** The texts of the children with that name, whatever their namespace. */
export const textsOf = (element: XmlElement, name: string) =>
  element.children.filter(({ tag }) => tag.replace(/^\{.*\}/, '') === name).map(({ text }) => text);
