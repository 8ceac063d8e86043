/** Shadow mode: what a second model says of the same study, laid beside the first. Never shown as a finding; it feeds the audit and a promotion. */
import type { StudyFinding } from '../case/finding.ts';
import { LEVELS, type Level, type Vertebra } from '../case/vertebra.ts';

export interface LevelDifference {
  readonly level: Level;
  readonly live: Pick<Vertebra, 'state' | 'grade'> | null;
  readonly shadow: Pick<Vertebra, 'state' | 'grade'> | null;
  /** Shadow less live, points; null unless both measured a loss. */
  readonly lossDifference: number | null;
}

export interface ShadowComparison {
  /** "id version" of each model of both sides. */
  readonly liveModels: readonly string[];
  readonly shadowModels: readonly string[];
  readonly liveState: StudyFinding['state'];
  readonly shadowState: StudyFinding['state'];
  readonly levels: readonly LevelDifference[];
  /** Both graded, and both on the same side of grade 2. */
  readonly agree: number;
  readonly liveOnly: readonly Level[];
  readonly shadowOnly: readonly Level[];
}

const byLevel = (finding: StudyFinding, level: Level): Vertebra | undefined => finding.vertebrae.find((vertebra) => vertebra.level === level);
const isMarked = (vertebra: Vertebra | undefined): boolean => vertebra?.state === 'graded' && (vertebra.grade ?? 0) >= 2;
const brief = (vertebra: Vertebra | undefined): Pick<Vertebra, 'state' | 'grade'> | null =>
  vertebra ? { state: vertebra.state, grade: vertebra.grade } : null;
const names = (finding: StudyFinding): string[] => finding.models.map(({ id, version }) => `${id} ${version}`);

/** Levels that neither model saw are left out. `liveOnly` and `shadowOnly` are fractures of grade 2 or more that only one of them marks. */
export function compareFindings(live: StudyFinding, shadow: StudyFinding): ShadowComparison {
  const seen = LEVELS.filter((level) => byLevel(live, level) || byLevel(shadow, level));
  const levels = seen.map((level): LevelDifference => {
    const [a, b] = [byLevel(live, level), byLevel(shadow, level)];
    return { level, live: brief(a), shadow: brief(b), lossDifference: a?.loss && b?.loss ? b.loss.percent - a.loss.percent : null };
  });
  const marked = (finding: StudyFinding, level: Level): boolean => isMarked(byLevel(finding, level));
  const bothGraded = seen.filter((level) => byLevel(live, level)?.state === 'graded' && byLevel(shadow, level)?.state === 'graded');
  return {
    liveModels: names(live),
    shadowModels: names(shadow),
    liveState: live.state,
    shadowState: shadow.state,
    levels,
    agree: bothGraded.filter((level) => marked(live, level) === marked(shadow, level)).length,
    liveOnly: seen.filter((level) => marked(live, level) && !marked(shadow, level)),
    shadowOnly: seen.filter((level) => !marked(live, level) && marked(shadow, level)),
  };
}
