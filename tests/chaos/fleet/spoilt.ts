import type { FleetParts } from '../../../src/fleet-daemon.ts';
import type { Control } from './plan.ts';

/** The same parts, with a law of the fleet broken at the ports. */
export function spoilt(parts: FleetParts, control: Control | null, newId: () => string): FleetParts {
  const { fleet, store, outbox } = parts;
  switch (control) {
    case null:
      return parts;
    case 'no-limit':
      return { ...parts, fleet: { ...fleet, claim: (claim) => fleet.claim({ ...claim, perProvider: null }) } };
    case 'no-fence':
      return {
        ...parts,
        fleet: {
          ...fleet,
          async settle(leaseId, record) {
            if (!(await fleet.settle(leaseId, record))) {
              await store.append([{ ...record, attemptId: newId(), final: false }]);
            }
            return true;
          },
        },
      };
    case 'no-outbox':
      return { ...parts, outbox: outbox && { ...outbox, put() {}, [Symbol.dispose]() {} } };
    case 'no-end':
      return {
        ...parts,
        fleet: { ...fleet, progress: async (cycleId) => ({ ...(await fleet.progress(cycleId)), planned: 0 }) },
      };
    default:
      return control satisfies never;
  }
}
