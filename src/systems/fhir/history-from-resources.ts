/** What the record's resources say about the patient (pure). A list that could not be read makes its answers "not known", never "no". */
import type { CodeableConcept, Condition, MedicationRequest, MedicationStatement, Patient, Resource, ServiceRequest, Task } from '@medplum/fhirtypes';
import type { Known, PatientHistory } from '../../case/referral.ts';
import { isIn, textsOf, VALUE_SETS, type ValueSet, wordsIn } from './value-sets.ts';

/** The whole list, or why it could not be read. */
export type Read<T> = { readonly read: true; readonly resources: readonly T[] } | { readonly read: false; readonly because: string };

export interface HistorySources {
  readonly patient: Patient;
  readonly conditions: Read<Condition>;
  readonly drugs: Read<MedicationRequest | MedicationStatement | Resource>;
  readonly referrals: Read<ServiceRequest>;
  readonly tasks: Read<Task>;
  /** Identifiers of what this case wrote itself. */
  readonly ownKeys: ReadonlySet<string>;
  /** Codes of a site for its fracture liaison service. */
  readonly siteReferralCodes: readonly string[];
  /** YYYY-MM-DD */
  readonly today: string;
}

export function historyFromResources(sources: HistorySources): PatientHistory {
  const { patient, conditions } = sources;
  const active = (set: ValueSet) => from(conditions, (all) => named(all.filter(isActive), set));
  const ever = (set: ValueSet) => from(conditions, (all) => named(all, set).length > 0);
  return {
    patientReference: `Patient/${patient.id}`,
    birthDate: patient.birthDate ? known(patient.birthDate) : unknown('not recorded'),
    sex: patient.gender && patient.gender !== 'unknown' ? known(patient.gender) : unknown('not recorded'),
    deceased: known(patient.deceasedBoolean === true || patient.deceasedDateTime !== undefined),
    endOfLifeCare: from(conditions, (all) => named(all.filter(isActive), VALUE_SETS.endOfLife).length > 0),
    postMenopausal: menopause(sources),
    osteoporosisDiagnosed: ever(VALUE_SETS.osteoporosis),
    boneDrugs: from(sources.drugs, (all) => boneDrugs(all, sources.today)),
    redFlagProblems: active(VALUE_SETS.redFlag),
    cancerHistory: ever(VALUE_SETS.cancer),
    mimicProblems: active(VALUE_SETS.mimic),
    ...referrals(sources),
    priorVertebralFracture: from(conditions, latestVertebralFracture),
  };
}

function known<T>(value: T): Known<T> {
  return { known: true, value };
}

function unknown<T>(because: string): Known<T> {
  return { known: false, because };
}

function from<S, T>(source: Read<S>, find: (resources: readonly S[]) => T): Known<T> {
  return source.read ? known(find(source.resources)) : unknown(source.because);
}

const hasStatus = (concept: CodeableConcept | undefined, codes: readonly string[]) =>
  (concept?.coding ?? []).some((coding) => codes.includes(coding.code ?? ''));

function counts(condition: Condition): boolean {
  return !hasStatus(condition.verificationStatus, ['refuted', 'entered-in-error']);
}

/** Without a clinical status a problem counts as active. */
function isActive(condition: Condition): boolean {
  return !hasStatus(condition.clinicalStatus, ['inactive', 'remission', 'resolved']);
}

function named(conditions: readonly Condition[], set: ValueSet): readonly string[] {
  const found = conditions.filter((condition) => counts(condition) && isIn(set, condition.code));
  return [...new Set(found.map((condition) => textsOf(condition.code)[0] ?? set.title))];
}

/** A recorded menopause; men are known not to; for anybody else silence is "not known". */
function menopause({ patient, conditions }: HistorySources): Known<boolean> {
  if (patient.gender === 'male') return known(false);
  if (!conditions.read) return unknown(conditions.because);
  return named(conditions.resources, VALUE_SETS.menopause).length > 0 ? known(true) : unknown('not recorded');
}

/** Taken now; or a long-acting one that was given within its time (a yearly infusion is "completed" the same day). */
function boneDrugs(resources: readonly Resource[], today: string): readonly string[] {
  const names = new Set<string>();
  for (const resource of resources) {
    if (resource.resourceType !== 'MedicationRequest' && resource.resourceType !== 'MedicationStatement') continue;
    const concept = conceptOf(resource, resources);
    if (!isIn(VALUE_SETS.boneDrug, concept)) continue;
    const texts = textsOf(concept);
    const current = resource.status === 'active' || (resource.status === 'completed' && isLongActing(resource, texts, today));
    if (current) names.add(texts[0] ?? 'a bone drug');
  }
  return [...names];
}

function conceptOf(resource: MedicationRequest | MedicationStatement, all: readonly Resource[]): CodeableConcept | undefined {
  if (resource.medicationCodeableConcept) return resource.medicationCodeableConcept;
  const reference = resource.medicationReference;
  const contained = resource.contained?.find((inner) => `#${inner.id}` === reference?.reference);
  const found = contained ?? all.find((other) => other.resourceType === 'Medication' && reference?.reference?.endsWith(`Medication/${other.id}`));
  const code = found?.resourceType === 'Medication' ? found.code : undefined;
  return code ?? (reference?.display ? { text: reference.display } : undefined);
}

function isLongActing(resource: MedicationRequest | MedicationStatement, texts: readonly string[], today: string): boolean {
  const given = resource.resourceType === 'MedicationRequest' ? resource.authoredOn : (resource.effectivePeriod?.start ?? resource.effectiveDateTime);
  const rule = VALUE_SETS.boneDrug.longActing;
  if (!given || !wordsIn({ words: rule.words }, texts)) return false;
  const days = (Date.parse(today) - Date.parse(given.slice(0, 10))) / 86_400_000;
  return days >= 0 && days <= rule.days;
}

/** The newest dated one as YYYY-MM-DD (or what the record gives of it); "date not recorded" without a date; null = none. */
function latestVertebralFracture(conditions: readonly Condition[]): string | null {
  const found = conditions.filter((condition) => counts(condition) && isIn(VALUE_SETS.vertebralFracture, condition.code));
  if (found.length === 0) return null;
  const dates = found
    .map((condition) => condition.onsetDateTime ?? condition.onsetPeriod?.start ?? condition.recordedDate ?? '')
    .filter((date) => date !== '');
  return dates.toSorted().at(-1)?.slice(0, 10) ?? 'date not recorded';
}

const OPEN = ['draft', 'active', 'on-hold'];

function referrals({
  referrals: read,
  tasks,
  ownKeys,
  siteReferralCodes,
}: HistorySources): Pick<PatientHistory, 'openReferral' | 'declinedReferral'> {
  if (!read.read) return { openReferral: unknown(read.because), declinedReferral: unknown(read.because) };
  const others = read.resources.filter(
    (request) => isFlsReferral(request, siteReferralCodes) && !request.identifier?.some((id) => ownKeys.has(id.value ?? '')),
  );
  const rejected = new Set((tasks.read ? tasks.resources : []).filter((task) => task.status === 'rejected').map((task) => task.focus?.reference));
  const isRejected = (request: ServiceRequest) => rejected.has(`ServiceRequest/${request.id}`);
  const open = others.find((request) => OPEN.includes(request.status) && !isRejected(request));
  const declined = others.find((request) => request.status === 'revoked' || isRejected(request));
  const reference = (request: ServiceRequest | undefined) => (request ? `ServiceRequest/${request.id}` : null);
  return { openReferral: known(reference(open)), declinedReferral: known(reference(declined)) };
}

/** By our own code, by a code that the site listed, or by its words. */
function isFlsReferral(request: ServiceRequest, siteCodes: readonly string[]): boolean {
  const concepts = [request.code, ...(request.category ?? []), request.performerType].filter((concept) => concept !== undefined);
  const siteCoded = concepts.some((concept) => concept.coding?.some((coding) => siteCodes.includes(coding.code ?? '')));
  return siteCoded || concepts.some((concept) => isIn(VALUE_SETS.flsReferral, concept));
}
