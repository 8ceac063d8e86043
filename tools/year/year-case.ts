/** A report of the made year as the product would have stored it: message read, text read, images measured, decided, answered. */
import { createHash } from 'node:crypto';
import { cannotSayCode } from '#src/case/cannot-say-code.ts';
import type { CaseFacts, CaseState } from '#src/case/case.ts';
import type { StudyFinding } from '#src/case/finding.ts';
import type { DicomUid } from '#src/case/ids.ts';
import type { Reading } from '#src/case/reading.ts';
import type { HumanAnswer, Known, PatientHistory } from '#src/case/referral.ts';
import type { Report } from '#src/case/report.ts';
import type { StudySummary } from '#src/case/study.ts';
import { loadPolicy } from '#src/load-policy.ts';
import { readReport } from '#src/reading/read-report.ts';
import { needsReferral } from '#src/rules/needs-referral.ts';
import { readStoredMessage } from '#src/systems/hl7/read-stored-message.ts';
import { DEFAULT_PROFILE } from '#src/systems/hl7/source-profile.ts';
import { randomStream } from '#test/hospital/phantom/random.ts';
import { yearFinding } from './year-finding.ts';
import { yearMessage } from './year-message.ts';
import type { YearTruth } from './year-options.ts';

export interface YearCase {
  readonly id: string;
  readonly messageId: string;
  readonly message: Buffer;
  readonly state: CaseState;
  readonly facts: CaseFacts;
  /** ISO 8601: when the report came, and when each step was done. */
  readonly at: string;
  readonly events: readonly { readonly at: string; readonly step: string; readonly outcome: string; readonly detail: string; readonly ms: number }[];
}

const policy = loadPolicy();
/** A text is read once: thousands of reports share their words. */
const readings = new Map<string, Reading>();
const known = <T>(value: T): Known<T> => ({ known: true, value });

export function yearCase(truth: YearTruth, seed: number): YearCase {
  const message = Buffer.from(yearMessage(truth), 'utf8');
  const verdict = readStoredMessage(message, { ...DEFAULT_PROFILE, name: truth.site.name });
  if (verdict.kind !== 'report' || !verdict.report || verdict.unusable) throw new Error(`the message of ${truth.accession} is no usable report`);
  const { report } = verdict;
  const reading = readings.get(report.text) ?? readReport(report.text);
  readings.set(report.text, reading);
  const finding = yearFinding(truth);
  const history = historyOf(truth);
  const facts = { report, reading, finding, history };
  const at = new Date(Date.parse(truth.reportedAt) + 5_000).toISOString();
  const today = at.slice(0, 10);
  const first = needsReferral({ ...facts, answers: [], today, reportVersion: 1 }, policy);
  const answers = answersOf(truth, first.outcome);
  const reviews = answers.filter((answer) => answer.kind.startsWith('finding-'));
  const decision =
    reviews.length === 0
      ? first
      : needsReferral({ ...facts, answers: reviews, today: reviews[0]?.at.slice(0, 10) ?? today, reportVersion: 1 }, policy);
  const isException = decision.outcome === 'exception';
  const state: CaseState = isException ? 'closed' : 'written';
  const study = studyOf(truth, report);
  return {
    id: uuidOf(`case ${seed} ${truth.n}`),
    messageId: uuidOf(`message ${seed} ${truth.n}`),
    message,
    state,
    at,
    facts: {
      ...facts,
      study,
      choice: finding.state === 'measured' ? finding.series : null,
      prior: null,
      sincePrior: null,
      decision,
      resources: [],
      answers,
      stopped: isException
        ? { code: cannotSayCode(finding.state === 'cannot-say' ? finding.reason : null), text: decision.because[0]?.text ?? '' }
        : null,
    },
    events: eventsOf(truth, at, reading, finding, isException, `${decision.rule} ${decision.outcome}`),
  };
}

/** A repeatable UUID (version 8). */
export function uuidOf(text: string): string {
  const hex = createHash('sha256').update(`made year ${text}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function studyOf(truth: YearTruth, report: Report): StudySummary {
  return {
    studyInstanceUid: truth.studyInstanceUid as DicomUid,
    accession: truth.accession,
    patientId: report.patient.id.value,
    issuerOfPatientId: truth.site.authority,
    studyDate: truth.examinedAt.slice(0, 10),
    modalities: [truth.modality],
    description: truth.procedure.text,
    instanceCount: truth.modality === 'CT' ? 240 : 1,
  };
}

function historyOf(truth: YearTruth): PatientHistory {
  return {
    patientReference: `Patient/${truth.person.id.toLowerCase()}`,
    birthDate: known(truth.person.birthDate),
    sex: known(truth.person.sex),
    deceased: known(false),
    endOfLifeCare: known(false),
    postMenopausal: { known: false, because: 'not recorded' },
    osteoporosisDiagnosed: known(false),
    boneDrugs: known(truth.boneDrug ? ['Alendronic acid 70 mg tablets'] : []),
    redFlagProblems: known([]),
    cancerHistory: known(false),
    mimicProblems: known([]),
    openReferral: known(truth.openReferral ? `ServiceRequest/open-${truth.n}` : null),
    declinedReferral: known(null),
    priorVertebralFracture: known(null),
  };
}

/** People answer only where Backstop works; a false positive is refuted wherever a radiologist looked. */
function answersOf(truth: YearTruth, outcome: string): readonly HumanAnswer[] {
  const days = (count: number): string => new Date(Date.parse(truth.reportedAt) + count * 86_400_000).toISOString();
  const answer = (kind: HumanAnswer['kind'], count: number, reasonCode: string | null = null): HumanAnswer => ({
    kind,
    at: days(count),
    by: 'nora-nurse',
    reasonCode,
    reasonText: null,
    key: `year-${truth.n}-${kind}`,
  });
  if (truth.falsePositive !== null) return [answer('finding-refuted', 1, 'normal-variant')];
  if (outcome === 'radiologist-review' && truth.reviewed) return [answer('finding-confirmed', 1)];
  if (outcome !== 'refer' || truth.answered === 'none') return [];
  const wait = 2 + Math.floor(randomStream(truth.n + 7)() * 10);
  if (truth.answered === 'declined') return [answer('referral-declined', wait, truth.declineReason)];
  return [answer('referral-accepted', wait), ...(truth.answered === 'done' ? [answer('referral-done', wait + 40)] : [])];
}

function eventsOf(truth: YearTruth, at: string, reading: Reading, finding: StudyFinding, isException: boolean, decided: string): YearCase['events'] {
  const rows: readonly (readonly [string, string, string, number])[] = [
    ['receive-report', 'received', 'report stored', 0],
    ['read-report', 'read', `report says: vertebral fracture ${reading.fracture}, advice ${reading.advice ? 'given' : 'not given'}`, 4],
    ...(finding.state === 'measured'
      ? ([
          ['find-images', 'located', 'the only usable series', 310],
          ['find-fractures', 'measured', `${finding.levelsAssessed.length} vertebrae assessed`, 9200],
        ] as const)
      : ([['find-images', 'measured', finding.detail, 290]] as const)),
    ['decide', isException ? 'closed' : 'decided', decided, 40],
    ...(isException ? [] : [['write-record', 'written', 'resources written', 180] as const]),
  ];
  const start = Date.parse(at);
  return rows.map(([step, outcome, detail, ms], index) => ({
    at: new Date(start + index * (5_000 + (truth.n % 40) * 1_000)).toISOString(),
    step,
    outcome,
    detail,
    ms,
  }));
}
