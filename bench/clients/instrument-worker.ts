import './shared-date.ts'; // first
import '../../src/probe/transport/worker.ts';
