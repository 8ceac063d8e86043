/** What the letter of a case says, in the order of the page (pure): who, what the images show, what the report said, what is suggested, and its limits. */
import type { Case } from '../../case/case.ts';
import type { StudyFinding } from '../../case/finding.ts';
import type { Reading } from '../../case/reading.ts';
import type { Decision, Outcome } from '../../case/referral.ts';
import { isPictureOutdated } from '../../case/review-answer.ts';
import type { Vertebra } from '../../case/vertebra.ts';

export interface LetterPart {
  readonly heading: string;
  readonly paragraphs: readonly string[];
  /** Rows of a table with its head, or null. */
  readonly table: readonly (readonly string[])[] | null;
}

export interface LetterWords {
  readonly title: string;
  readonly parts: readonly LetterPart[];
  readonly foot: readonly string[];
}

/** Outcomes that a letter tells. Until a person has confirmed it, a finding of the model alone is a question and no letter. */
const SUGGESTS: Readonly<Partial<Record<Outcome, string>>> = {
  refer: 'Refer to the fracture liaison service for assessment of osteoporosis and fracture risk.',
  'urgent-to-referrer': 'Urgent: look for the cause of the fracture first. This patient is not for the fracture liaison service as things stand.',
  'specialist-advice': 'Seek specialist advice. There is no automatic referral.',
  'fracture-on-treatment': 'Fracture on treatment: review the treatment of osteoporosis.',
  'link-to-referral': 'New evidence for the referral that is already open.',
  notify: 'For information: a vertebral fracture is on record.',
};
const GRADES = ['0 (none)', '1 (mild)', '2 (moderate)', '3 (severe)'] as const;
const LONGEST_QUOTE = 300;

/** Null when the case has nothing that a letter may say. */
export function letterWords(subject: Case, productVersion: string): LetterWords | null {
  const { decision, report, finding, reading } = subject.facts;
  const suggestion = decision && SUGGESTS[decision.outcome];
  if (!decision || !suggestion) return null;
  const { patient } = report;
  const name = [patient.familyName, patient.givenName].filter((part) => part !== '').join(', ') || 'no name given';
  const examined = `${report.procedure?.text || report.modality || 'Examination'}${report.examinedAt ? ` of ${report.examinedAt.slice(0, 10)}` : ''}`;
  return {
    title: 'Vertebral fracture on imaging',
    parts: [
      part('Patient', [
        `${name}, born ${patient.birthDate ?? 'on an unknown date'}, ${patient.sex}, number ${patient.id.value}`,
        `${examined}, accession ${report.accession ?? 'none'}`,
        ...(report.orderer?.name ? [`Asked for by ${report.orderer.name}`] : []),
      ]),
      part('What the images show', seen(finding), lossTable(finding)),
      part('What the report said', said(reading, report.text)),
      part('What is suggested', [suggestion, ...urgency(decision), ...decision.because.map((one) => `${one.text} (${one.rule})`)]),
    ],
    foot: [
      confirmed(decision),
      ...(isPictureOutdated(subject.facts.answers) ? ['The picture shows what the software measured, before a radiologist changed it.'] : []),
      `Made by software with artificial intelligence (Backstop ${productVersion}${models(finding)}). For research use; it is no medical device and no diagnosis.`,
      `Decided by rule ${decision.rule}, policy ${decision.policyVersion}${decision.inputs ? `, on ${decision.inputs.decidedOn}` : ''}. Report version ${subject.reportVersion}. Case ${subject.id}.`,
    ],
  };
}

function part(heading: string, paragraphs: readonly string[], table: LetterPart['table'] = null): LetterPart {
  return { heading, paragraphs, table };
}

function urgency(decision: Decision): readonly string[] {
  const by = decision.dueDate ? `Please act by ${decision.dueDate}.` : '';
  const risk = decision.veryHighRisk ? 'Very high risk of another fracture.' : '';
  const words = [decision.priority === 'urgent' ? 'Urgent.' : '', risk, by].filter((one) => one !== '');
  return words.length > 0 ? [words.join(' ')] : [];
}

function confirmed(decision: Decision): string {
  if (decision.confirmedBy === 'radiologist') return 'A radiologist has confirmed the finding.';
  return decision.confirmedBy === 'report'
    ? 'The radiology report states the fracture; the figures of the images are measured by software and not checked by a person.'
    : 'No person has confirmed the finding yet.';
}

function fractured(finding: StudyFinding | null): readonly Vertebra[] {
  return finding?.state === 'measured' ? finding.vertebrae.filter((one) => one.state === 'graded' && (one.grade ?? 0) >= 1) : [];
}

function seen(finding: StudyFinding | null): readonly string[] {
  if (finding?.state !== 'measured') {
    const because = finding ? finding.detail : 'The images have not been measured.';
    return [`Cannot say: ${because} This does not mean that there is no fracture.`];
  }
  const count = fractured(finding).length;
  const range = `${finding.levelsAssessed[0] ?? '?'} to ${finding.levelsAssessed.at(-1) ?? '?'}`;
  const open = finding.vertebrae.filter((one) => one.state !== 'graded');
  const found =
    count === 0 ? 'The software graded no fracture' : `${count} fractured ${count === 1 ? 'vertebra' : 'vertebrae'}, as the software measures them`;
  return [
    `${found}. Assessed: ${range}.${count === 0 ? '' : ' Loss of height: anterior / middle / posterior.'}`,
    ...(open.length > 0 ? [`Cannot say for ${open.map((one) => one.levelText).join(', ')}. This does not mean that they are whole.`] : []),
  ];
}

/** Only what is fractured: the whole table is on the case page. */
function lossTable(finding: StudyFinding | null): LetterPart['table'] {
  const list = fractured(finding);
  if (list.length === 0) return null;
  const losses = ({ loss }: Vertebra) => (loss ? `${[loss.anterior, loss.middle, loss.posterior].map((one) => one.toFixed(0)).join(' / ')} %` : '-');
  const rows = list.map((one) => [one.levelText, one.grade === null ? '-' : (GRADES[one.grade] ?? '-'), one.shape ?? '-', losses(one)]);
  return [['Level', 'Genant grade', 'Shape', 'Loss of height'], ...rows];
}

function said(reading: Reading | null, text: string): readonly string[] {
  if (!reading) return ['Its text has not been read.'];
  if (reading.fracture === 'not-read')
    return ['Its text could not be read by this software, so what it says of a fracture or of advice is not known. Please read the report itself.'];
  const words = {
    stated: 'It states a vertebral fracture',
    uncertain: 'It is not sure about a vertebral fracture',
    denied: 'It denies a vertebral fracture',
    silent: 'It says nothing about vertebral fractures',
  }[reading.fracture];
  const levels = reading.levels.length > 0 ? ` (${reading.levels.join(', ')})` : '';
  const advice = reading.advice ? 'It gives advice on osteoporosis.' : 'It gives no advice on osteoporosis.';
  const statement = reading.statements.find((one) => one.target === 'vertebral-fracture' && one.time === 'current' && one.who === 'patient');
  const quote = statement ? text.slice(statement.sentence.start, statement.sentence.end).replace(/\s+/g, ' ').trim() : '';
  const shown = quote.length > LONGEST_QUOTE ? `${quote.slice(0, LONGEST_QUOTE)}…` : quote;
  return [`${words}${levels}. ${advice}`, ...(shown === '' ? [] : [`“${shown}”`])];
}

function models(finding: StudyFinding | null): string {
  return (finding?.models ?? []).map((model) => `; ${model.id} ${model.version}`).join('');
}
