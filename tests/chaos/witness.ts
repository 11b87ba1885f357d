import type { ChildEnd } from './child.ts';

/** What is missing from where it must be, what is there more than once, and whatever else is not as promised. */
export interface Findings {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly problems: readonly string[];
}

/** Everything that the daemons on one store have said, to be held against what is there. */
export class Witness {
  readonly acknowledged = new Set<string>();
  readonly planned = new Set<string>();
  /** sha256 of each shard as the store keeps it, by the name of its batch. */
  readonly hashes = new Map<string, string>();
  #lost = new Set<string>();
  #doubled = new Set<string>();

  /** @returns what no daemon should say */
  hear({ stored, planned, built, complaints }: ChildEnd): readonly string[] {
    const again = stored.filter((id) => this.acknowledged.has(id));
    for (const id of stored) this.acknowledged.add(id);
    for (const id of planned) this.planned.add(id);
    return [
      ...complaints,
      ...again.map((id) => `attempt ${id} was acknowledged twice`),
      ...built.flatMap(([name, sha256]) => this.learnHash(name, sha256)),
    ];
  }

  learnHash(batchName: string, sha256: string): readonly string[] {
    const known = this.hashes.get(batchName);
    if (known === undefined) this.hashes.set(batchName, sha256);
    return known === undefined || known === sha256 ? [] : [`the hash kept of ${batchName} has changed`];
  }

  /** Those not counted before. */
  count(lost: Iterable<string>, doubled: Iterable<string>): Pick<Findings, 'lost' | 'doubled'> {
    return { lost: fresh(lost, this.#lost), doubled: fresh(doubled, this.#doubled) };
  }
}

function fresh(ids: Iterable<string>, counted: Set<string>): readonly string[] {
  const found = [...new Set(ids)].filter((id) => !counted.has(id));
  for (const id of found) counted.add(id);
  return found;
}
