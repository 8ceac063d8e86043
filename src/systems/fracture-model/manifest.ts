/** A model's manifest, schema `vcf-model/1` (docs/model-contract.md), checked at the door. */
import { z } from 'zod';

export const CONTRACTS = ['localizer3d@1', 'detector2d@1', 'landmarks2d@1', 'segmentation3d@1', 'vertebraClassifier@1', 'studyClassifier@1'] as const;
export type Contract = (typeof CONTRACTS)[number];

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex');
/** A dimension: a positive number, or a letter for one that is free. */
const dimension = z.union([z.number().int().positive(), z.string().min(1).max(20)]);
const pair = z.tuple([z.number(), z.number()]);

const normalizeOp = z.discriminatedUnion('op', [
  z.object({ op: z.literal('clip'), lo: z.number(), hi: z.number() }).refine((o) => o.hi > o.lo, 'hi must be above lo'),
  z.object({ op: z.literal('clipPercentile'), lo: z.number().min(0), hi: z.number().max(100) }).refine((o) => o.hi > o.lo, 'hi must be above lo'),
  z.object({ op: z.literal('rescale'), from: z.union([z.literal('minmax'), pair]), to: pair }),
  z.object({ op: z.literal('affine'), mean: z.number(), std: z.number().positive() }),
]);

const spacing = z.discriminatedUnion('mode', [
  z.object({ mode: z.literal('fixed'), mm: z.number().positive() }),
  z.object({ mode: z.literal('perPitch'), k: z.number().positive(), clamp: pair.optional(), fallback: z.number().positive().optional() }),
]);

const input = z.object({
  name: z.string().min(1),
  dtype: z.literal('float32'),
  layout: z.string().min(2).max(6),
  shape: z.array(dimension).min(1).max(6),
  maxBatch: z.number().int().positive().max(4096).optional(),
  space: z.looseObject({ frame: z.enum(['patient', 'strip', 'vertebra']), axes: z.array(z.string()).min(2).max(3), spacingMm: spacing }),
  normalize: z.array(normalizeOp),
});

const output = z.looseObject({
  name: z.string().min(1),
  role: z.enum(['heat', 'centre', 'geometry', 'level', 'complete', 'landmarks', 'sigma', 'qualityLogit', 'labelMap', 'gradeLogits', 'probability']),
  shape: z.array(dimension).min(1).max(6),
  units: z.string().optional(),
  points: z.array(z.string()).optional(),
});

const selfTestTensor = z.object({ path: z.string().min(1), shape: z.array(z.number().int().positive()).min(1).max(6) });

export const manifestSchema = z.looseObject({
  schema: z.literal('vcf-model/1'),
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/),
  version: z.string().min(1).max(40),
  contract: z.enum(CONTRACTS),
  file: z.object({ path: z.string().min(1), sha256, bytes: z.number().int().positive(), opset: z.number().int(), externalData: z.literal(false) }),
  applies: z.looseObject({
    modality: z.array(z.string()).min(1),
    view: z.string().optional(),
    minAge: z.number().optional(),
    levels: z.array(z.string()).optional(),
    maxSliceMm: z.number().positive().optional(),
  }),
  inputs: z.array(input).length(1),
  outputs: z.array(output).min(1),
  calibration: z
    .looseObject({
      sigmaScale: z.number().positive().default(1),
      temperature: z.number().positive().default(1),
      alert: z.object({ event: z.string(), pMin: z.number().min(0).max(1) }).optional(),
      abstain: z.object({ sigmaMm: z.number().positive() }).optional(),
      /** How often the level of a labelled body is right, as its maker measured it (segmentation3d@1). */
      levelProbability: z.number().min(0).max(1).optional(),
    })
    .optional(),
  selfTest: z
    .array(
      z.object({ inputs: z.record(z.string(), selfTestTensor), outputs: z.record(z.string(), selfTestTensor), tolerance: z.number().positive() }),
    )
    .min(1),
  card: z.looseObject({ trainedOn: z.string().min(1), clinicalData: z.boolean(), intendedUse: z.string().min(1) }),
  license: z.string().min(1),
  regulatory: z.looseObject({ status: z.string().min(1) }),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** Roles that each contract must give, so that a manifest cannot leave out what the pipeline reads. */
export const REQUIRED_ROLES: Readonly<Record<Contract, readonly string[]>> = {
  'localizer3d@1': ['heat'],
  'detector2d@1': ['centre', 'geometry', 'level', 'complete'],
  'landmarks2d@1': ['landmarks', 'sigma'],
  'segmentation3d@1': ['labelMap'],
  'vertebraClassifier@1': ['gradeLogits'],
  'studyClassifier@1': ['probability'],
};

/** What a contract needs beside the tensors. */
function ownProblems({ contract, calibration, inputs }: Manifest): string[] {
  const isWhole = contract === 'segmentation3d@1' || contract === 'studyClassifier@1';
  const needs: readonly (readonly [boolean, string])[] = [
    [isWhole && inputs[0]!.space.frame !== 'patient', 'an input in the frame "patient"'],
    [isWhole && inputs[0]!.space.spacingMm.mode !== 'fixed', 'an input of fixed spacing in mm'],
    [contract === 'segmentation3d@1' && calibration?.levelProbability === undefined, 'calibration.levelProbability: how often its levels are right'],
    [contract === 'studyClassifier@1' && calibration?.alert === undefined, 'calibration.alert.pMin: from which probability on a person should look'],
  ];
  return needs.flatMap(([isMissing, what]) => (isMissing ? [`contract ${contract} needs ${what}`] : []));
}

/** The manifest, or what is wrong with it in sentences. */
export function parseManifest(
  text: string,
): { readonly ok: true; readonly manifest: Manifest } | { readonly ok: false; readonly problems: readonly string[] } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, problems: ['manifest.json is not JSON'] };
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success)
    return { ok: false, problems: parsed.error.issues.map((issue) => `manifest ${issue.path.join('.') || '(root)'}: ${issue.message}`) };
  const roles = parsed.data.outputs.map((out) => out.role as string);
  const missing = REQUIRED_ROLES[parsed.data.contract].filter((role) => !roles.includes(role));
  if (missing.length > 0) return { ok: false, problems: [`contract ${parsed.data.contract} needs outputs with the roles ${missing.join(', ')}`] };
  const problems = ownProblems(parsed.data);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, manifest: parsed.data };
}
