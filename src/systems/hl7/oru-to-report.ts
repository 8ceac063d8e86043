/** From an ORU^R01 (HL7 v2 chapter 7) to a report in our words, by the rules of its source. Pure. */
import type { Report, ReportStatus } from '#src/case/report.ts';
import { withDocumentAsOrder } from './document-to-order.ts';
import { component, field, fieldPath, firstSegment, segmentsNamed, valueAt, valuesAt } from './fields.ts';
import { hl7Time } from './hl7-time.ts';
import type { ParsedMessage, Segment } from './message.ts';
import { observations } from './observation-rows.ts';
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
  if (orders.every((order) => LABORATORY.test(valueAt(order, 24, 1, message.delimiters)))) return { report: null, unusable: null, more: [] };
  const allFlags = message.flags.length === 0 ? flags : [...flags, ...message.flags];
  const parts = reportParts(message, profile);
  const first = partToReport(parts[0] ?? message, profile, charset, allFlags);
  const more = parts.slice(1).map((part) => partToReport(part, profile, charset, allFlags));
  return { report: first.report, unusable: first.unusable, more };
}

function partToReport(
  part: ParsedMessage,
  profile: SourceProfile,
  charset: string,
  flags: readonly string[],
): { report: Report; unusable: MessageFault | null } {
  const orders = segmentsNamed(part, 'OBR');
  const order = orders[0];
  const rows = observations(part, charset);
  const found = findAccession(part, profile);
  const study = findStudyUid(part, rows.all);
  const patient = reportPatient(part, profile);
  const people = reportPeople(part, order, rows.ofReport);
  const words = reportText(part, rows.ofReport, rows.notes, charset, profile.notes);
  const procedure = findProcedure(order, part);
  const status = reportStatus(part, orders, rows.ofReport, profile);
  const allFlags: string[] = [];
  for (const some of [flags, found.flags, study.flags, patient.flags, words.flags]) addFlags(allFlags, some);
  if (words.text === '') addFlags(allFlags, ['no-text']);
  const report: Report = {
    source: profile.name,
    accession: found.accession,
    accessionCandidates: found.candidates,
    studyInstanceUid: study.studyInstanceUid,
    status: withAddendum(status, words.addendum, words.text),
    patient: patient.patient,
    orderer: people.orderer,
    author: people.author,
    procedure,
    modality: findModality(order, procedure, part),
    examinedAt: examinedAt(part, order, profile),
    reportedAt: timeIn(order, 22, part, profile) ?? timeIn(firstSegment(part, 'MSH'), 7, part, profile),
    visitNumber: valueAt(firstSegment(part, 'PV1'), 19, 1, part.delimiters) || null,
    text: words.text,
    flags: allFlags,
  };
  return { report, unusable: faultOf(report) };
}

/** All of them in order, each once. */
function addFlags(flags: string[], more: readonly string[]): void {
  for (const flag of more) if (!flags.includes(flag)) flags.push(flag);
}

/** Many senders leave an addendum as F or C and only mark the rows, or begin the text with the word. */
function withAddendum(status: ReportStatus, marked: boolean, text: string): ReportStatus {
  const isSigned = status === 'final' || status === 'corrected';
  return isSigned && (marked || /^\W*addend(um|a)\b/i.test(text)) ? 'addendum' : status;
}

function timeIn(segment: Segment | undefined, number: number, { delimiters }: ParsedMessage, profile: SourceProfile): string | null {
  const time = segment?.plainAt(number, 1, delimiters) ?? component(field(segment, number), 1, delimiters);
  return hl7Time(time, profile.timeZone);
}

function examinedAt(part: ParsedMessage, order: Segment | undefined, profile: SourceProfile): string | null {
  const own = profile.examinedField ? (valuesAt(part, fieldPath(profile.examinedField))[0] ?? '') : '';
  return hl7Time(own, profile.timeZone) ?? timeIn(order, 7, part, profile);
}

function faultOf(report: Report): MessageFault | null {
  if (report.accession === null && report.studyInstanceUid === null) {
    return { code: 'HL7_NO_ACCESSION', text: 'the report has neither a usable accession number nor a study instance UID' };
  }
  if (report.patient.id.value === '') return { code: 'HL7_NO_PATIENT_ID', text: 'the report has no usable patient identifier in PID-3' };
  return null;
}
