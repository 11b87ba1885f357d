import { createHash } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const INSTALL_TIMEOUT_MS = 10 * 60_000;
const RUN_TIMEOUT_MS = 120_000;

/** A Python with these packages, in a folder of its own outside of the repository, or why there is none. */
export type Python = { readonly command: string } | { readonly missing: string };

/** Installs the packages once; later runs find them. @param packages pinned, as `name==version` */
export async function pythonWith(packages: readonly string[]): Promise<Python> {
  if (Bun.which('python3') === null) return { missing: 'there is no python3' };
  const key = createHash('sha256').update(packages.join('\n')).digest('hex').slice(0, 12);
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(cache, 'inference-providers-metrics-tracker', `python-${key}`);
  const command = join(folder, 'bin', 'python');
  const complete = join(folder, 'complete');
  if (existsSync(command) && existsSync(complete)) return { command };

  rmSync(folder, { recursive: true, force: true });
  const pip = [command, '-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
  for (const step of [
    ['python3', '-m', 'venv', folder],
    [...pip, '--retries', '1', ...packages],
  ]) {
    const { ok, output } = await run(step, INSTALL_TIMEOUT_MS);
    if (!ok) return { missing: `\`${step.slice(0, 4).join(' ')} …\` failed: ${output.trim().split('\n').at(-1)}` };
  }
  writeFileSync(complete, '');
  return { command };
}

/** Runs a program that prints one JSON value; what it needs to know comes as JSON in its first argument. */
export async function askPython(command: string, program: string, input: unknown, cwd: string): Promise<unknown> {
  const { ok, output } = await run([command, '-c', program, JSON.stringify(input)], RUN_TIMEOUT_MS, cwd);
  if (!ok) throw new Error(output);
  return JSON.parse(output.trim().split('\n').at(-1)!);
}

async function run(command: readonly string[], timeout: number, cwd = '.') {
  const offline = { HF_HUB_OFFLINE: '1', HF_HUB_DISABLE_TELEMETRY: '1', HF_HOME: join(cwd, 'hf-home') };
  const env = { ...process.env, ...(cwd === '.' ? {} : offline) };
  const child = Bun.spawn([...command], { cwd, env, timeout, stdout: 'pipe', stderr: 'pipe' });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const ok = (await child.exited) === 0;
  return { ok, output: ok ? stdout : stderr || stdout };
}
