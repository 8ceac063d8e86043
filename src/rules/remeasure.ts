/** A radiologist moved points of a vertebra: its heights, loss and grade follow by the same rules as the model's. */
import type { Measured } from '../case/finding.ts';
import type { Landmark, LandmarkName, Level, Sex, Vertebra } from '../case/vertebra.ts';
import { add, subtract } from '../measure/affine.ts';
import { measureHeights, planePoints } from '../measure/body-heights.ts';
import { placeInPatient } from '../measure/place-in-patient.ts';
import { genantGrade, gradeProbabilities, gradeText } from './genant-grade.ts';
import { heightLoss, type LevelHeights } from './height-loss.ts';

/** New places on the picture (column, row), pixels, of some of the six points. */
export type MovedPoints = Readonly<Partial<Record<LandmarkName, readonly [column: number, row: number]>>>;

/** A body that is flatter is none, mm (or pixels of a projection). */
const LEAST_HEIGHT = 0.5;

/** The quarter points lie between these: they follow by the mean of both. */
const BETWEEN: Readonly<Partial<Record<LandmarkName, readonly [LandmarkName, LandmarkName]>>> = {
  S1: ['AS', 'MS'],
  S3: ['MS', 'PS'],
  I1: ['AI', 'MI'],
  I3: ['MI', 'PI'],
};

function shiftOf(landmark: Landmark, vertebra: Vertebra, moved: MovedPoints): readonly [number, number] {
  const direct = moved[landmark.name];
  if (direct) return [direct[0] - landmark.picture[0], direct[1] - landmark.picture[1]];
  const around = BETWEEN[landmark.name] ?? [];
  const shifts = around.map((name) => {
    const neighbour = vertebra.landmarks.find((one) => one.name === name);
    const to = moved[name];
    return neighbour && to ? [to[0] - neighbour.picture[0], to[1] - neighbour.picture[1]] : [0, 0];
  });
  return shifts.length === 0 ? [0, 0] : [shifts.reduce((sum, [x = 0]) => sum + x, 0) / 2, shifts.reduce((sum, [, y = 0]) => sum + y, 0) / 2];
}

/**
 * The vertebra as it stands with its points moved; the others stay as they are and serve as its yardstick. Null when its points do not make a body.
 * A projection is measured on the film, at `mmPerPixel`; heights keep the unit that the finding uses.
 */
export function remeasure(finding: Measured, level: Level, moved: MovedPoints, sex: Sex): Vertebra | null {
  const before = finding.vertebrae.find((vertebra) => vertebra.level === level);
  if (!before) return null;
  // A straightened picture bends: heights are measured in the patient wherever its place is known.
  const place = placeInPatient(before.landmarks);
  const landmarks = before.landmarks.map((landmark): Landmark => {
    const [x, y] = shiftOf(landmark, before, moved);
    const picture = [landmark.picture[0] + x, landmark.picture[1] + y] as const;
    const shift = place && subtract(place(picture), place(landmark.picture));
    const lps = shift && landmark.lps ? add(landmark.lps, shift) : null;
    if (!shift || !landmark.film) return { ...landmark, picture, lps };
    return { ...landmark, picture, lps, film: [landmark.film[0] + shift[0], landmark.film[1] + shift[1]] };
  });
  const points = planePoints(landmarks);
  if (!points) return null;
  const flat = measureHeights(points);
  const mm = before.landmarks.every(({ lps }) => lps !== null) ? 1 : (finding.picture.mmPerPixel ?? 1);
  const scaled = {
    ...flat,
    anterior: flat.anterior * mm,
    middle: flat.middle * mm,
    posterior: flat.posterior * mm,
  };
  if (!(Math.min(scaled.posterior, scaled.anterior, scaled.middle) > LEAST_HEIGHT)) return null;
  const others = finding.vertebrae.flatMap((vertebra): LevelHeights[] => {
    if (vertebra.level === level || vertebra.state === 'not_evaluable' || !vertebra.heights) return [];
    const own = planePoints(vertebra.landmarks);
    const heights = own && measureHeights(own);
    return heights ? [{ level: vertebra.level, heights: { ...heights, ...vertebra.heights } }] : [];
  });
  const body = { level, heights: scaled };
  const { loss, shape } = heightLoss(body, [...others, body], sex);
  const grade = genantGrade(loss.percent);
  const unit = before.heights?.unit ?? finding.vertebrae.find((vertebra) => vertebra.heights)?.heights?.unit ?? 'px';
  return {
    ...before,
    state: 'graded',
    reason: null,
    landmarks,
    heights: { anterior: scaled.anterior, middle: scaled.middle, posterior: scaled.posterior, unit },
    loss,
    grade,
    gradeText: gradeText(loss.percent),
    shape: grade === 0 ? null : shape,
    probability: gradeProbabilities(loss.percent, loss.sd),
  };
}
