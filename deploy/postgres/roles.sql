-- What each process of a fleet may do in the database, and nothing more. Run it as the owner of the tables, who may create roles, once the
-- owner's process has brought the database up to date, and again after each update:
--
--   psql "$OWNER_DATABASE_URL" -v ON_ERROR_STOP=1 -f deploy/postgres/roles.sql
--
-- The roles below cannot log in. Each process has a login of its own, with a password of its own, in the roles of what it runs:
--
--   SET password_encryption = 'scram-sha-256';
--   CREATE ROLE eu_1 LOGIN PASSWORD '…' IN ROLE tracker_worker;                                           -- ROLES=probe
--   CREATE ROLE main LOGIN PASSWORD '…' IN ROLE tracker_scheduler, tracker_push, tracker_web;             -- ROLES=schedule,push,web
--
-- A login that is not needed any more: DROP ROLE eu_1; what it stored stays.
BEGIN;

DO $$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['tracker_scheduler', 'tracker_worker', 'tracker_push', 'tracker_web'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', role);
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role);
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %I', role); -- what an earlier version of this script gave
  END LOOP;
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
END $$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO tracker_scheduler, tracker_worker, tracker_push, tracker_web;

-- Plans cycles, settles what nobody asks, keeps the catalogue, and lets go of what is older than wanted.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO tracker_scheduler;
GRANT INSERT ON meta, cycles, probes, attempts, bodies, series, catalog_snapshots, targets, ledger, rollups TO tracker_scheduler;
GRANT UPDATE ON meta, cycles, probes, slots, targets, ledger, rollups TO tracker_scheduler;
GRANT DELETE ON meta, cycles, probes, workers, wishes, fenced_attempts, catalog_snapshots, attempts, bodies TO tracker_scheduler;

-- Asks: claims, settles, delivers, and says that it is there. It reads no replies, and deletes nothing that was measured.
GRANT SELECT ON meta, cycles, probes, slots, workers, wishes, fenced_attempts, attempts, calibrations, catalog_snapshots, targets, ledger, series, rollups
  TO tracker_worker;
GRANT INSERT ON cycles, probes, slots, workers, fenced_attempts, attempts, bodies, calibrations, ledger, series, rollups TO tracker_worker;
GRANT UPDATE (began_at_ms, plan, skip_reason, skipped_at_ms) ON cycles TO tracker_worker;
GRANT UPDATE (attempts, done) ON probes TO tracker_worker;
GRANT UPDATE ON slots, workers, ledger, rollups TO tracker_worker;
GRANT DELETE ON slots, workers, wishes TO tracker_worker;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO tracker_worker;

-- Brings what is stored to the dataset.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO tracker_push;
GRANT INSERT, UPDATE ON meta, batches, csv_files, pushed_days, pushed_rollup_days TO tracker_push;

-- Shows and judges: incidents, alarms and notices.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO tracker_web;
GRANT INSERT, UPDATE ON meta, incidents, told_alarms, notices TO tracker_web;
GRANT INSERT ON wishes TO tracker_web;
GRANT DELETE ON meta, told_alarms, notices TO tracker_web;

COMMIT;
