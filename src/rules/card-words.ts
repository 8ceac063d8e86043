/** The words of a card: what was seen, on which examination, what the report said, what is suggested, and that it is AI. No names. */
import type { CardChoice, CardKind, CardSource, CardSuggestion, CardTableRow, OverrideReason } from '#src/case/card.ts';
import type { CaseFacts } from '#src/case/case.ts';
import type { Decision } from '#src/case/referral.ts';
import type { Vertebra } from '#src/case/vertebra.ts';
import { type FractureFacts, fractureFacts } from './fracture-facts.ts';

const GRADE_WORDS = ['no fracture', 'mild', 'moderate', 'severe'] as const;
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const OVERRIDES: readonly OverrideReason[] = [
  'action-completed',
  'recipient-disagrees-evidence',
  'cds-not-applicable',
  'patient-refuses',
  'patient-contraindication',
  'service-not-available',
  'not-convenient-feasible',
  'cds-suboptimal-context',
];

/** The card of one decided case, in words. `kind` must be what `kindOf` says of the row. */
export function cardWords(row: CardSource, kind: CardKind): CardChoice {
  const { facts } = row;
  const decision = facts.decision as Decision;
  const fracture = fractureFacts(facts);
  const suggestion = suggestionFor(kind, decision, fracture);
  return {
    kind,
    caseId: row.caseId,
    contentKey: [row.caseId, kind, decision.rule, ...fracture.levels, fracture.worstGrade ?? '-', facts.report.reportedAt ?? '-'].join('|'),
    indicator: kind === 'referral-waiting' ? 'info' : 'warning',
    rules: [...new Set([decision.rule, ...decision.because.map((b) => b.rule)])],
    summary: summaryOf(kind, fracture, facts),
    paragraphs: [
      { lead: 'Seen', text: seen(fracture, facts) },
      { lead: 'Report', text: reportSaid(kind, facts) },
      { lead: 'Suggested', text: suggested(kind, decision) },
      { lead: 'About this', text: about(decision, facts) },
    ],
    table: fracture.measured.map(tableRow),
    suggestion,
    overrideReasons: OVERRIDES,
  };
}

function summaryOf(kind: CardKind, fracture: FractureFacts, facts: CaseFacts): string {
  const where = levelWords(fracture.levels);
  const what = `${kind === 'unconfirmed-fracture' ? 'Possible vertebral' : 'Vertebral'} fracture${where === '' ? '' : ` ${where}`} on ${examination(fracture)}`;
  switch (kind) {
    case 'urgent':
      return `${what}: possible pathological cause, urgent review suggested`;
    case 'missed-fracture':
      return `${what}: not stated in the report, confirmed by a radiologist`;
    case 'unconfirmed-fracture':
      return facts.reading?.fracture === 'denied'
        ? `${what}: the report says none, not yet confirmed by a radiologist`
        : `${what}: not in the report, not yet confirmed by a radiologist`;
    case 'reported-without-advice':
      return `${what}: reported, but no referral advised`;
    case 'fracture-on-treatment':
      return `${what} while on bone treatment: review of the treatment suggested`;
    case 'under-50':
      return `${what}, under 50: specialist advice suggested`;
    case 'referral-waiting':
      return `${what}: reported with advice, referral still to be made`;
  }
}

function seen(fracture: FractureFacts, facts: CaseFacts): string {
  const finding = facts.finding;
  const on = `On the ${examination(fracture)}`;
  if (finding?.state !== 'measured') {
    return `The images could not be measured, so nothing can be said from them${finding ? ` (${finding.reason.replaceAll('-', ' ')})` : ''}. This does not mean that there is no fracture.`;
  }
  if (fracture.measured.length === 0) {
    return `${on}, the software measurement did not show the fracture that the report states; the report is followed.`;
  }
  const bodies = fracture.measured.map(
    (v) =>
      `${v.levelText} has lost ${v.loss ? `${Math.round(v.loss.percent)} % of its height` : 'height'} (grade ${v.gradeText}, ${GRADE_WORDS[v.grade ?? 0]})`,
  );
  const range = finding.levelsAssessed.length === 0 ? '' : ` Assessed: ${finding.levelsAssessed[0]} to ${finding.levelsAssessed.at(-1)}.`;
  return `${on}, measured by software: ${joined(bodies)}.${range}`;
}

function reportSaid(kind: CardKind, facts: CaseFacts): string {
  const { reading, decision } = facts;
  switch (reading?.fracture) {
    case 'stated':
      return reading.advice
        ? 'The radiology report states a vertebral fracture and gives advice.'
        : 'The radiology report states a vertebral fracture and advises no referral or bone assessment.';
    case 'uncertain':
      return reading.ambiguousOnly
        ? 'The radiology report describes a change of shape without calling it a fracture.'
        : 'The radiology report is not certain of a fracture.';
    case 'denied':
      return `The radiology report says that there is no vertebral fracture.${decision?.confirmedBy === 'radiologist' ? ' A radiologist has since confirmed it.' : ''}`;
    default:
      return `The radiology report does not mention a vertebral fracture.${kind === 'unconfirmed-fracture' ? '' : ' A radiologist has since confirmed it.'}`;
  }
}

function suggested(kind: CardKind, decision: Decision): string {
  const pace = decision.priority === 'urgent' ? 'urgent' : 'routine';
  const risk = decision.veryHighRisk ? ' The risk of a further fracture is very high.' : '';
  switch (kind) {
    case 'urgent':
      return 'Review now for a pathological cause (tumour, infection, cord compromise). This is not one for the fracture liaison service.';
    case 'unconfirmed-fracture':
      return 'Nothing is confirmed yet. Look at the picture, and ask a radiologist to look at the images again; no referral before that.';
    case 'fracture-on-treatment':
      return 'A fracture on treatment: review adherence, duration and choice of the drug, and other causes. No new referral is proposed.';
    case 'under-50':
      return 'Ask for specialist advice; under 50 the cause is to be found first. No automatic referral to the fracture liaison service.';
    default:
      return `Refer to the fracture liaison service (${pace}).${risk}`;
  }
}

function about(decision: Decision, facts: CaseFacts): string {
  const models = facts.finding?.models ?? [];
  const names = models.length === 0 ? '' : ` Models: ${models.map((m) => `${m.id} ${m.version}`).join(', ')}.`;
  const because = decision.because.map((b) => b.rule).filter((rule) => rule !== decision.rule);
  return `Made with AI, for research use only; not a diagnosis. Look at the picture before acting.${names} Rule ${[decision.rule, ...new Set(because)].join(', ')} (policy ${decision.policyVersion}).`;
}

function suggestionFor(kind: CardKind, decision: Decision, fracture: FractureFacts): CardSuggestion | null {
  const where = levelWords(fracture.levels);
  const reason = `${kind === 'unconfirmed-fracture' ? 'Possible vertebral' : 'Vertebral'} fracture${where === '' ? '' : ` ${where}`}, ${examination(fracture)}`;
  const priority = decision.priority === 'urgent' ? 'urgent' : 'routine';
  switch (kind) {
    case 'missed-fracture':
    case 'reported-without-advice':
    case 'referral-waiting':
      return { what: 'refer', label: 'Refer to the fracture liaison service', priority, reason };
    case 'unconfirmed-fracture':
      return { what: 'review', label: 'Ask a radiologist to look at the images again', priority: 'routine', reason };
    default:
      return null;
  }
}

function tableRow(v: Vertebra): CardTableRow {
  const h = v.heights;
  return {
    level: v.levelText,
    loss: v.loss ? `${Math.round(v.loss.percent)} %` : 'not measured',
    grade: `${v.gradeText} (${GRADE_WORDS[v.grade ?? 0]})`,
    heights: h ? `${h.anterior.toFixed(1)} / ${h.middle.toFixed(1)} / ${h.posterior.toFixed(1)} ${h.unit}` : 'not measured',
  };
}

/** "CT of 3 May 2026" */
function examination(fracture: FractureFacts): string {
  if (fracture.date === null) return fracture.modality;
  const [year, month, day] = fracture.date.split('-').map(Number);
  const name = MONTHS[(month ?? 0) - 1];
  return name === undefined || day === undefined ? `${fracture.modality} of ${fracture.date}` : `${fracture.modality} of ${day} ${name} ${year}`;
}

/** "L1", "T12 and L1", "T8, T12 and L1"; more than three are counted. */
function levelWords(levels: readonly string[]): string {
  return levels.length > 3 ? `of ${levels.length} vertebrae (${levels[0]} to ${levels.at(-1)})` : joined(levels);
}

function joined(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
