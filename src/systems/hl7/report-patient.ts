/** The patient of a message: PID-3 chosen by authority and type, never by position; social security numbers are dropped. Pure. */
import type { Identifier, ReportPatient } from '#src/case/report.ts';
import type { Sex } from '#src/case/vertebra.ts';
import { component, field, firstSegment, repetitions, subcomponent, value } from './fields.ts';
import { hl7Date } from './hl7-time.ts';
import type { Delimiters, ParsedMessage } from './message.ts';
import type { SourceProfile } from './source-profile.ts';

const SOCIAL_SECURITY_TYPE = /^(SS|SSN|SSA|USSSA)$/i;
const SOCIAL_SECURITY_SHAPE = /^\d{3}-\d{2}-\d{4}$/;

/** CX.1 is 15 to 199 characters in the versions of HL7; a longer one is text in the wrong place, and no index holds it. */
const LONGEST_ID = 250;

/** CX fields (2A.14) as identifiers, without social security numbers and empty ones. */
export function identifiers(raw: string, delimiters: Delimiters): Identifier[] {
  return repetitions(raw, delimiters).flatMap((repetition) => {
    const get = (number: number, sub = 1): string => value(subcomponent(component(repetition, number, delimiters), sub, delimiters), delimiters);
    const authority = get(4) || get(4, 2) || get(6);
    const type = get(5);
    const id = get(1);
    const untypedSocial = type === '' && SOCIAL_SECURITY_SHAPE.test(id);
    if (id === '' || id.length > LONGEST_ID || untypedSocial || SOCIAL_SECURITY_TYPE.test(type) || SOCIAL_SECURITY_TYPE.test(authority)) return [];
    return [{ value: id, authority: authority || null, type: type || null }];
  });
}

/** The first identifier that fits a rule of the profile, rules in order; else the first one that has no type; else none. */
function chooseIdentifier(all: readonly Identifier[], profile: SourceProfile): Identifier | null {
  const same = (wanted: string | undefined, found: string | null): boolean => wanted === undefined || wanted.toLowerCase() === found?.toLowerCase();
  for (const rule of profile.patientIds) {
    const fits = all.find((id) => same(rule.authority, id.authority) && same(rule.type, id.type));
    if (fits) return fits;
  }
  return all.find((id) => id.type === null) ?? null;
}

export interface PatientFound {
  readonly patient: ReportPatient;
  readonly flags: readonly string[];
}

const NO_ID: Identifier = { value: '', authority: null, type: null };
const SEX: Readonly<Record<string, Sex>> = { F: 'female', M: 'male', FEMALE: 'female', MALE: 'male' };

/** An identifier with an empty value means that the message has none that may be used: see the flag "no-patient-id". */
export function reportPatient(message: ParsedMessage, profile: SourceProfile): PatientFound {
  const { delimiters } = message;
  const pid = firstSegment(message, 'PID');
  const listed = identifiers(field(pid, 3), delimiters);
  // Old senders (before 2.3.1) have the number in PID-2.
  const all = listed.length > 0 ? listed : identifiers(field(pid, 2), delimiters);
  const chosen = chooseIdentifier(all, profile);
  const names = repetitions(field(pid, 5), delimiters);
  const name = names.find((repetition) => component(repetition, 7, delimiters) === 'L') ?? names[0] ?? '';
  const dead = field(pid, 30).trim().toUpperCase();
  const patient: ReportPatient = {
    id: chosen ?? NO_ID,
    otherIds: all.filter((id) => id !== chosen),
    familyName: value(subcomponent(component(name, 1, delimiters), 1, delimiters), delimiters),
    givenName: value(component(name, 2, delimiters), delimiters),
    birthDate: hl7Date(component(field(pid, 7), 1, delimiters)),
    sex: SEX[value(component(field(pid, 8), 1, delimiters), delimiters).toUpperCase()] ?? 'unknown',
    deceased: dead === 'Y' ? true : dead === 'N' ? false : null,
  };
  return { patient, flags: chosen ? [] : ['no-patient-id'] };
}
