/** The services that discovery lists (CDS Hooks "Discovery"): one id per hook, so that a client that stores services by id keeps them all. */

export type HookName = 'patient-view' | 'encounter-start' | 'encounter-discharge' | 'order-select' | 'order-sign' | 'appointment-book';

export interface CdsService {
  readonly id: string;
  readonly hook: HookName;
  /** The published version of the hook (cds-hooks-library). */
  readonly hookVersion: string;
  readonly title: string;
  readonly description: string;
  readonly usageRequirements: string;
  readonly version: string;
  readonly prefetch: Readonly<Record<string, string>>;
}

/**
 * Only instance reads and plain searches with `{{context.patientId}}`: every client resolves these (others were seen to post the raw template).
 * `patient` is required (is this chart the report's person?), `orders` is used when it is there (is the referral made already?).
 */
export const PREFETCH = {
  patient: 'Patient/{{context.patientId}}',
  orders: 'ServiceRequest?patient={{context.patientId}}&status=active,draft&_count=50',
} as const;

const NEEDS =
  'Needs the Patient (prefetch "patient", or fhirServer and fhirAuthorization with patient/Patient.read). Uses open ServiceRequests (prefetch "orders") when present.';
const WHAT = 'Shows a vertebral compression fracture that was seen on imaging and has not led to a fracture liaison referral';

const HOOKS: readonly { hook: HookName; id: string; hookVersion: string; when: string }[] = [
  { hook: 'patient-view', id: 'vertebral-fracture-patient-view', hookVersion: '1.0', when: 'when the chart is opened' },
  { hook: 'encounter-start', id: 'vertebral-fracture-encounter-start', hookVersion: '1.0', when: 'when an encounter begins' },
  { hook: 'encounter-discharge', id: 'vertebral-fracture-encounter-discharge', hookVersion: '1.0', when: 'before discharge' },
  { hook: 'order-select', id: 'vertebral-fracture-order-select', hookVersion: '1.0', when: 'while orders are chosen' },
  {
    hook: 'order-sign',
    id: 'vertebral-fracture-order-sign',
    hookVersion: '1.0',
    when: 'before orders are signed; silent when a referral, DXA or bone drug is among them',
  },
  { hook: 'appointment-book', id: 'vertebral-fracture-appointment-book', hookVersion: '1.0', when: 'when an appointment is booked by a clinician' },
];

/** The services as discovery gives them; `version` is the version of this server (semver). */
export function cdsServices(version: string): readonly CdsService[] {
  return HOOKS.map(({ hook, id, hookVersion, when }) => ({
    id,
    hook,
    hookVersion,
    version,
    title: `Vertebral fracture: ${hook.replace('-', ' ')}`,
    description: `${WHAT}, ${when}. Findings are computed when the radiology report is signed; the hook only reads them.`,
    usageRequirements: NEEDS,
    prefetch: PREFETCH,
  }));
}
