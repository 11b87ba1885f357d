import { afterAll } from 'bun:test';
import { end } from './at-end.ts';

// Here it is called after all files; in a module that they share, after the first of them.
afterAll(end);
