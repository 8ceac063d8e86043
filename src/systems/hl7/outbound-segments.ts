/** Segments that referral and result messages share: the patient, the people, the finding in plain rows. Pure. */
import type { Case } from '#src/case/case.ts';
import type { StudyFinding } from '#src/case/finding.ts';
import type { Identifier, Person, ReportPatient } from '#src/case/report.ts';
import type { Vertebra } from '#src/case/vertebra.ts';
import type { SegmentContent } from './build-message.ts';

const SEX = { female: 'F', male: 'M', unknown: 'U' } as const;

function isOid(text: string): boolean {
  return /^[0-2](\.\d+)+$/.test(text);
}

/** CX (2A.14) at a place: value, authority as name or OID, type. */
function cx(place: string, id: Identifier): Record<string, string> {
  const authority = id.authority ?? '';
  const named: Record<string, string> = isOid(authority) ? { [`${place}.4.2`]: authority, [`${place}.4.3`]: 'ISO' } : { [`${place}.4.1`]: authority };
  return { [`${place}.1`]: id.value, ...named, [`${place}.5`]: id.type ?? '' };
}

export function pid(patient: ReportPatient): SegmentContent {
  return [
    'PID',
    {
      1: '1',
      ...cx('3', patient.id),
      '5.1': patient.familyName,
      '5.2': patient.givenName,
      7: (patient.birthDate ?? '').replaceAll('-', ''),
      8: SEX[patient.sex],
    },
  ];
}

export function pv1(visitNumber: string | null): SegmentContent[] {
  return visitNumber === null ? [] : [['PV1', { 1: '1', 2: 'U', '19.1': visitNumber }]];
}

/** XCN (2A.88) or XPN parts: our reports hold a name as one text, its last word is the family name. */
export function personName(person: Person | null): { family: string; given: string } {
  const words = (person?.name ?? '').split(/\s+/).filter((word) => word !== '');
  return { family: words.at(-1) ?? '', given: words.slice(0, -1).join(' ') };
}

export function xcn(place: string, person: Person | null): Record<string, string> {
  const { family, given } = personName(person);
  return { [`${place}.1`]: person?.id ?? '', [`${place}.2`]: family, [`${place}.3`]: given, [`${place}.9`]: person?.authority ?? '' };
}

/** One sentence for each graded vertebra with a fracture, with the figures that count; and why nothing can be said where that is so. */
export function findingLines(finding: StudyFinding | null): string[] {
  if (finding === null) return ['The images have not been measured.'];
  if (finding.state === 'cannot-say') return [`The images could not be assessed: ${finding.detail} This does not mean that there is no fracture.`];
  const levels = finding.levelsAssessed;
  const assessed = levels.length === 0 ? 'no vertebra' : `${levels[0]} to ${levels.at(-1)}`;
  const fractured = finding.vertebrae.filter((body) => (body.grade ?? 0) >= 1).map((body) => vertebraLine(body));
  const notGraded = finding.vertebrae.filter((body) => body.state === 'not_evaluable').map((body) => body.levelText);
  return [
    ...fractured,
    ...(fractured.length === 0 ? ['No loss of height of 20 % or more was measured at the vertebrae that could be graded.'] : []),
    `Assessed: ${assessed}.`,
    ...(notGraded.length > 0 ? [`Not gradable: ${notGraded.join(', ')}.`] : []),
  ];
}

function vertebraLine(body: Vertebra): string {
  const loss = body.loss ? `, height loss ${Math.round(body.loss.percent)} %` : '';
  const shape = body.shape ? ` (${body.shape})` : '';
  const doubt = body.state === 'indeterminate' ? ', grade uncertain' : '';
  return `${body.levelText}: Genant grade ${body.gradeText}${shape}${loss}${doubt}.`;
}

/** Why this is sent, as the rules said it. */
export function reasonLines(subject: Case): string[] {
  return (subject.facts.decision?.because ?? []).map((because) => `${because.rule}: ${because.text}`);
}

/** NTE rows, one line each. */
export function notes(lines: readonly string[]): SegmentContent[] {
  return lines.map((line, index) => ['NTE', { 1: String(index + 1), 3: line }]);
}

/** P until a radiologist or the report confirms it: a model's finding is never sent as final by itself. X: no result could be had. */
export function resultStatus(subject: Case): 'F' | 'P' | 'X' {
  if (subject.facts.finding?.state !== 'measured') return 'X';
  return subject.facts.decision?.confirmedBy ? 'F' : 'P';
}
