/**
 * Sizes of an average vertebra, mm, from the cervical stub down to L6. Rounded from the published tables named in the project's
 * reference notes (after Panjabi 1991/1992 and Masharawi 2008), scaled to CT; good for a phantom, not a source of normal values.
 */

export interface VertebraSize {
  readonly posteriorHeight: number;
  readonly superiorDepth: number;
  readonly inferiorDepth: number;
  readonly superiorWidth: number;
  readonly inferiorWidth: number;
  /** Angle between the endplates, degrees, positive when the front is lower: [woman, man]. */
  readonly wedge: readonly [number, number];
  /** Height of the disc below, mm. */
  readonly discBelow: number;
  readonly pedicleWidth: number;
  readonly pedicleHeight: number;
  readonly canalDepth: number;
  readonly canalWidth: number;
  /** Spinous process: length, mm, and how far it points down, degrees. */
  readonly spinousLength: number;
  readonly spinousDown: number;
  /** Half the span of the transverse processes, mm. */
  readonly transverseReach: number;
}

type Row = readonly [string, number, number, number, number, number, number, number, number, number, number, number, number, number, number, number];

// level, Hp, Ds, Di, Ws, Wi, wedge F, wedge M, disc, pedW, pedH, canalD, canalW, spinous length, down, transverse reach
const ROWS: readonly Row[] = [
  ['C5', 12.5, 16, 17, 17, 20, 1, 1, 5.2, 5.5, 7, 14.5, 24, 22, 15, 25],
  ['C6', 12.7, 16.5, 18, 18.5, 22, 1, 1, 5.4, 5.8, 7.3, 14.5, 24, 27, 18, 26],
  ['C7', 13.8, 17.5, 18.5, 22, 24, 1, 1, 5, 6.5, 7.5, 14.5, 23, 33, 22, 30],
  ['T1', 15.3, 18.5, 19.7, 25, 27.5, 1.2, 1.4, 4.2, 8, 9.5, 15.5, 21, 34, 28, 37],
  ['T2', 16.4, 19.8, 21.4, 25, 27.2, 1.3, 1.6, 3.6, 7, 11, 15.2, 18.5, 32, 36, 34],
  ['T3', 16.8, 22, 23, 24.8, 26.2, 1.8, 2.2, 3.3, 5.8, 11.8, 15.4, 17.5, 32, 44, 31],
  ['T4', 17.2, 23.2, 24.4, 24.6, 26.2, 2.2, 2.8, 3.1, 5.2, 11.9, 15.6, 17, 33, 50, 30],
  ['T5', 17.7, 24.4, 25.8, 25.1, 27.1, 2.5, 3.2, 3.3, 5.2, 12, 15.8, 17, 34, 54, 30],
  ['T6', 18.5, 26, 27, 26.3, 28.3, 2.8, 3.6, 3.6, 5.4, 12.4, 15.8, 17, 35, 57, 30],
  ['T7', 19.2, 27.3, 28.4, 27.8, 29.2, 3.0, 4.0, 4.0, 5.8, 12.6, 15.6, 17, 35, 58, 30],
  ['T8', 19.8, 28.2, 29.4, 29.4, 30.6, 3.0, 4.4, 4.5, 6.4, 13, 15.7, 17, 34, 56, 30],
  ['T9', 20.5, 29.3, 30.8, 30.7, 33, 2.8, 4.8, 4.9, 7, 14, 15.8, 17.5, 32, 50, 29],
  ['T10', 21.4, 30.4, 31.5, 32.1, 35.3, 2.8, 4, 5.3, 7.8, 15.2, 15.7, 18, 30, 42, 27],
  ['T11', 22.6, 31.7, 31.9, 35, 39, 4.4, 5.2, 5.8, 8.8, 16.8, 16, 19, 27, 32, 23],
  ['T12', 24, 32.7, 33.2, 39, 42, 3.6, 4.8, 6.6, 8.6, 16.4, 17, 21, 27, 22, 22],
  ['L1', 25.2, 33.9, 34.8, 41.2, 43.4, 2.6, 4, 7.4, 8.4, 15.8, 17, 22.5, 31, 12, 34],
  ['L2', 25.8, 34.5, 34.9, 42.6, 45.5, 0.8, 2.5, 8.4, 8.8, 15, 16.6, 22.8, 33, 9, 39],
  ['L3', 25.6, 35, 34.9, 44.1, 47.6, -1.0, 1.2, 9.4, 10, 14.6, 16.2, 23.5, 34, 9, 43],
  ['L4', 25.6, 35.3, 34.4, 46.4, 49.2, -3.0, -0.7, 10.2, 12.6, 14.6, 16.6, 24.2, 31, 9, 42],
  ['L5', 24.4, 34.8, 33.6, 47.4, 49.4, -7.6, -4.8, 9.6, 17, 14.2, 17, 26.5, 26, 9, 42],
  ['L6', 24.2, 34.4, 33.4, 47.6, 49.6, -7.6, -5, 9, 17.5, 14, 17, 27, 25, 9, 42],
];

const BY_LEVEL = new Map<string, VertebraSize>(
  ROWS.map(([level, posteriorHeight, superiorDepth, inferiorDepth, superiorWidth, inferiorWidth, woman, man, discBelow, ...rest]) => {
    const [pedicleWidth, pedicleHeight, canalDepth, canalWidth, spinousLength, spinousDown, transverseReach] = rest;
    const size = { posteriorHeight, superiorDepth, inferiorDepth, superiorWidth, inferiorWidth, wedge: [woman, man] as const, discBelow };
    return [level, { ...size, pedicleWidth, pedicleHeight, canalDepth, canalWidth, spinousLength, spinousDown, transverseReach }] as const;
  }),
);

export function vertebraSize(level: string): VertebraSize {
  const size = BY_LEVEL.get(level);
  if (!size) throw new RangeError(`no vertebra is called ${level}`);
  return size;
}
