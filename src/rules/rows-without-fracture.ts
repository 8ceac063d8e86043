/** The end of the decision table: no fracture, or nothing can be said. The two are never told as the same. */
import type { CannotSayReason } from '../case/finding.ts';
import type { Row, Verdict } from './decision-row.ts';
import type { Evidence } from './evidence.ts';
import { limit } from './policy.ts';

const WHY: Readonly<Record<CannotSayReason, string>> = {
  'images-not-found': 'the images were not found',
  'images-ambiguous': 'more than one examination matches the report',
  'no-usable-series': 'no series of the right kind was found',
  'volume-unusable': 'the images do not form a usable volume',
  'patient-mismatch': 'the images carry another patient',
  'archive-failed': 'the archive failed',
  'decode-failed': 'the images could not be decoded',
  'too-few-vertebrae': 'too few vertebrae could be judged',
  'model-failed': 'the model failed',
  'model-abstained': 'the model abstained',
  'study-level-only': 'the model judges the study as a whole and suspects no fracture, but has measured no vertebra',
};

export const lastRows: readonly Row[] = [
  {
    id: 'R17',
    when: 'no fracture stated or seen, the attenuation of L1 is low, and the site has switched the suggestion on',
    then: 'notify: consider a risk assessment. Off by default: nothing',
    decide: ({ facts, modelGrade, confirmation }, policy) => {
      const density = facts.finding?.state === 'measured' ? facts.finding.density : null;
      if (!policy.suggestLowDensity || facts.reading.fracture === 'not-read' || modelGrade !== 0 || confirmation.refuted || density?.level !== 'L1')
        return null;
      if (density.hu > limit(policy, 'lowDensityHu')) return null;
      return { outcome: 'notify', priority: 'low', because: [`No fracture, but L1 measures ${Math.round(density.hu)} HU.`] };
    },
  },
  {
    id: 'R99',
    when: 'the report is silent or says no, and the images cannot say',
    then: 'exception list; never shown as "no fracture"',
    decide: cannotSay,
  },
  {
    id: 'R99',
    when: 'the text of the report could not be read, and the images show no fracture or cannot say',
    then: 'exception list; never shown as "no fracture": the report may state one',
    decide: notRead,
  },
  {
    id: 'R99',
    when: 'no fracture stated, and none seen where the images could be judged (or a radiologist refuted what was seen)',
    then: 'nothing to do',
    decide: nothingToDo,
  },
];

function whyImagesCannotSay({ facts: { finding } }: Evidence): string {
  return finding === null ? 'they were not looked at' : finding.state === 'cannot-say' ? WHY[finding.reason] : 'no vertebra could be graded';
}

function cannotSay(evidence: Evidence): Verdict | null {
  const { facts, modelGrade, confirmation } = evidence;
  if (modelGrade !== null || confirmation.refuted || facts.reading.fracture === 'not-read') return null;
  const why = whyImagesCannotSay(evidence);
  const report = facts.reading.fracture === 'denied' ? 'The report says that there is no fracture' : 'The report does not mention a fracture';
  return { outcome: 'exception', priority: null, because: [`${report}, and the images cannot say: ${why}.`] };
}

/** The report may state a fracture that the images do not show, so this is no "nothing to do". */
function notRead(evidence: Evidence): Verdict | null {
  const { facts, modelGrade, confirmation } = evidence;
  if (facts.reading.fracture !== 'not-read' || confirmation.refuted) return null;
  const images =
    modelGrade === null
      ? `the images cannot say: ${whyImagesCannotSay(evidence)}`
      : `what it says is not known; the model sees no fracture ${rangeOf(evidence)}`;
  return { outcome: 'exception', priority: null, because: [`The report's text could not be read by Backstop, and ${images}.`] };
}

function rangeOf({ facts: { finding } }: Evidence): string {
  const assessed = finding?.state === 'measured' ? finding.levelsAssessed : [];
  return `from ${assessed[0] ?? '?'} to ${assessed.at(-1) ?? '?'}`;
}

function nothingToDo(evidence: Evidence): Verdict {
  const { facts, confirmation } = evidence;
  if (confirmation.refuted) {
    return { outcome: 'nothing', priority: null, because: ['A radiologist looked at the finding and says that it is no fracture.'] };
  }
  const because = [`No vertebral fracture is stated, and the model sees none ${rangeOf(evidence)}.`];
  const unjudged = (facts.finding?.vertebrae ?? []).filter((v) => v.state !== 'graded');
  if (unjudged.length > 0) because.push(`It cannot judge ${unjudged.map((v) => v.levelText).join(', ')}.`);
  return { outcome: 'nothing', priority: null, because };
}
