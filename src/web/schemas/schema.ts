import { z } from 'zod';

/** Every schema with a name of its own: the components of the OpenAPI document. */
export const SCHEMAS = z.registry<{ readonly id: string; readonly description: string }>();

/** An object of the API. Fields that it does not name are not published. */
export function named<Shape extends z.core.$ZodLooseShape>(id: string, description: string, shape: Shape) {
  return z.object(shape).register(SCHEMAS, { id, description });
}

export const Moment = z.iso.datetime().register(SCHEMAS, { id: 'Moment', description: 'ISO 8601, UTC.' });

export const Text = z.string();
export const MaybeText = z.string().nullable();
export const Count = z.int().min(0);
export const MaybeNumber = z.number().nullable();
export const MaybeMoment = Moment.nullable();

/** What a verdict rests on. */
export const BASIS = {
  rule: Text.describe('The heading of spec.md that defines it.'),
  n: Count.describe('Samples it rests on.'),
  since: Moment,
  until: Moment,
};

export const Interval = named('Interval', 'Where the true value may lie, 95 %.', { low: z.number(), high: z.number() });
