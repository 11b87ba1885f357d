import { expect, test } from 'bun:test';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dir, '..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

test('the README shows pictures in both themes, described, and light enough for a slow line', () => {
  const pictures = [...README.matchAll(/srcset="([^"]+)-dark\.webp"><img src="([^"]+)-light\.webp" alt="[^"]+"/g)];
  const sizes = pictures.flatMap(([, dark, light]) => [`${dark}-dark.webp`, `${light}-light.webp`]).map(sizeOf);

  expect(pictures.map(([, dark]) => dark)).toEqual(['docs/now', 'docs/model', 'docs/endpoint', 'docs/phones']);
  expect(pictures.filter(([, dark, light]) => dark !== light)).toEqual([]);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_500_000);
});

test('the README leads to files that are there', () => {
  const paths = [...README.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) => path!);

  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

const sizeOf = (path: string) => statSync(join(ROOT, path)).size;
