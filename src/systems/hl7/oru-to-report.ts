/** From an ORU^R01 (HL7 v2 chapter 7) to a report in our words, by the rules of its source. Pure. */
import type { Report, ReportStatus } from '#src/case/report.ts';
import { withDocumentAsOrder } from './document-to-order.ts';
import { component, field, fieldPath, firstSegment, segmentsNamed, value, valuesAt } from './fields.ts';
import { hl7Time } from './hl7-time.ts';
import type { ParsedMessage, Segment } from './message.ts';
import { type Observation, observations } from './observation-rows.ts';
import { reportParts } from './order-groups.ts';
import { reportPatient } from './report-patient.ts';
import { reportPeople } from './report-people.ts';
import { reportStatus } from './report-status.ts';
import { findAccession, findModality, findProcedure, findStudyUid } from './report-study.ts';
import { reportText } from './report-text.ts';
import type { SourceProfile } from './source-profile.ts';

export interface MessageFault {
  /** Stable: HL7_NO_ACCESSION, HL7_NO_PATIENT_ID, HL7_NO_ORDER. */
  readonly code: string;
  readonly text: string;
}

export interface OruResult {
  /** Null only when the message is no imaging report at all. */
  readonly report: Report | null;
  /** With a report: its case must be parked with this reason. Without: the message is kept and nothing else. */
  readonly unusable: MessageFault | null;
  /** Further reports in the same message, each about another accession. */
  readonly more: readonly { readonly report: Report; readonly unusable: MessageFault | null }[];
}

/** Diagnostic sections (OBR-24, table 0074) that are a laboratory's: those messages are not ours. */
const LABORATORY = /^(LAB|CH|HM|MB|MCB|MYC|PAR|BLB|CP|SP|IMM|SR|TX|VR|CG|CTH|BG|URN|AU|MIC|PAT)$/i;

/** `charset` is what the message was decoded with (for hexadecimal escapes); `flags` come from decoding and framing. */
export function oruToReport(received: ParsedMessage, profile: SourceProfile, charset = 'utf-8', flags: readonly string[] = []): OruResult {
  const message = withDocumentAsOrder(received);
  const orders = segmentsNamed(message, 'OBR');
  if (orders.length === 0) return { report: null, unusable: { code: 'HL7_NO_ORDER', text: 'the message has no OBR segment' }, more: [] };
  const sections = orders.map((order) => value(component(field(order, 24), 1, message.delimiters), message.delimiters));
  if (sections.every((section) => LABORATORY.test(section))) return { report: null, unusable: null, more: [] };
  const [first, ...more] = reportParts(message, profile).map((part) => partToReport(part, profile, charset, [...flags, ...message.flags]));
  return first ? { ...first, more } : { report: null, unusable: null, more: [] };
}

function partToReport(
  part: ParsedMessage,
  profile: SourceProfile,
  charset: string,
  flags: readonly string[],
): { report: Report; unusable: MessageFault | null } {
  const orders = segmentsNamed(part, 'OBR');
  const order = orders[0];
  const observed = observations(part.segments, part.delimiters);
  const { rows, notes } = rowsOfReport(part, observed);
  const found = findAccession(part, profile);
  const study = findStudyUid(part, observed);
  const { patient, flags: patientFlags } = reportPatient(part, profile);
  const words = reportText(part, rows, notes, charset, profile.notes);
  const procedure = findProcedure(order, part);
  const report: Report = {
    source: profile.name,
    accession: found.accession,
    accessionCandidates: found.candidates,
    studyInstanceUid: study.studyInstanceUid,
    status: withAddendum(
      reportStatus(part, orders, () => textRows(rows), profile),
      words.addendum,
      words.text,
    ),
    patient,
    ...reportPeople(part, order, rows),
    procedure,
    modality: findModality(order, procedure, part),
    ...times(part, order, profile),
    visitNumber: value(component(field(firstSegment(part, 'PV1'), 19), 1, part.delimiters), part.delimiters) || null,
    text: words.text,
    flags: [...new Set([...flags, ...found.flags, ...study.flags, ...patientFlags, ...words.flags, ...(words.text === '' ? ['no-text'] : [])])],
  };
  return { report, unusable: faultOf(report) };
}

/** OBX rows, and the notes below an order or a row; not those of the patient. */
function rowsOfReport(part: ParsedMessage, observed: readonly (Observation | null)[]): { rows: Observation[]; notes: Segment[] } {
  const rows: Observation[] = [];
  const notes: Segment[] = [];
  let isBelow = false;
  let place = 0;
  for (const segment of part.segments) {
    const row = observed[place++];
    if (segment.name === 'OBR') isBelow = true;
    if (!isBelow) continue;
    if (row) rows.push(row);
    else if (segment.name === 'NTE') notes.push(segment);
  }
  return { rows, notes };
}

/** Rows whose status is the report's: not links, documents or the row that names the study (its OBX-11 is O, "order detail only"). */
function textRows(rows: readonly Observation[]): Segment[] {
  return rows.filter(({ kind }) => kind.type !== 'RP' && kind.type !== 'ED' && !kind.isStudyUid).map(({ row }) => row);
}

/** Many senders leave an addendum as F or C and only mark the rows, or begin the text with the word. */
function withAddendum(status: ReportStatus, marked: boolean, text: string): ReportStatus {
  const isSigned = status === 'final' || status === 'corrected';
  return isSigned && (marked || /^\W*addend(um|a)\b/i.test(text)) ? 'addendum' : status;
}

function times(part: ParsedMessage, order: Segment | undefined, profile: SourceProfile): Pick<Report, 'examinedAt' | 'reportedAt'> {
  const at = (segment: Segment | undefined, number: number): string | null =>
    hl7Time(component(field(segment, number), 1, part.delimiters), profile.timeZone);
  const own = profile.examinedField ? (valuesAt(part, fieldPath(profile.examinedField))[0] ?? '') : '';
  return { examinedAt: hl7Time(own, profile.timeZone) ?? at(order, 7), reportedAt: at(order, 22) ?? at(firstSegment(part, 'MSH'), 7) };
}

function faultOf(report: Report): MessageFault | null {
  if (report.accession === null && report.studyInstanceUid === null) {
    return { code: 'HL7_NO_ACCESSION', text: 'the report has neither a usable accession number nor a study instance UID' };
  }
  if (report.patient.id.value === '') return { code: 'HL7_NO_PATIENT_ID', text: 'the report has no usable patient identifier in PID-3' };
  return null;
}
