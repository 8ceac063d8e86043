/** Reasons for not following a card: HL7's non-adherence codes (CDS Hooks 3.0, "Reasons for rejecting a card") and a site's own in their place. */
import type { OverrideReason } from '#src/case/card.ts';
import type { Coding, TrustProfile } from './trust-profile.ts';

export const NON_ADHERENCE = 'http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes';

/** Displays in our own words: the codes' published ones speak of the CDS and not to the clinician. */
const WORDS: Readonly<Record<Exclude<OverrideReason, 'none'>, string>> = {
  'action-completed': 'Already referred, assessed or treated',
  'cds-not-applicable': 'Does not apply to this patient',
  'cds-suboptimal-context': 'Not now, or not for me',
  'recipient-disagrees-evidence': 'I do not agree with the finding',
  'recipient-concerns-outcomes': 'More harm than good expected',
  'patient-contraindication': 'Contraindicated for this patient',
  'patient-refuses': 'Patient declines',
  'does-not-align-preferences': 'Not what the patient wants',
  'not-convenient-feasible': 'Not feasible at the moment',
  'service-not-available': 'No such service here',
  'too-costly-uncovered': 'Too costly or not covered',
  'recipient-does-not-understand': 'Not clear what to do',
};

/** The reasons that a site may replace by its own codes. */
export const MAPPED_REASONS = Object.keys(WORDS) as [Exclude<OverrideReason, 'none'>, ...Exclude<OverrideReason, 'none'>[]];

export function overrideCodings(reasons: readonly OverrideReason[], profile: Pick<TrustProfile, 'overrideReasons'>): Coding[] {
  return reasons
    .filter((reason) => reason !== 'none')
    .map((reason) => profile.overrideReasons[reason] ?? { system: NON_ADHERENCE, code: reason, display: WORDS[reason] });
}

/** Every reason that a card may offer, with a client's own coding where it has mapped one. For the integrator's guide. */
export function allOverrideCodings(profile: Pick<TrustProfile, 'overrideReasons'>): { readonly reason: string; readonly coding: Coding }[] {
  return MAPPED_REASONS.flatMap((reason) => overrideCodings([reason], profile).map((coding) => ({ reason, coding })));
}

/** Our reason for a code that came back: the site's mapping first, then HL7's; anything else is 'none' (its text is kept). */
export function overrideReason(
  coding: { system?: string | undefined; code?: string | undefined },
  profile: Pick<TrustProfile, 'overrideReasons'>,
): OverrideReason {
  const sites = Object.entries(profile.overrideReasons) as [OverrideReason, Coding][];
  const mapped = sites.find(([, site]) => site.code === coding.code && (coding.system === undefined || coding.system === site.system));
  if (mapped) return mapped[0];
  const known = coding.code !== undefined && Object.hasOwn(WORDS, coding.code) && (coding.system ?? NON_ADHERENCE) === NON_ADHERENCE;
  return known ? (coding.code as OverrideReason) : 'none';
}
