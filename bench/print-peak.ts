import { writeSync } from 'node:fs';
import { peakRssMb } from './memory.ts';

// Loaded before a program: at its end, its output gets the most memory it took, in MB.
process.on('exit', () => writeSync(1, `${peakRssMb()}\n`));
