import type { Db } from './client.ts';

/** Held on a connection of its own by each worker that is there, with its number: what it was leased may be under way as long as it lives. */
export const WORKER_LOCK = 7_861;
/** Held, with a probe's id, hashed, by whoever ends a probe beside the cycles. */
export const BESIDE_LOCK = 7_863;
/** One claim at a time counts what is under way at each provider. */
export const CLAIMS_LOCK = 7_861_001;

const DAY_MS = 86_400_000;
/** By then a cycle that was due is planned, if anybody leads. */
const PLANNING_MS = 60_000;

/** In SQL: the database's clock, Unix ms. */
export const NOW_MS = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

/** What several places share. Times are by the database's clock, Unix ms. */
export async function createFleetTables(db: Db): Promise<void> {
  await db.run(`
    CREATE TABLE workers (
      number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      worker_id text NOT NULL UNIQUE,
      location text NOT NULL,
      tracker_version text NOT NULL,
      slots bigint NOT NULL,
      clock_ahead_ms double precision NOT NULL,
      waiting bigint NOT NULL,
      first_seen_ms bigint NOT NULL,
      last_seen_ms bigint NOT NULL
    )`);
  await db.run(`
    CREATE TABLE probes (
      probe_id text PRIMARY KEY,
      cycle_id text NOT NULL,
      due_at_ms bigint NOT NULL,
      location text NOT NULL,
      plan_order bigint NOT NULL,
      provider text NOT NULL,
      is_skipped boolean NOT NULL,
      probe text NOT NULL,
      attempts bigint NOT NULL DEFAULT 0,
      done boolean NOT NULL DEFAULT false
    )`);
  await db.run(
    'CREATE INDEX open_probes ON probes (location, provider, due_at_ms, plan_order) WHERE NOT done AND NOT is_skipped',
  );
  await db.run('CREATE INDEX probes_by_due ON probes (due_at_ms, cycle_id)');
  await db.run(`
    CREATE TABLE slots (
      lease_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      probe_id text NOT NULL,
      provider text NOT NULL,
      worker integer NOT NULL,
      until_ms bigint NOT NULL,
      -- somebody else was given the probe, or it has ended; the worker may not know yet
      replaced boolean NOT NULL DEFAULT false
    )`);
  await db.run('CREATE UNIQUE INDEX one_lease_per_probe ON slots (probe_id) WHERE NOT replaced');
  await db.run(`
    -- attempts whose cost is booked and that are not stored, so that telling of one again books nothing
    CREATE TABLE fenced_attempts (
      attempt_id text NOT NULL,
      began_at_ms bigint NOT NULL,
      duration_ms double precision NOT NULL,
      fenced_at_ms bigint NOT NULL,
      PRIMARY KEY (attempt_id, began_at_ms, duration_ms)
    )`);
  await db.run(`
    -- what a place is to ask at once
    CREATE TABLE wishes (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      location text NOT NULL,
      model_id text NOT NULL,
      provider text NOT NULL,
      wished_at_ms bigint NOT NULL
    )`);
  for (const statement of [OPEN_PROVIDERS, ASKABLE_DAYS, CONNECTED_WORKERS, CLAIM_PROBES, CLAIM_BESIDE])
    await db.run(statement);
}

/** Providers with open probes at a location, one step in the index each, however many probes there are. */
const OPEN_PROVIDERS = `
  CREATE FUNCTION open_providers(at_location text) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    WITH RECURSIVE step AS (
      SELECT min(provider) AS provider FROM probes WHERE location = at_location AND NOT done AND NOT is_skipped
      UNION ALL
      SELECT (
        SELECT min(p.provider) FROM probes p
        WHERE p.location = at_location AND p.provider > step.provider AND NOT p.done AND NOT p.is_skipped
      ) FROM step WHERE step.provider IS NOT NULL
    )
    SELECT provider FROM step WHERE provider IS NOT NULL
  $$`;

/** UTC days, counted from 1970, of the open probes of a location whose budget is not spent. */
const ASKABLE_DAYS = `
  CREATE FUNCTION askable_days(at_location text, budget_usd double precision) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    WITH
      due AS (
        SELECT first.due_at_ms / ${DAY_MS} AS first_day, last.due_at_ms / ${DAY_MS} AS last_day
        FROM open_providers(at_location) AS of_provider,
          LATERAL (
            SELECT due_at_ms FROM probes
            WHERE location = at_location AND provider = of_provider AND NOT done AND NOT is_skipped
            ORDER BY due_at_ms LIMIT 1
          ) AS first,
          LATERAL (
            SELECT due_at_ms FROM probes
            WHERE location = at_location AND provider = of_provider AND NOT done AND NOT is_skipped
            ORDER BY due_at_ms DESC LIMIT 1
          ) AS last
      ),
      days AS (SELECT generate_series(min(first_day), max(last_day)) AS day FROM due)
    SELECT day FROM days
    WHERE budget_usd IS NULL OR budget_usd > (
      SELECT coalesce(sum(known_usd + estimated_usd), 0) FROM ledger
      WHERE ledger.day = to_char(to_timestamp(days.day * ${DAY_MS / 1000}) AT TIME ZONE 'UTC', 'YYYY-MM-DD')
    )
  $$`;

/** Numbers of the workers whose session lives. */
const CONNECTED_WORKERS = `
  CREATE FUNCTION connected_workers() RETURNS SETOF integer LANGUAGE sql VOLATILE AS $$
    SELECT objid::bigint::integer FROM pg_locks
    WHERE locktype = 'advisory' AND classid = ${WORKER_LOCK} AND objsubid = 2 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  $$`;

/**
 * One statement, so that the lock of the claims is held for no round trip. Each statement within sees what was committed before it: what
 * others claimed while this one waited. Functions stand in FROM, where they become part of a plan that is made once for a session.
 */
const CLAIM_PROBES = `
  CREATE FUNCTION claim_probes(
    of_worker text, at_location text, free_slots bigint, lease_ms bigint, due_since_ms bigint, per_provider bigint, budget_usd double precision
  ) RETURNS TABLE (lease_id bigint, probe text, attempts bigint) LANGUAGE plpgsql VOLATILE AS $$
  #variable_conflict use_column
  DECLARE
    worker_number integer := (SELECT number FROM workers WHERE worker_id = of_worker);
    now_ms bigint := ${NOW_MS};
    connected integer[] := '{}';
    days bigint[];
    chosen text[];
  BEGIN
    IF worker_number IS NULL OR NOT EXISTS (
      SELECT FROM probes p WHERE p.location = at_location AND p.due_at_ms >= due_since_ms AND NOT p.done AND NOT p.is_skipped
        AND NOT EXISTS (SELECT FROM slots s WHERE s.probe_id = p.probe_id AND NOT s.replaced AND s.until_ms > now_ms)
    ) THEN RETURN; END IF;
    IF budget_usd IS NOT NULL AND NOT EXISTS (SELECT FROM askable_days(at_location, budget_usd)) THEN RETURN; END IF;

    PERFORM pg_advisory_xact_lock(${CLAIMS_LOCK});
    now_ms := ${NOW_MS};
    days := ARRAY(SELECT day FROM askable_days(at_location, budget_usd) AS day);
    IF EXISTS (SELECT FROM slots WHERE until_ms <= now_ms) THEN
      connected := ARRAY(SELECT number FROM connected_workers() AS number);
    END IF;

    chosen := ARRAY(
      WITH
        active AS (
          SELECT provider, count(*) AS n FROM slots
          WHERE until_ms > now_ms OR worker = ANY (connected) GROUP BY provider
        ),
        free AS (
          SELECT of_provider AS provider, least(free_slots, per_provider - coalesce(n, 0)) AS n
          FROM open_providers(at_location) AS of_provider LEFT JOIN active ON active.provider = of_provider
        )
      SELECT candidate.probe_id
      FROM free, LATERAL (
        SELECT p.probe_id, p.due_at_ms, p.plan_order FROM probes p
        WHERE p.location = at_location AND p.provider = free.provider AND NOT p.done AND NOT p.is_skipped
          AND p.due_at_ms >= due_since_ms
          AND p.due_at_ms >= (SELECT min(day) FROM unnest(days) AS day) * ${DAY_MS}
          AND p.due_at_ms < ((SELECT max(day) FROM unnest(days) AS day) + 1) * ${DAY_MS}
          AND p.due_at_ms / ${DAY_MS} = ANY (days)
          AND NOT EXISTS (SELECT FROM slots s WHERE s.probe_id = p.probe_id AND NOT s.replaced AND s.until_ms > now_ms)
        ORDER BY p.due_at_ms, p.plan_order
        LIMIT greatest(free.n, 0)
        FOR UPDATE SKIP LOCKED
      ) AS candidate
      ORDER BY candidate.due_at_ms, candidate.plan_order, candidate.probe_id
      LIMIT free_slots
    );

    -- leases that ran out of probes that go to somebody else now, or ended; in one order, as whoever gives leases back takes them
    IF EXISTS (SELECT FROM slots WHERE until_ms <= now_ms) THEN
      PERFORM FROM slots WHERE until_ms <= now_ms AND (replaced OR probe_id = ANY (chosen)) ORDER BY lease_id FOR UPDATE;
      UPDATE slots SET replaced = true WHERE probe_id = ANY (chosen) AND NOT replaced;
      DELETE FROM slots WHERE replaced AND until_ms <= now_ms AND worker <> ALL (connected);
    END IF;
    RETURN QUERY
      WITH leased AS (
        INSERT INTO slots (probe_id, provider, worker, until_ms)
        SELECT probe_id, provider, worker_number, now_ms + lease_ms
        FROM unnest(chosen) WITH ORDINALITY AS c (probe_id, place) JOIN probes USING (probe_id) ORDER BY place
        RETURNING lease_id, probe_id
      )
      SELECT leased.lease_id, p.probe, p.attempts FROM leased JOIN probes p USING (probe_id) ORDER BY leased.lease_id;
  END $$`;

/** A probe that is in no plan, and so has no row but its lease; null: not now. */
const CLAIM_BESIDE = `
  CREATE FUNCTION claim_beside(
    of_probe text, of_provider text, of_worker text, at_location text, free_slots bigint, lease_ms bigint, per_provider bigint,
    rival text, of_cycle text, cycle_due_ms bigint, of_day text, budget_usd double precision
  ) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
  DECLARE
    worker_number integer := (SELECT number FROM workers WHERE worker_id = of_worker);
    now_ms bigint := ${NOW_MS};
    connected integer[] := '{}';
    waiting bigint;
    waiting_there bigint;
    given bigint;
  BEGIN
    IF worker_number IS NULL
      OR EXISTS (SELECT FROM probes WHERE probe_id = rival AND NOT done AND NOT is_skipped)
      OR EXISTS (SELECT FROM attempts WHERE probe_id = of_probe AND final = 1)
      OR (now_ms < cycle_due_ms + ${PLANNING_MS} AND NOT EXISTS (
        SELECT FROM cycles WHERE cycle_id = of_cycle AND (began_at_ms IS NOT NULL OR skipped_at_ms IS NOT NULL)
      ))
      OR budget_usd <= (SELECT coalesce(sum(known_usd + estimated_usd), 0) FROM ledger WHERE day = of_day)
    THEN RETURN NULL; END IF;

    PERFORM pg_advisory_xact_lock(${CLAIMS_LOCK});
    now_ms := ${NOW_MS};
    SELECT count(*), count(*) FILTER (WHERE provider = of_provider) INTO waiting, waiting_there FROM (
      SELECT provider FROM probes p
      WHERE p.location = at_location AND p.due_at_ms >= cycle_due_ms AND NOT p.done AND NOT p.is_skipped
        AND NOT EXISTS (SELECT FROM slots s WHERE s.probe_id = p.probe_id AND NOT s.replaced AND s.until_ms > now_ms)
      LIMIT free_slots
    ) AS of_the_cycle;
    IF waiting >= free_slots THEN RETURN NULL; END IF;

    IF EXISTS (SELECT FROM slots WHERE until_ms <= now_ms) THEN
      connected := ARRAY(SELECT number FROM connected_workers() AS number);
      PERFORM FROM slots s WHERE until_ms <= now_ms AND worker <> ALL (connected)
        AND NOT EXISTS (SELECT FROM probes p WHERE p.probe_id = s.probe_id) ORDER BY lease_id FOR UPDATE;
      DELETE FROM slots s WHERE until_ms <= now_ms AND worker <> ALL (connected)
        AND NOT EXISTS (SELECT FROM probes p WHERE p.probe_id = s.probe_id);
    END IF;
    IF waiting_there + (
      SELECT count(*) FROM slots WHERE provider = of_provider AND (until_ms > now_ms OR worker = ANY (connected))
    ) >= per_provider THEN RETURN NULL; END IF;

    INSERT INTO slots (probe_id, provider, worker, until_ms) VALUES (of_probe, of_provider, worker_number, now_ms + lease_ms)
    ON CONFLICT DO NOTHING RETURNING lease_id INTO given;
    RETURN given;
  END $$`;
