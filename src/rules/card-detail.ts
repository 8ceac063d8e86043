/** The longer words of a card: what was measured, what the report said, where all this comes from, and the table of levels. */
import type { CardTableRow } from '../case/card.ts';
import type { CaseFacts } from '../case/case.ts';
import type { Decision } from '../case/referral.ts';
import { LEVELS } from '../case/vertebra.ts';
import { examination, GRADE_WORDS, joined } from './card-phrases.ts';
import type { FractureFacts } from './fracture-facts.ts';

/** "Cannot say" is told as such: it never reads like "no fracture". */
export function whatIsSeen(fracture: FractureFacts, facts: CaseFacts): string {
  const finding = facts.finding;
  if (finding?.state !== 'measured') {
    const why = finding ? ` (${finding.reason.replaceAll('-', ' ')})` : '';
    return `The images could not be measured${why}, so nothing can be said from them. This does not mean that there is no fracture.`;
  }
  const on = `On the ${examination(fracture)}`;
  const range = finding.levelsAssessed.length === 0 ? '' : ` Assessed: ${finding.levelsAssessed[0]} to ${finding.levelsAssessed.at(-1)}.`;
  if (finding.worstGrade === null) return `${on}, no vertebra could be graded by software, so nothing can be said from the images.${range}`;
  if (fracture.measured.length === 0) {
    return `${on}, the measurement by software does not show the fracture${facts.decision?.confirmedBy === 'report' ? '; the report is followed' : ''}.${range}`;
  }
  const bodies = fracture.measured.map((v) => {
    const loss = v.loss ? ` has lost ${Math.round(v.loss.percent)} % of its height` : '';
    return `${v.levelText}${loss} (grade ${v.gradeText}, ${GRADE_WORDS[v.grade ?? 0]})`;
  });
  return `${on}, measured by software: ${joined(bodies)}.${range}`;
}

export function reportSaid({ reading, decision }: CaseFacts): string {
  const since = decision?.confirmedBy === 'radiologist' ? ' A radiologist has since confirmed a fracture.' : '';
  if (reading?.fracture === 'not-read') {
    return `The report's text could not be read by Backstop, so what it says of vertebral fracture or of advice is not known: read the report itself.${since}`;
  }
  return `The radiology report ${reportWords(reading)}.${since}`;
}

function reportWords(reading: CaseFacts['reading']): string {
  switch (reading?.fracture) {
    case 'stated':
      if (reading.ambiguousOnly) return 'describes a change of shape without calling it a fracture';
      return reading.advice
        ? 'states a vertebral fracture and gives advice'
        : 'states a vertebral fracture and advises no referral or bone assessment';
    case 'uncertain':
      return reading.ambiguousOnly ? 'describes a change of shape without calling it a fracture' : 'is not certain of a fracture';
    case 'denied':
      return 'says that there is no vertebral fracture';
    default:
      return 'does not mention a vertebral fracture';
  }
}

/** That it is AI and for research, on which data the model stands, and the rules by number. */
export function aboutIt(decision: Decision, facts: CaseFacts): string {
  const models = facts.finding?.models ?? [];
  const synthetic = models.some((m) => !m.clinicalData) ? ', not trained on clinical data' : '';
  const names = models.length === 0 ? '' : ` Model: ${models.map((m) => `${m.id} ${m.version}`).join(', ')}${synthetic}.`;
  const rules = [...new Set([decision.rule, ...decision.because.map((b) => b.rule)])];
  return `Made with AI, for research use only; not a diagnosis. Look at the picture before acting.${names} Rule ${rules.join(', ')} (policy ${decision.policyVersion}).`;
}

/** One row a level, cranial first: what is counted and what is measured. */
export function cardTable(fracture: FractureFacts): CardTableRow[] {
  return LEVELS.filter((level) => fracture.levels.includes(level) || fracture.measured.some((v) => v.level === level)).map((level) => {
    const body = fracture.measured.find((v) => v.level === level);
    const counted = fracture.counted.find((c) => c.level === level);
    const loss = body?.loss?.percent ?? counted?.lossPercent ?? null;
    const heights = body?.heights;
    const grade = counted?.gradedBy === 'model' || !counted ? (body?.grade ?? null) : counted.grade;
    const gradeText = body && grade === body.grade ? body.gradeText : String(grade);
    const by = counted?.gradedBy === 'report' || counted?.gradedBy === 'radiologist' ? `, by the ${counted.gradedBy}` : '';
    const doubt = fracture.confirmed && counted ? '' : ', not confirmed';
    return {
      level: body?.levelText ?? level,
      loss: loss === null ? 'not measured' : `${Math.round(loss)} %`,
      grade: grade === null ? `not graded${doubt}` : `${gradeText} (${GRADE_WORDS[grade]}${by}${doubt})`,
      heights: heights
        ? `${heights.anterior.toFixed(1)} / ${heights.middle.toFixed(1)} / ${heights.posterior.toFixed(1)} ${heights.unit}`
        : 'not measured',
    };
  });
}
