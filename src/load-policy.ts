/** Reads and checks a policy file. Beside config.ts, because rules/ are pure and steps/ touch no file. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Policy, THRESHOLD_NAMES, type ThresholdName } from './rules/policy.ts';

const Threshold = z.strictObject({ value: z.number().nonnegative(), unit: z.string().min(1), source: z.string().min(1) });
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'YYYY-MM-DD');

const PolicyFile = z
  .strictObject({
    version: z.string().min(1),
    signedOff: z.strictObject({ by: z.string().nullable(), role: z.string().nullable(), on: day.nullable(), note: z.string() }),
    thresholds: z.strictObject(Object.fromEntries(THRESHOLD_NAMES.map((name) => [name, Threshold])) as Record<ThresholdName, typeof Threshold>),
    alertsFromModelAlone: z.boolean(),
    reviewIndeterminate: z.boolean(),
    suggestLowDensity: z.boolean(),
  })
  .superRefine((policy, context) => {
    const { minimumAgeYears, referralAgeYears, veryHighRiskAgeYears, veryHighRiskGrade, reviewGrade } = policy.thresholds;
    const fault = (path: ThresholdName, message: string) => context.addIssue({ code: 'custom', path: ['thresholds', path], message });
    if (referralAgeYears.value < minimumAgeYears.value) fault('referralAgeYears', 'lies below minimumAgeYears');
    if (veryHighRiskAgeYears.value < referralAgeYears.value) fault('veryHighRiskAgeYears', 'lies below referralAgeYears');
    for (const [name, grade] of [
      ['veryHighRiskGrade', veryHighRiskGrade],
      ['reviewGrade', reviewGrade],
    ] as const) {
      if (![1, 2, 3].includes(grade.value)) fault(name, 'is no Genant grade of a fracture (1, 2 or 3)');
    }
    if ((policy.signedOff.by === null) !== (policy.signedOff.on === null)) {
      context.addIssue({ code: 'custom', path: ['signedOff'], message: 'needs both a person and a day, or neither' });
    }
  });

/** The product's own policy: policy/default-policy.json. */
export const DEFAULT_POLICY_FILE = fileURLToPath(new URL('../policy/default-policy.json', import.meta.url));

/** Every fault at once in one RangeError: a bad policy stops the start. */
export function loadPolicy(file: string = DEFAULT_POLICY_FILE): Policy {
  const read = PolicyFile.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (read.success) return read.data;
  const faults = read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new RangeError(`the policy in ${file} is not usable:\n${faults.join('\n')}`);
}
