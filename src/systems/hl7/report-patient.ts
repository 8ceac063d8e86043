/** The patient of a message: PID-3 chosen by authority and type, never by position; social security numbers are dropped. Pure. */
import type { Identifier, ReportPatient } from '#src/case/report.ts';
import type { Sex } from '#src/case/vertebra.ts';
import { capitals, component, field, firstSegment, partsOf, repetitions, value, valueAt, valueIn, valueOf } from './fields.ts';
import { hl7Date } from './hl7-time.ts';
import type { Delimiters, ParsedMessage } from './message.ts';
import type { SourceProfile } from './source-profile.ts';

const SOCIAL_SECURITY_TYPE = /^(SS|SSN|SSA|USSSA)$/i;
const SOCIAL_SECURITY_SHAPE = /^\d{3}-\d{2}-\d{4}$/;

/** CX.1 is 15 to 199 characters in the versions of HL7; a longer one is text in the wrong place, and no index holds it. */
const LONGEST_ID = 250;

/** CX fields (2A.14) as identifiers, without social security numbers and empty ones. */
export function identifiers(raw: string, delimiters: Delimiters): Identifier[] {
  const found: Identifier[] = [];
  for (const repetition of repetitions(raw, delimiters)) {
    const id = identifier(repetition, delimiters);
    if (id) found.push(id);
  }
  return found;
}

function identifier(raw: string, delimiters: Delimiters): Identifier | null {
  const parts = partsOf(raw, delimiters.component);
  const id = valueOf(parts[0], 1, delimiters);
  if (id === '' || id.length > LONGEST_ID) return null;
  const type = valueOf(parts[4], 1, delimiters);
  if (type === '' ? SOCIAL_SECURITY_SHAPE.test(id) : SOCIAL_SECURITY_TYPE.test(type)) return null;
  const authority = valueOf(parts[3], 1, delimiters) || valueOf(parts[3], 2, delimiters) || valueOf(parts[5], 1, delimiters);
  return SOCIAL_SECURITY_TYPE.test(authority) ? null : { value: id, authority: authority || null, type: type || null };
}

/** The first identifier that fits a rule of the profile, rules in order; else the first one that has no type; else none. */
function chooseIdentifier(all: readonly Identifier[], profile: SourceProfile): Identifier | null {
  for (const rule of profile.patientIds) {
    for (const id of all) if (isSame(rule.authority, id.authority) && isSame(rule.type, id.type)) return id;
  }
  return all.find((id) => id.type === null) ?? null;
}

function isSame(wanted: string | undefined, found: string | null): boolean {
  return wanted === undefined || wanted === found || wanted.toLowerCase() === found?.toLowerCase();
}

export interface PatientFound {
  readonly patient: ReportPatient;
  readonly flags: readonly string[];
}

const NO_ID: Identifier = { value: '', authority: null, type: null };
const SEX: ReadonlyMap<string, Sex> = new Map([
  ['F', 'female'],
  ['M', 'male'],
  ['FEMALE', 'female'],
  ['MALE', 'male'],
]);

/** The name of type L (XPN.7), else the first. */
function legalName(names: readonly string[], delimiters: Delimiters): string {
  if (names.length > 1) for (const name of names) if (component(name, 7, delimiters) === 'L') return name;
  return names[0] ?? '';
}

/** An identifier with an empty value means that the message has none that may be used: see the flag "no-patient-id". */
export function reportPatient(message: ParsedMessage, profile: SourceProfile): PatientFound {
  const { delimiters } = message;
  const pid = firstSegment(message, 'PID');
  const listed = identifiers(field(pid, 3), delimiters);
  // Old senders (before 2.3.1) have the number in PID-2.
  const all = listed.length > 0 ? listed : identifiers(field(pid, 2), delimiters);
  const chosen = chooseIdentifier(all, profile);
  const name = legalName(repetitions(field(pid, 5), delimiters), delimiters);
  const dead = capitals(field(pid, 30));
  const patient: ReportPatient = {
    id: chosen ?? NO_ID,
    otherIds: all.filter((id) => id !== chosen),
    familyName: valueIn(name, 1, 1, delimiters),
    givenName: value(component(name, 2, delimiters), delimiters),
    birthDate: hl7Date(pid?.plainAt(7, 1, delimiters) ?? component(field(pid, 7), 1, delimiters)),
    sex: SEX.get(capitals(valueAt(pid, 8, 1, delimiters))) ?? 'unknown',
    deceased: dead === 'Y' ? true : dead === 'N' ? false : null,
  };
  return { patient, flags: chosen ? [] : ['no-patient-id'] };
}
