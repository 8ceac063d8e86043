/** Every number of the measurement rules, with its unit and where it comes from. The referral policy's numbers live in policy/*.json (policy.ts). */
import { LEVELS, type Level } from '../case/vertebra.ts';

export interface MeasurementNumber {
  readonly value: number;
  readonly unit: string;
  readonly source: string;
}
const number = (value: number, unit: string, source: string): MeasurementNumber => ({ value, unit, source });

const OURS = 'ours; needs a clinical sign-off';
const GENANT = 'Genant 1993, J Bone Miner Res 8:1137';
const PICKHARDT = 'Pickhardt 2013, Ann Intern Med 158:588';

export const MEASUREMENT = {
  grade1Loss: number(20, '% height loss', GENANT),
  grade2Loss: number(25, '% height loss', GENANT),
  grade3Loss: number(40, '% height loss', GENANT),
  hysteresis: number(3, 'points', `${OURS}: within it both grades are printed; readers agree to +-12.5 points (PMC3733867)`),
  normalRatioSd: number(0.04, 'of the ratio', `${OURS}: individual spread about 0.05 (PMC2899959), less what the person's own bodies tell`),
  posteriorProfileSd: number(0.06, 'of the height', `${OURS}: jitter of posterior height from level to level`),
  indeterminateSd: number(11, 'points', `${OURS}: wider than readers' own limits of agreement`),
  levelSure: number(0.9, 'probability', 'design/model.md: below it the name is printed with a question mark'),
  levelUsable: number(
    0.1,
    'probability',
    `${OURS}: neighbouring levels have nearly the same shape, so a doubtful name (printed as a doubt) is no reason not to measure`,
  ),
  completeLeast: number(0.5, 'probability', OURS),
  qualityLeast: number(0.25, 'probability', OURS),
  sigmaMost: number(2, 'mm', 'docs/model-contract.md, calibration.abstain.sigmaMm'),
  heightLeast: number(4, 'mm', `${OURS}: a plana keeps more`),
  heightMost: number(48, 'mm', `${OURS}: the largest lumbar bodies have about 38`),
  heightPerDepthLeast: number(0.2, 'ratio', OURS),
  heightPerDepthMost: number(1.25, 'ratio', OURS),
  tallMost: number(24, '% taller at the back than the neighbours lead one to expect', `${OURS}: the sacrum taken for L5 is`),
  overlapMost: number(4, 'mm', `${OURS}: one body's floor below the next one's roof`),
  denseShareMost: number(0.12, 'share of the body above 1000 HU', OURS),
  sliceSpacingMost: number(5, 'mm', 'reference/model.md 6.1'),
  vertebraeLeast: number(4, 'vertebrae', 'K213944 (HealthOST) asks for the same'),
  schmorlDepth: number(2, 'mm beside the other points of the endplate', OURS),
  limbusStep: number(4, 'mm', OURS),
  cupidsBowDepth: number(2, 'mm more at the back of the floor than at its front', OURS),
  bridgingGap: number(0.8, 'mm between the front corners of neighbours', OURS),
  scheuermannWedge: number(5, 'degrees in three adjacent bodies', 'Sorensen, by reference/model.md 4.5'),
  scheuermannLoss: number(
    10,
    '% adjusted anterior loss in each of the three',
    `${OURS}: healthy thoracic bodies are wedged by up to 5 degrees (PMC2899959)`,
  ),
  shortVertebraEndplate: number(8, 'points of wedge or concavity that a crush must show besides being short', OURS),
  crushLoss: number(15, '% of posterior height', `${OURS}: below it the posterior wall is taken as intact`),
  densityDenseShareMost: number(0.02, 'share above 1000 HU', OURS),
  densitySdMost: number(60, 'HU', 'reference/model.md 4.6'),
  densityAreaLeast: number(100, 'mm2', 'reference/model.md 4.6'),
  kvpLeast: number(80, 'kV', PICKHARDT),
  kvpMost: number(140, 'kV', PICKHARDT),
} as const satisfies Readonly<Record<string, MeasurementNumber>>;

const table = (values: readonly number[]): Readonly<Record<Level, number>> =>
  Object.fromEntries(LEVELS.map((level, i) => [level, values[i]!])) as Readonly<Record<Level, number>>;

/**
 * Normal Ha / Hp. T9-L5 from the wedge angles of Masharawi 2008 (PMC2899959, 120 women, 120 men) and Panjabi's depths; L5 averaged with a CT
 * series (1.16 and 1.15). T1-T8 from 1-4 degrees rising to T7: recalled, not read; to be checked.
 */
export const NORMAL_ANTERIOR_RATIO = {
  female: table([0.974, 0.972, 0.958, 0.948, 0.938, 0.931, 0.926, 0.926, 0.92, 0.93, 0.88, 0.91, 0.93, 0.98, 1.03, 1.08, 1.18]),
  male: table([0.97, 0.966, 0.948, 0.933, 0.92, 0.911, 0.9, 0.89, 0.87, 0.9, 0.86, 0.88, 0.9, 0.94, 0.97, 1.02, 1.135]),
} as const;

/** Posterior height, mm: Panjabi 1991/1992 (recalled), 1.08 for CT. Only ratios of neighbours are used. */
export const NORMAL_POSTERIOR_MM = table([15.2, 16.8, 17, 17.5, 17.5, 18.8, 19.7, 20.2, 20.8, 21.8, 23, 24.5, 25.7, 26.2, 25.7, 26, 24.7]);

/** Endplates are hollow: 1.5 mm in the floor and 0.7 mm in the roof of an adult body (PMC3481085). */
export const NORMAL_CONCAVITY_MM = 2.2;
