import { describeAttemptStore } from '../contract/attempt-store.ts';
import { describeBatchStore } from '../contract/batch-store.ts';
import { describeCatalogStore } from '../contract/catalog-store.ts';
import { describeCycleStore } from '../contract/cycle-store.ts';
import { describeRecordReader } from '../contract/record-reader.ts';
import { describeRollupDays } from '../contract/rollup-days.ts';
import { describeRollupReader } from '../contract/rollup-reader.ts';
import { sqlitePlace } from './sqlite-place.ts';

describeAttemptStore('SQLite', sqlitePlace);
describeRecordReader('SQLite', sqlitePlace);
describeCycleStore('SQLite', sqlitePlace);
describeCatalogStore('SQLite', sqlitePlace);
describeBatchStore('SQLite', sqlitePlace);
describeRollupReader('SQLite', sqlitePlace);
describeRollupDays('SQLite', sqlitePlace);
