import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { Glob } from 'bun';

const ROOT = join(import.meta.dir, '..');
const STAGES = ['catalog', 'schedule', 'probe', 'store', 'push', 'observe', 'verdict', 'alert', 'web', 'fleet'];

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const files = ['index.ts', ...new Glob('src/**/*.{ts,tsx}').scanSync(ROOT)].sort();
const source = new Map(files.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]));
const imports = files.flatMap(importsOf);

/** The relative imports of a file, as paths from the root. */
function importsOf(file: string): readonly Import[] {
  const found = [
    ...source
      .get(file)!
      .matchAll(
        /\b(import|export)\s+(type\s+)?[^'";]*?from\s+'(\.[^']+)'|\bimport\('(\.[^']+)'\)|new URL\('(\.[^']+)'/g,
      ),
  ];
  return found.map(([, , type, from, dynamic, url]) => ({
    from: file,
    to: normalize(join(dirname(file), (from ?? dynamic ?? url)!)),
    typeOnly: type !== undefined,
  }));
}

/** `src/probe/judge.ts` → `probe`; `src/daemon.ts` → `daemon.ts`. */
const partOf = (file: string) => (file === 'index.ts' ? 'index.ts' : file.split('/')[1]!);

function forbidden(rule: (edge: Import, from: string, to: string) => boolean): readonly string[] {
  return imports
    .filter((edge) => !edge.to.endsWith('.json') && rule(edge, partOf(edge.from), partOf(edge.to)))
    .map(({ from, to }) => `${from} imports ${to}`);
}

test('domain and lib import only themselves', () => {
  expect(forbidden((_edge, from, to) => (from === 'domain' || from === 'lib') && to !== from)).toEqual([]);
});

test('the ports import only types of the domain', () => {
  expect(forbidden((edge, from, to) => from === 'ports.ts' && !(to === 'domain' && edge.typeOnly))).toEqual([]);
});

test('a stage imports the domain, lib, types of the ports and itself, never another stage', () => {
  const allowed = (edge: Import, from: string, to: string) =>
    to === from || to === 'domain' || to === 'lib' || (to === 'ports.ts' && edge.typeOnly);
  expect(forbidden((edge, from, to) => STAGES.includes(from) && !allowed(edge, from, to))).toEqual([]);
});

test('nothing imports the simulated world but the command line', () => {
  expect(forbidden((_edge, from, to) => to === 'sim' && from !== 'sim' && from !== 'cli.ts')).toEqual([]);
});

test('nothing imports the command line but the entry', () => {
  expect(forbidden((_edge, from, to) => to === 'cli.ts' && from !== 'index.ts')).toEqual([]);
});

test('the simulated world imports only the domain, lib and itself', () => {
  expect(forbidden((_edge, from, to) => from === 'sim' && !['sim', 'domain', 'lib'].includes(to))).toEqual([]);
});

test('no two files import each other, even by a detour', () => {
  const edges = Map.groupBy(imports, (edge) => edge.from);
  const done = new Set<string>();
  const cycles: string[] = [];
  const walk = (file: string, trail: readonly string[]) => {
    if (trail.includes(file)) cycles.push([...trail.slice(trail.indexOf(file)), file].join(' → '));
    if (done.has(file) || trail.includes(file)) return;
    for (const { to } of edges.get(file) ?? []) walk(to, [...trail, file]);
    done.add(file);
  };
  for (const file of files) walk(file, []);
  expect(cycles).toEqual([]);
});

test('the environment and the exit belong to the entry alone', () => {
  const trespassers = files.filter(
    (file) => file !== 'index.ts' && /\bprocess\.(env|exit)\b|\bBun\.env\b/.test(source.get(file)!),
  );
  expect(trespassers).toEqual([]);
});

test('the pure core reads no clock, no chance, no disk and no network', () => {
  const edge =
    /\bDate\.now\(|\bperformance\.now\(|\bMath\.random\(|\bfetch\(|from 'node:(fs|net|tls|http|https|dns|os)|from 'bun(:sqlite)?'/;
  expect(files.filter((file) => partOf(file) === 'domain' && edge.test(source.get(file)!))).toEqual([]);
});

test('there are no barrel files and no folder for one file', () => {
  expect(files.filter((file) => file !== 'index.ts' && file.endsWith('/index.ts'))).toEqual([]);
  const folders = Map.groupBy(
    files.filter((file) => file.startsWith('src/') && file.split('/').length > 2),
    dirname,
  );
  expect([...folders].filter(([, inside]) => inside.length === 1).map(([folder]) => folder)).toEqual([]);
});

test('every page says itself what its markup is made by: Bun asks the tsconfig.json of the folder it is started in', () => {
  const pages = files.filter((file) => file.endsWith('.tsx'));
  expect(pages.filter((file) => !source.get(file)!.startsWith('/** @jsxImportSource hono/jsx */\n'))).toEqual([]);
});
