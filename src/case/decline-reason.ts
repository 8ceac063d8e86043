/** Why a fracture liaison service does not take a patient: the reasons that services really give (Ong et al. 2020, Nottingham), coded. */
export const DECLINE_REASONS = {
  'cancer-assessment': 'cancer assessment',
  'mild-fractures': 'at most 2 mild fractures',
  'known-to-bone-service': 'known to the bone service',
  'terminal-illness': 'terminal illness',
  dependency: 'significant dependency',
  'life-expectancy': 'life expectancy under 12 months',
  other: 'other (say what)',
} as const;
export type DeclineReason = keyof typeof DECLINE_REASONS;

export function isDeclineReason(text: string): text is DeclineReason {
  return Object.hasOwn(DECLINE_REASONS, text);
}
