/** Grade and loss of what a reader marked, by the same rules as the model's: each vertebra against all others that the same reader marked there. */
import { type AnnotatedVertebra, SIX_POINTS, type SixOnPicture, type SixPoint } from '../case/annotation.ts';
import { type Grade, LANDMARK_NAMES, type Level, type PointLps, type Sex } from '../case/vertebra.ts';
import { add, subtract } from '../measure/affine.ts';
import { type BodyHeights, type BodyPoints, measureHeights, type PlanePoint, planePoints } from '../measure/body-heights.ts';
import { type PictureInPatient, pictureToLps } from '../measure/picture-to-lps.ts';
import { genantGrade } from './genant-grade.ts';
import { heightLoss, type LevelHeights } from './height-loss.ts';

/** Of the study that was marked. */
export interface AnnotatedStudy {
  readonly sex: Sex;
  /** In the patient, for a projection on the film; null for a projection whose proposal was made before its film was kept. */
  readonly picture: PictureInPatient | null;
}

export interface GradedAnnotation {
  readonly level: Level;
  /** Null when the reader could not judge it. */
  readonly grade: Grade | null;
  /** Percent. */
  readonly loss: number | null;
}

function heightsOn(points: SixOnPicture): BodyHeights {
  const at = (name: keyof SixOnPicture): PlanePoint => ({ x: points[name][0], y: points[name][1], sigma: 0 });
  const between = (a: keyof SixOnPicture, b: keyof SixOnPicture): PlanePoint => ({
    x: (points[a][0] + points[b][0]) / 2,
    y: (points[a][1] + points[b][1]) / 2,
    sigma: 0,
  });
  const all: BodyPoints = {
    AS: at('AS'),
    S1: between('AS', 'MS'),
    MS: at('MS'),
    S3: between('MS', 'PS'),
    PS: at('PS'),
    AI: at('AI'),
    I1: between('AI', 'MI'),
    MI: at('MI'),
    I3: between('MI', 'PI'),
    PI: at('PI'),
  };
  return measureHeights(all);
}

/** Heights in the patient or on the film, because a straightened picture bends; on the picture where neither is known. */
function heightsOf(points: SixOnPicture, picture: PictureInPatient | null): BodyHeights {
  if (!picture) return heightsOn(points);
  const six = Object.fromEntries(SIX_POINTS.map((name) => [name, pictureToLps(picture, points[name])])) as Record<SixPoint, PointLps>;
  const between = (a: SixPoint, b: SixPoint): PointLps => add(six[a], subtract(six[b], six[a]), 0.5);
  const ten = [six.AS, between('AS', 'MS'), six.MS, between('MS', 'PS'), six.PS, six.AI, between('AI', 'MI'), six.MI, between('MI', 'PI'), six.PI];
  const landmarks = LANDMARK_NAMES.map((name, i) => ({ name, picture: [0, 0] as const, lps: ten[i]!, sigma: 0 }));
  const plane = planePoints(landmarks);
  return plane ? measureHeights(plane) : heightsOn(points);
}

/** A body without height at any of the three places is no body. */
export function isBody(points: SixOnPicture): boolean {
  const upright = (['A', 'M', 'P'] as const).every((side) => points[`${side}I`][1] - points[`${side}S`][1] > 1);
  const { anterior, middle, posterior, depth } = heightsOn(points);
  return upright && Math.min(anterior, middle, posterior) > 1 && depth > 5 && points.PS[0] > points.AS[0] && points.PI[0] > points.AI[0];
}

/** All vertebrae of one reader in one study. */
export function gradeAnnotations(vertebrae: readonly AnnotatedVertebra[], { sex, picture }: AnnotatedStudy): readonly GradedAnnotation[] {
  const marked = vertebrae.flatMap((one): LevelHeights[] => (one.points ? [{ level: one.level, heights: heightsOf(one.points, picture) }] : []));
  return vertebrae.map(({ level }) => {
    const body = marked.find((one) => one.level === level);
    if (!body) return { level, grade: null, loss: null };
    const { percent } = heightLoss(body, marked, sex).loss;
    return { level, grade: genantGrade(percent), loss: percent };
  });
}
