/** Which vertebra's trabecular density may be told? L1, else T12, else L2, and only where the number means something. */
import type { TrabecularDensity } from '../case/finding.ts';
import type { Level, Vertebra } from '../case/vertebra.ts';
import { MEASUREMENT } from './thresholds.ts';

export interface DensityCandidate {
  readonly vertebra: Vertebra;
  readonly trabecular: { readonly hu: number; readonly sdHu: number; readonly areaMm2: number } | null;
  readonly denseShare: number | null;
}

export interface ScanFacts {
  readonly modality: string;
  readonly kvp: number | null;
  readonly kernel: readonly string[];
  readonly contrast: boolean;
}

const ORDER: readonly Level[] = ['L1', 'T12', 'L2'];
/** Edge-enhancing kernels move HU: names as the vendors spell them (Siemens B/I60-80, GE BONE/LUNG/EDGE, Philips D/L/YC, Canon FC30/50-80). */
const SHARP_KERNEL = /\b(?:[BHI][rflv]?[6-8]\d|bone|bone\s?plus|lung|edge|detail|yc|yd|[dl]|fc[3578]\d)[a-z]?\b/i;

export function isSharpKernel(kernel: readonly string[]): boolean {
  return kernel.some((name) => SHARP_KERNEL.test(name.trim()));
}

function isUsable({ vertebra, trabecular, denseShare }: DensityCandidate): boolean {
  if (!trabecular || vertebra.state !== 'graded' || vertebra.grade !== 0) return false;
  if (vertebra.levelProbability < MEASUREMENT.levelSure.value) return false;
  if ((denseShare ?? 0) > MEASUREMENT.densityDenseShareMost.value) return false;
  return trabecular.sdHu <= MEASUREMENT.densitySdMost.value && trabecular.areaMm2 >= MEASUREMENT.densityAreaLeast.value;
}

/** HU is not bone mineral density: the level, the tube voltage and contrast go with the number. */
export function chooseDensity(
  candidates: readonly DensityCandidate[],
  scan: ScanFacts,
): { readonly density: TrabecularDensity | null; readonly note: string | null } {
  if (scan.modality !== 'CT') return { density: null, note: null };
  if (isSharpKernel(scan.kernel)) return { density: null, note: `no density: sharp kernel ${scan.kernel.join(' ')}` };
  if (scan.kvp !== null && (scan.kvp < MEASUREMENT.kvpLeast.value || scan.kvp > MEASUREMENT.kvpMost.value)) {
    return { density: null, note: `no density: ${scan.kvp} kV` };
  }
  for (const level of ORDER) {
    const candidate = candidates.find((each) => each.vertebra.level === level);
    if (!candidate || !isUsable(candidate)) continue;
    return { density: { level, ...candidate.trabecular!, kvp: scan.kvp, contrast: scan.contrast }, note: null };
  }
  return { density: null, note: 'no density: T12, L1 and L2 are not in view, broken, uncertain or uneven' };
}
