/** The kinds of settings that config.ts is made of: how each is read from the text in the environment. */
import { z } from 'zod';

export interface Setting<T> {
  readonly schema: z.ZodType<T>;
  /** As text, the way it would stand in the environment. */
  readonly default: string;
  readonly sentence: string;
  readonly secret?: boolean;
  /** Its default is a path below the installed product, wherever the process was started; a path that a site gives is relative to the working directory. */
  readonly shipped?: boolean;
}

export function setting<T>(schema: z.ZodType<T>, fallback: string, sentence: string, secret = false): Setting<T> {
  return { schema, default: fallback, sentence, secret };
}

/** A folder that comes with the product. */
export const shippedFolder = (path: string, sentence: string): Setting<string> => ({ schema: text, default: path, sentence, shipped: true });

export const text = z.string();
export const port = z.coerce.number().int().min(0).max(65_535);
export const count = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
/** Days until something is purged: none, or a month at least. */
const retention = (least: number) => z.union([z.literal(0), z.number().int().min(least).max(36_500)], `0 (kept for ever) or ${least} to 36500 days`);
export const days = (least: number) => z.coerce.number().pipe(retention(least));
export const optionalUrl = z.union([z.literal(''), z.url({ protocol: /^https?$/ })]);
export const list = text.transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

export const channels = list.pipe(z.array(z.enum(['fhir', 'hl7', 'document', 'cds', 'worklist'])).min(1));
