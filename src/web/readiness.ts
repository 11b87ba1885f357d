import type { Health } from '../ports.ts';

/** A target may be late by two of them before something is wrong. */
const INTERVALS = 3;

interface Check {
  readonly check: 'targets' | 'backlog' | 'store';
  readonly ok: boolean;
  readonly says: string;
}

/** Whether the program does what it is for: asks everybody, gets rid of what it has, can write. */
export function readinessOf(health: Health, backlogLimitMs: number, nowMs: number) {
  const checks = [targets(health, nowMs), backlog(health, backlogLimitMs, nowMs), store(health)];
  return { ready: checks.every(({ ok }) => ok), checks };
}

function targets(health: Health, nowMs: number): Check {
  const { leastRecentlyAskedAtMs, neverAsked, intervalMs, lastCycle } = health;
  const check = 'targets';
  if (health.targets === 0) return { check, ok: false, says: 'there is no target yet' };
  if (leastRecentlyAskedAtMs === null) return { check, ok: false, says: 'no target was asked yet' };
  if (nowMs - leastRecentlyAskedAtMs > INTERVALS * intervalMs) {
    return { check, ok: false, says: `a target was last asked ${minutes(nowMs - leastRecentlyAskedAtMs)} ago` };
  }
  // A target that is new is asked by the cycle that found it.
  if (neverAsked > 0 && lastCycle?.endedAtMs !== null) {
    return { check, ok: false, says: `${neverAsked} of ${health.targets} targets were not asked by a whole cycle` };
  }
  return { check, ok: true, says: `each of ${health.targets} targets was asked within ${INTERVALS} intervals` };
}

function backlog({ backlog: waiting }: Health, limitMs: number, nowMs: number): Check {
  const check = 'backlog';
  if (waiting === null) return { check, ok: true, says: 'nothing is pushed' };
  if (waiting.oldestAtMs === null) return { check, ok: true, says: 'nothing waits for the dataset' };
  const ageMs = nowMs - waiting.oldestAtMs;
  return { check, ok: ageMs <= limitMs, says: `the oldest record has waited ${minutes(ageMs)} for the dataset` };
}

function store({ isStoreWritable: ok }: Health): Check {
  return {
    check: 'store',
    ok,
    says: ok ? 'the store takes records' : 'the disk refuses, or the database is away; what was measured waits',
  };
}

const minutes = (ms: number) => `${Math.floor(ms / 60_000)} min`;
