/** The shape of the policy: every number and switch that a site may set, each with its unit and source. The values live in policy/*.json. */

export interface Threshold {
  readonly value: number;
  readonly unit: string;
  /** Where the number comes from, or that it is ours and waits for a clinical sign-off. */
  readonly source: string;
}

export const THRESHOLD_NAMES = [
  'minimumAgeYears',
  'referralAgeYears',
  'dxaAgeYears',
  'veryHighRiskAgeYears',
  'veryHighRiskGrade',
  'veryHighRiskFractures',
  'recentFractureMonths',
  'reviewGrade',
  'lowDensityHu',
  'dueDaysRoutine',
  'dueDaysUrgent',
  'dueDaysReview',
  'dueDaysLowReview',
  'dueDaysUrgentMessage',
] as const;
export type ThresholdName = (typeof THRESHOLD_NAMES)[number];

export interface Policy {
  /** Stored with each decision; a change of any value needs a new version. */
  readonly version: string;
  readonly signedOff: {
    /** Null until a clinician has signed: then the product says "not signed off" wherever the policy is shown. */
    readonly by: string | null;
    readonly role: string | null;
    /** YYYY-MM-DD */
    readonly on: string | null;
    readonly note: string;
  };
  readonly thresholds: Readonly<Record<ThresholdName, Threshold>>;
  /** R05: the referring clinician may see a card before a radiologist has confirmed the model's finding. Off unless a site overrides it. */
  readonly alertsFromModelAlone: boolean;
  /** R06: a vertebra that could not be graded surely, but may be at or above the review grade, makes a low priority review task. */
  readonly reviewIndeterminate: boolean;
  /** R17: suggest a risk assessment when there is no fracture but a low L1 attenuation. */
  readonly suggestLowDensity: boolean;
}

/** The number itself: `limit(policy, 'referralAgeYears')`. */
export function limit(policy: Policy, name: ThresholdName): number {
  return policy.thresholds[name].value;
}
