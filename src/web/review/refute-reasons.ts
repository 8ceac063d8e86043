/** Why a radiologist says that there is no fracture where one was measured: coded, so that the audit can count them. */
export const REFUTE_REASONS = {
  'normal-variant': 'normal variant or physiological wedging',
  'schmorl-node': 'Schmorl node',
  scheuermann: 'Scheuermann disease',
  'limbus-or-cupids-bow': "limbus vertebra or Cupid's bow",
  degenerative: 'degenerative change',
  'points-misplaced': 'the points do not lie on the bone',
  'wrong-level': 'wrong vertebra',
  'picture-quality': 'picture quality, metal or movement',
  other: 'other (say what)',
} as const;

export function isRefuteReason(text: string): text is keyof typeof REFUTE_REASONS {
  return Object.hasOwn(REFUTE_REASONS, text);
}
