/**
 * What of a DICOM header may stand in a curated set. An allow list: whatever is not named here is taken out, private elements first of all, so that
 * the Basic Application Level Confidentiality Profile (PS3.15 Annex E, Table E.1-1) is kept and a new attribute is never let through by accident.
 * Checked against the table of edition 2024e: nothing below is X there but under the two options that we state (docs/curation.md).
 */

export type AttributeAction =
  /** Stays as it is. */
  | 'keep'
  /** A UID that is mapped with the secret: the same UID always to the same new one. */
  | 'uid'
  /** A day that is shifted by the patient's number of days; a time of day in it becomes midnight. */
  | 'day'
  /** Stays with an empty value. */
  | 'empty'
  | 'midnight'
  /** An age, told only up to 90. */
  | 'age'
  /** The patient's pseudonym. */
  | 'pseudonym'
  /** A word that says that something stood here. */
  | 'dummy';

const tags = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Describes the picture, the scanner's make or how the picture was taken; names nobody. */
const KEEP = tags(`
  00080005 00080008 00080016 00080060 00080068 00080070 00081090 00089205 00089206 00089207 00089007 00082218 00080100 00080102 00080104
  00100040
  00180015 00180020 00180021 00180022 00180023 00180024 00180025 00180050 00180060 00180080 00180081 00180082 00180083 00180084 00180085 00180086
  00180087 00180088 00180089 00180090 00180091 00180093 00180094 00180095 00181020 00181100 00181110 00181111 00181114 00181120 00181130 00181140
  00181147 00181149 00181150 00181151 00181152 00181153 00181155 00181156 00181160 00181164 00181166 00181170 00181190 00181191 00181210 00181250
  00181251 00181260 00181261 00181310 00181312 00181314 00181315 00181316 00181318 00181401 00181411 00181412 00181413 00181508 00181510 00181511
  00185100 00185101 00186000 00187004 00187005 00189004 00189073 00189220 00189477
  00200011 00200012 00200013 00200020 00200032 00200037 00200060 00200062 00200100 00200105 00201002 00201041 00209056 00209057 00209071 00209072
  00209111 00209113 00209116 00209128 00209157 00209165 00209167 00209221 00209222 00209311 00209228 00209162 00209163
  00540220 20500020 52009229 52009230 7FE00001 7FE00002 7FE00010
`);

const NOT_OF_0028 = new Set(['00284000', '00281055', '00283003', '00280303', '00281199', '00281214', '00280A04']);
/** Of the CT details of enhanced images: everything but what names a device or a moment. */
const NOT_OF_001893 = new Set(['00189367', '00189369', '0018936A', '00189371', '00189373', '0018937B', '0018937F']);

const ACTIONS: ReadonlyMap<string, AttributeAction> = new Map<string, AttributeAction>([
  ...KEEP.map((tag) => [tag, 'keep'] as const),
  ...tags('00080018 00083010 0020000D 0020000E 00200052 00200200 00209161 00209164').map((tag) => [tag, 'uid'] as const),
  ...tags('00080020 00080021 00080022 00080023 0008002A 00189074 00189151').map((tag) => [tag, 'day'] as const),
  ...tags('00080030 00080050 00080090 00100030 00200010 00201040 00400555').map((tag) => [tag, 'empty'] as const),
  ['00080033', 'midnight'],
  ['00101010', 'age'],
  ['00100010', 'pseudonym'],
  ['00100020', 'pseudonym'],
  ['00180010', 'dummy'],
  ['00181000', 'dummy'],
  ['00280A04', 'dummy'],
]);

/** Tag as eight hex digits in capitals. Null: the attribute is taken out. */
export function attributeAction(tag: string): AttributeAction | null {
  const named = ACTIONS.get(tag);
  if (named) return named;
  if (tag.startsWith('0028') && !NOT_OF_0028.has(tag)) return 'keep';
  if (tag.startsWith('001893') && !NOT_OF_001893.has(tag)) return 'keep';
  return null;
}
