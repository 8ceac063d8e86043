/** All comparisons of two sets of models in one table: what a promotion is decided by. Agreement is not correctness: neither set is the truth. */
import type { StudyFinding } from '../case/finding.ts';
import type { Level } from '../case/vertebra.ts';
import type { ShadowComparison } from './compare-findings.ts';
import { type Limits, limitsOfAgreement } from './limits-of-agreement.ts';

export interface ComparisonTotals {
  readonly cases: number;
  /** Live state, then the second set's. */
  readonly states: Readonly<Record<StudyFinding['state'], Readonly<Record<StudyFinding['state'], number>>>>;
  /** Of studies that both measured: does each mark a fracture of grade 2 or more anywhere? */
  readonly studies: { readonly both: number; readonly neither: number; readonly liveOnly: number; readonly shadowOnly: number };
  readonly levels: {
    readonly both: number;
    readonly liveOnly: number;
    readonly shadowOnly: number;
    /** Seen by one of them alone, with or without a fracture. */
    readonly foundByLiveOnly: number;
    readonly foundByShadowOnly: number;
  };
  /** Shadow less live over all levels that both measured, points. */
  readonly loss: Limits | null;
}

const has = (one: ShadowComparison, who: 'live' | 'shadow'): boolean =>
  one.levels.some(({ [who]: seen }) => seen?.state === 'graded' && (seen.grade ?? 0) >= 2);

const marks = (seen: ShadowComparison['levels'][number]['live']): boolean => seen?.state === 'graded' && (seen.grade ?? 0) >= 2;

export function sumComparisons(all: readonly ShadowComparison[]): ComparisonTotals {
  const count = (live: StudyFinding['state'], shadow: StudyFinding['state']): number =>
    all.filter((one) => one.liveState === live && one.shadowState === shadow).length;
  const measured = all.filter((one) => one.liveState === 'measured' && one.shadowState === 'measured');
  const studies = (live: boolean, shadow: boolean): number =>
    measured.filter((one) => has(one, 'live') === live && has(one, 'shadow') === shadow).length;
  const levels = measured.flatMap((one) => one.levels);
  return {
    cases: all.length,
    states: {
      measured: { measured: count('measured', 'measured'), 'cannot-say': count('measured', 'cannot-say') },
      'cannot-say': { measured: count('cannot-say', 'measured'), 'cannot-say': count('cannot-say', 'cannot-say') },
    },
    studies: { both: studies(true, true), neither: studies(false, false), liveOnly: studies(true, false), shadowOnly: studies(false, true) },
    levels: {
      both: levels.filter(({ live, shadow }) => marks(live) && marks(shadow)).length,
      liveOnly: levels.filter(({ live, shadow }) => marks(live) && !marks(shadow)).length,
      shadowOnly: levels.filter(({ live, shadow }) => !marks(live) && marks(shadow)).length,
      foundByLiveOnly: levels.filter(({ shadow }) => shadow === null).length,
      foundByShadowOnly: levels.filter(({ live }) => live === null).length,
    },
    loss: limitsOfAgreement(levels.flatMap(({ lossDifference }) => (lossDifference === null ? [] : [lossDifference]))),
  };
}

/** Levels where a person should look, by case: one set marks a fracture and the other does not. */
export function disagreements(one: ShadowComparison): readonly { readonly level: Level; readonly by: 'live' | 'shadow' }[] {
  return [...one.liveOnly.map((level) => ({ level, by: 'live' as const })), ...one.shadowOnly.map((level) => ({ level, by: 'shadow' as const }))];
}
