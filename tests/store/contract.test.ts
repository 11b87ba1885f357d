import { describeAttemptStore } from '../contract/attempt-store.ts';
import { describeBatchStore } from '../contract/batch-store.ts';
import { describeCalibrationStore } from '../contract/calibration-store.ts';
import { describeCatalogStore } from '../contract/catalog-store.ts';
import { describeCycleStore } from '../contract/cycle-store.ts';
import { describeLedger } from '../contract/ledger.ts';
import { describeRecordReader } from '../contract/record-reader.ts';
import { sqlitePlace } from './sqlite-place.ts';

describeAttemptStore('SQLite', sqlitePlace);
describeLedger('SQLite', sqlitePlace);
describeRecordReader('SQLite', sqlitePlace);
describeCycleStore('SQLite', sqlitePlace);
describeCatalogStore('SQLite', sqlitePlace);
describeCalibrationStore('SQLite', sqlitePlace);
describeBatchStore('SQLite', sqlitePlace);
