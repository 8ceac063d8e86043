/** Which of two usable series is better for measuring vertebral bodies: a fixed order of criteria, each with a reason in words. */
import type { Candidate } from './series-candidate.ts';

/** Slice distance and thickness classes in mm: at or below 1.5 mm the landmark model is known to work (design/model.md). */
const THICKNESS_BANDS_MM = [1.5, 2.5, 3.5, 5.5] as const;
/** A series that reaches at least this share of the largest one's extent competes on quality, a shorter one only after it. */
const ENOUGH_COVERAGE = 0.7;

/** Negative when `a` is better. `largestMm`: the largest extent among all candidates. Never 0 for two different series. */
export function compareCandidates(a: Candidate, b: Candidate, largestMm: number): number {
  const keysA = keys(a, largestMm);
  const keysB = keys(b, largestMm);
  for (const [index, key] of keysA.entries()) if (key !== keysB[index]) return key - keysB[index]!;
  return a.series.seriesInstanceUid < b.series.seriesInstanceUid ? -1 : 1;
}

const KIND_ORDER = { 'ct-volume': 0, 'xray-lateral': 1, 'mr-sagittal': 2 } as const;

function keys(candidate: Candidate, largestMm: number): number[] {
  const { series } = candidate;
  return [
    KIND_ORDER[candidate.kind],
    candidate.coverageMm >= ENOUGH_COVERAGE * largestMm ? 0 : 1,
    candidate.kind === 'ct-volume' && candidate.plane !== 'axial' ? 1 : 0,
    candidate.isDerived ? 1 : 0,
    candidate.kind === 'ct-volume' ? thicknessBand(candidate) : 0,
    candidate.kind === 'ct-volume' ? sharpness(series.kernel) : mrWeighting(candidate),
    -Math.round(candidate.coverageMm / 10),
    series.contrastAgent === null ? 0 : 1,
    -candidate.count,
    series.seriesNumber ?? Number.MAX_SAFE_INTEGER,
  ];
}

function thicknessMm(candidate: Candidate): number {
  return Math.max(candidate.spacingMm, candidate.instances[0]?.sliceThickness ?? 0);
}

function thicknessBand(candidate: Candidate): number {
  const band = THICKNESS_BANDS_MM.findIndex((limit) => thicknessMm(candidate) <= limit);
  return band < 0 ? THICKNESS_BANDS_MM.length : band;
}

/** 0 soft or standard, 1 unknown, 2 sharp (bone, lung, edge). Kernel names are vendor text and may have several values. */
export function sharpness(kernel: readonly string[]): 0 | 1 | 2 {
  const name = (kernel[0] ?? '').trim().toUpperCase();
  if (name === '') return 1;
  if (/BONE|LUNG|EDGE|SHARP|DETAIL/.test(name) || /^(D|E|L|YA|YB|YC|YD)$/.test(name)) return 2;
  if (/STANDARD|SOFT|SMOOTH|BODY/.test(name) || /^(STD\+?|A|B|C|CHST)$/.test(name)) return 0;
  const canon = /^FC(\d\d?)/.exec(name);
  if (canon) return Number(canon[1]) < 30 ? 0 : 2;
  const siemens = /^[A-Z][A-Z]?(\d\d)/.exec(name);
  if (siemens) return Number(siemens[1]) < 50 ? 0 : 2;
  return 1;
}

/** T1, then T2, then fat-suppressed: marrow and endplate stand out best on T1. */
function mrWeighting(candidate: Candidate): number {
  const { series } = candidate;
  if (candidate.kind !== 'mr-sagittal') return 0;
  const isFatSuppressed = /\b(STIR|TIRM|FS|FATSAT|SPAIR|SPIR|DIXON.*W)\b/i.test(`${series.description} ${series.sequenceName}`);
  if (isFatSuppressed) return 2;
  return series.echoTimeMs !== null && series.echoTimeMs > 60 ? 1 : 0;
}

const SHARPNESS_TEXT = ['soft', 'unknown', 'sharp'] as const;

/** One line with the figures that count in the comparison. */
export function describeCandidate(candidate: Candidate): string {
  const { series } = candidate;
  if (candidate.kind === 'xray-lateral') return `lateral ${series.modality}`;
  const parts = [`${candidate.plane} ${series.modality}`, candidate.isDerived ? 'derived' : 'original', `${candidate.count} slices`];
  if (thicknessMm(candidate) > 0) parts.push(`${thicknessMm(candidate).toFixed(2)} mm`);
  parts.push(`${Math.round(candidate.coverageMm)} mm along the spine`);
  if (candidate.kind === 'ct-volume') parts.push(`${SHARPNESS_TEXT[sharpness(series.kernel)]} kernel`);
  return parts.join(', ');
}
