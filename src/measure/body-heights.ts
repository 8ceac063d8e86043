/** Heights of one body from its ten landmarks, with their uncertainty. Genant 1993: anterior, middle and posterior height. */
import type { Landmark, LandmarkName } from '../case/vertebra.ts';

/** A landmark in the plane of the body: x grows posterior, y grows caudal, any one unit of length. */
export interface PlanePoint {
  readonly x: number;
  readonly y: number;
  /** One standard deviation per axis, same unit. */
  readonly sigma: number;
}
export type BodyPoints = Readonly<Record<LandmarkName, PlanePoint>>;

export interface BodyHeights {
  readonly anterior: number;
  readonly middle: number;
  readonly posterior: number;
  readonly anteriorSd: number;
  readonly middleSd: number;
  readonly posteriorSd: number;
  /** Depth of each endplate under its chord at mid-body (concave > 0), kept on the curve of the endplate's other four points. */
  readonly superiorDepth: number;
  readonly inferiorDepth: number;
  /** Depths as measured at 25, 50 and 75 % of the chord, anterior to posterior. */
  readonly superiorDepths: readonly [number, number, number];
  readonly inferiorDepths: readonly [number, number, number];
  /** Length of the mid-plane, anterior to posterior wall. */
  readonly depth: number;
  /** Angle between the endplates' chords, degrees; positive = wedged ventrally. */
  readonly wedgeDegrees: number;
}

/** What a middle point may leave the curve of the other four by, share of the endplate's length (0.6 mm of 30). */
const OFF_CURVE = 0.02;

const distance = (a: PlanePoint, b: PlanePoint): number => Math.hypot(a.x - b.x, a.y - b.y);
const meanPoint = (a: PlanePoint, b: PlanePoint): PlanePoint => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, sigma: 0 });

/** Signed distance of a point from the chord a-b, positive on the side of `inside`. */
function depthUnder(a: PlanePoint, b: PlanePoint, point: PlanePoint, inside: PlanePoint): number {
  const length = distance(a, b);
  if (!(length > 0)) return 0;
  const side = (p: PlanePoint): number => ((b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x)) / length;
  return side(point) * Math.sign(side(inside) || 1);
}

/**
 * Depth at mid-body: the middle point's own. It is kept between the shallower quarter point and the tip of a straight-sided collapse through the
 * quarter points, so that a pit (a Schmorl node) that the others do not follow does not count as a lost height. Chosen on the training's synthetic
 * bodies against medians and parabolas of the three (training/EXPERIMENTS.md, try 14): those lose up to 11 points of a narrow biconcave collapse.
 */
function middleDepth([front, middle, back]: readonly [number, number, number], chord: number): number {
  const off = OFF_CURVE * chord;
  return Math.min(Math.max(middle, Math.min(front, back) - off), Math.max(0, front + back) + off);
}

/** Height sd from two landmark sigmas: only the part along the height counts. */
const heightSd = (a: PlanePoint, b: PlanePoint): number => Math.hypot(a.sigma, b.sigma);

export function measureHeights(points: BodyPoints): BodyHeights {
  const { AS, S1, MS, S3, PS, AI, I1, MI, I3, PI } = points;
  const centre = meanPoint(meanPoint(AS, PS), meanPoint(AI, PI));
  const superior = [S1, MS, S3].map((point) => depthUnder(AS, PS, point, centre)) as [number, number, number];
  const inferior = [I1, MI, I3].map((point) => depthUnder(AI, PI, point, centre)) as [number, number, number];
  const superiorDepth = middleDepth(superior, distance(AS, PS));
  const inferiorDepth = middleDepth(inferior, distance(AI, PI));
  const chordGap = distance(meanPoint(AS, PS), meanPoint(AI, PI));
  const angle = (from: PlanePoint, to: PlanePoint): number => Math.atan2(to.y - from.y, to.x - from.x);
  return {
    anterior: distance(AS, AI),
    middle: Math.max(0, chordGap - superiorDepth - inferiorDepth),
    posterior: distance(PS, PI),
    anteriorSd: heightSd(AS, AI),
    middleSd: heightSd(MS, MI),
    posteriorSd: heightSd(PS, PI),
    superiorDepth,
    inferiorDepth,
    superiorDepths: superior,
    inferiorDepths: inferior,
    depth: distance(meanPoint(AS, AI), meanPoint(PS, PI)),
    wedgeDegrees: ((angle(AI, PI) - angle(AS, PS)) * 180) / Math.PI,
  };
}

/** The landmarks of a vertebra as points of a plane: in mm from the patient's frame, else on the film, else in picture pixels. */
export function planePoints(landmarks: readonly Landmark[]): BodyPoints | null {
  const find = (name: LandmarkName): Landmark | undefined => landmarks.find((landmark) => landmark.name === name);
  const corners = (['AS', 'PS', 'AI', 'PI'] as const).map((name) => find(name));
  if (landmarks.length !== 10 || corners.some((corner) => !corner)) return null;
  const withLps = landmarks.every((landmark) => landmark.lps !== null);
  const onFilm = landmarks.every((landmark) => landmark.film !== undefined);
  const raw = landmarks.map((landmark): readonly number[] => (withLps ? landmark.lps! : onFilm ? landmark.film! : landmark.picture));
  const flat = withLps ? flatten(raw, landmarks) : raw.map((point) => ({ x: point[0]!, y: point[1]! }));
  return Object.fromEntries(landmarks.map((landmark, i) => [landmark.name, { ...flat[i]!, sigma: landmark.sigma }])) as BodyPoints;
}

/** LPS points in the plane spanned by the body's mid-plane (x, posterior) and its height (y, caudal). */
function flatten(raw: readonly (readonly number[])[], landmarks: readonly Landmark[]): { x: number; y: number }[] {
  const at = (name: LandmarkName): readonly number[] => raw[landmarks.findIndex((landmark) => landmark.name === name)]!;
  const between = (a: readonly number[], b: readonly number[], c: readonly number[], d: readonly number[]): number[] =>
    [0, 1, 2].map((i) => (c[i]! + d[i]! - a[i]! - b[i]!) / 2);
  const dotted = (a: readonly number[], b: readonly number[]): number => a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;
  const along = between(at('AS'), at('AI'), at('PS'), at('PI'));
  const length = Math.sqrt(dotted(along, along)) || 1;
  const x = along.map((value) => value / length);
  const downRaw = between(at('AS'), at('PS'), at('AI'), at('PI'));
  const share = dotted(downRaw, x);
  const down = downRaw.map((value, i) => value - share * x[i]!);
  const height = Math.sqrt(dotted(down, down)) || 1;
  const y = down.map((value) => value / height);
  return raw.map((point) => ({ x: dotted(point, x), y: dotted(point, y) }));
}
