/** The words of a card: what was seen, on which examination, what the report said, what is suggested, and that it is AI. No names. */
import type { CardChoice, CardKind, CardSource, CardSuggestion, OverrideReason } from '../case/card.ts';
import type { CaseFacts } from '../case/case.ts';
import type { Decision } from '../case/referral.ts';
import { aboutIt, cardTable, reportSaid, whatIsSeen } from './card-detail.ts';
import { examination, fracturePhrase } from './card-phrases.ts';
import { type FractureFacts, fractureFacts } from './fracture-facts.ts';

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
  const before = said.get(row);
  if (before?.kind === kind) return before;
  const card = wordsFor(row, kind);
  said.set(row, card);
  return card;
}

/** The last words for a row: rows never change, so the same row and kind always give the same words. */
const said = new WeakMap<CardSource, CardChoice>();

function wordsFor(row: CardSource, kind: CardKind): CardChoice {
  const { facts } = row;
  const decision = facts.decision as Decision;
  const fracture = fractureFacts(facts);
  const content = [kind, decision.rule, decision.confirmedBy ?? '-', ...fracture.levels, fracture.worstGrade ?? '-', facts.report.reportedAt ?? '-'];
  return {
    kind,
    caseId: row.caseId,
    contentKey: [row.caseId, ...content].join('|'),
    indicator: kind === 'referral-waiting' ? 'info' : 'warning',
    rules: [...new Set([decision.rule, ...decision.because.map((b) => b.rule)])],
    summary: summaryOf(kind, fracture, facts),
    paragraphs: [
      { lead: 'Seen', text: whatIsSeen(fracture, facts) },
      { lead: 'Report', text: reportSaid(facts) },
      { lead: 'Suggested', text: suggested(kind, decision, fracture) },
      { lead: 'About this', text: aboutIt(decision, facts) },
    ],
    table: cardTable(fracture),
    suggestion: suggestionFor(kind, decision, fracture),
    overrideReasons: OVERRIDES,
  };
}

function summaryOf(kind: CardKind, fracture: FractureFacts, facts: CaseFacts): string {
  const what = `${fracturePhrase(fracture)} on ${examination(fracture)}`;
  switch (kind) {
    case 'urgent':
      return `${what}: possible pathological cause, urgent review suggested`;
    case 'missed-fracture':
      return `${what}: not stated in the report, confirmed by a radiologist`;
    case 'report-not-read':
      return `${what}: confirmed by a radiologist; report text not readable by Backstop`;
    case 'unconfirmed-fracture':
      return `${what}: ${reportInBrief(facts)}, not yet confirmed by a radiologist`;
    case 'reported-without-advice':
      return `${what}: reported, but no referral advised`;
    case 'fracture-on-treatment':
      return `${what} while on bone treatment: review of the treatment suggested`;
    case 'under-50':
      return `${what}, under 50: specialist advice suggested`;
    case 'check-first':
      return `${what}: a clinician has to check the cause before a referral`;
    case 'referral-waiting':
      return `${what}: reported with advice, referral still to be made`;
  }
}

function reportInBrief(facts: CaseFacts): string {
  const said = facts.reading?.fracture;
  if (said === 'not-read') return 'report text not readable by Backstop';
  if (said === 'denied') return 'the report says none';
  return said === 'silent' ? 'not in the report' : 'the report is unclear';
}

function suggested(kind: CardKind, decision: Decision, fracture: FractureFacts): string {
  const why = decision.because.filter((b) => b.rule === decision.rule).map((b) => b.text);
  switch (kind) {
    case 'urgent':
      return `${['Review now for a pathological cause (tumour, infection, cord compromise).', ...why].join(' ')} This is not one for the fracture liaison service.`;
    case 'unconfirmed-fracture':
      return 'Nothing is confirmed yet. Look at the picture, and ask a radiologist to look at the images again; no referral before that.';
    case 'fracture-on-treatment':
      return [
        'A fracture on treatment: review adherence, duration and choice of the drug, and other causes.',
        ...why,
        'No new referral is proposed.',
      ].join(' ');
    case 'under-50':
      return [
        'Ask for specialist advice: at this age the cause is to be found first.',
        ...why,
        'No automatic referral to the fracture liaison service.',
      ].join(' ');
    case 'check-first':
      return [...why, 'When that is cleared, refer to the fracture liaison service.'].join(' ');
    default: {
      const risk = decision.veryHighRisk ? ' The risk of a further fracture is very high.' : '';
      const others = fracture.measured.some((v) => !fracture.levels.includes(v.level))
        ? ' Further levels in the table are measured but not confirmed.'
        : '';
      return `Refer to the fracture liaison service (${decision.priority === 'urgent' ? 'urgent' : 'routine'}).${risk}${others}`;
    }
  }
}

function suggestionFor(kind: CardKind, decision: Decision, fracture: FractureFacts): CardSuggestion | null {
  const reason = `${fracturePhrase(fracture)}, ${examination(fracture)}`;
  const priority = decision.priority === 'urgent' ? 'urgent' : 'routine';
  switch (kind) {
    case 'missed-fracture':
    case 'report-not-read':
    case 'reported-without-advice':
    case 'referral-waiting':
      return { what: 'refer', label: 'Refer to the fracture liaison service', priority, reason };
    case 'check-first':
      return { what: 'refer', label: 'Cause checked: refer to the fracture liaison service', priority, reason };
    case 'unconfirmed-fracture':
      return { what: 'review', label: 'Ask a radiologist to look at the images again', priority: 'routine', reason };
    default:
      return null;
  }
}
