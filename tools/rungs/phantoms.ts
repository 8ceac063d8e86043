/** Rung c: phantoms with known heights through the whole pipeline. */
import type { Sex } from '#src/case/vertebra.ts';
import type { FractureModel } from '#src/ports.ts';
import { type MrPhantomParameters, makeMrPhantom } from '#test/hospital/phantom/make-mr-phantom.ts';
import { makePhantom, type Phantom } from '#test/hospital/phantom/make-phantom.ts';
import type { PhantomLevel, PhantomParameters } from '#test/hospital/phantom/parameters.ts';
import { measureXrays } from './phantom-xrays.ts';
import { far, nearest, runVolume } from './run-volume.ts';
import { type ScoredScan, sayScan, scoreScans } from './score-bodies.ts';

const broken = (level: PhantomLevel, shape: 'wedge' | 'biconcave' | 'crush', lossPercent: number) => ({ level, shape, lossPercent });

/** Straight, tilted, scoliotic, off-centre, thin and thick slices, sharp kernel, both sexes, odd numbers of vertebrae and ribs. */
export const PHANTOMS: readonly (PhantomParameters & { readonly name: string })[] = [
  { name: 'chest, woman, T12 wedge', seed: 11, sex: 'female', from: 'T1', to: 'L2', fractures: [broken('T12', 'wedge', 36)] },
  { name: 'chest, man, intact', seed: 12, sex: 'male', bodyScale: 1.06, from: 'T1', to: 'L1' },
  { name: 'abdomen, woman, L1 biconcave', seed: 13, sex: 'female', from: 'T10', to: 'S3', fractures: [broken('L1', 'biconcave', 33)] },
  { name: 'abdomen, man, L3 crush', seed: 14, sex: 'male', bodyScale: 1.06, from: 'T10', to: 'S3', fractures: [broken('L3', 'crush', 45)] },
  {
    name: 'scoliosis, two fractures',
    seed: 15,
    sex: 'female',
    scoliosisMm: 18,
    from: 'T4',
    to: 'L5',
    fractures: [broken('T8', 'wedge', 30), broken('L2', 'wedge', 28)],
  },
  {
    name: 'turned and leaning',
    seed: 16,
    sex: 'female',
    turnDegrees: 12,
    leanDegrees: 9,
    from: 'T5',
    to: 'L4',
    fractures: [broken('T11', 'crush', 35)],
  },
  {
    name: 'off centre, 2.5 mm slices',
    seed: 17,
    sex: 'male',
    offCentreMm: [30, -25],
    sliceMm: 2.5,
    from: 'T6',
    to: 'S1',
    fractures: [broken('L1', 'wedge', 42)],
  },
  {
    name: 'sharp kernel, worn spine',
    seed: 18,
    sex: 'female',
    sharpness: 1,
    wear: 0.7,
    from: 'T5',
    to: 'L3',
    fractures: [broken('T9', 'biconcave', 38)],
  },
  {
    name: 'thick slices 3 mm, osteoporotic',
    seed: 19,
    sex: 'female',
    sliceMm: 3,
    trabecularHu: 60,
    from: 'T7',
    to: 'S1',
    fractures: [broken('T12', 'wedge', 52)],
  },
  {
    name: 'kyphosis, Schmorl nodes, intact',
    seed: 20,
    sex: 'male',
    kyphosisDegrees: 58,
    from: 'T3',
    to: 'L2',
    schmorlNodes: [
      { level: 'T8', endplate: 'inferior', depthMm: 4 },
      { level: 'T10', endplate: 'superior', depthMm: 4 },
    ],
  },
  { name: 'contrast, calcified aorta, intact', seed: 21, sex: 'female', contrast: true, aorticCalcification: true, from: 'T8', to: 'S1' },
  { name: 'six lumbar vertebrae', seed: 22, sex: 'female', lumbarVertebrae: 6, from: 'T9', to: 'S3', fractures: [broken('L2', 'wedge', 31)] },
];

/** Sagittal MR of some of them: thick slices, a surface coil's shading. */
const MR_PHANTOMS: readonly (MrPhantomParameters & { readonly name: string })[] = [
  { name: 'lumbar T1, woman, L2 wedge', seed: 31, sex: 'female', weighting: 'T1', from: 'T10', to: 'S3', fractures: [broken('L2', 'wedge', 38)] },
  { name: 'lumbar T2, man, intact', seed: 32, sex: 'male', bodyScale: 1.06, weighting: 'T2', from: 'T11', to: 'S3' },
  { name: 'thoracic T2, woman, T9 crush', seed: 33, sex: 'female', weighting: 'T2', from: 'T3', to: 'L2', fractures: [broken('T9', 'crush', 40)] },
  {
    name: 'lumbar T2, scoliosis, L1 biconcave',
    seed: 34,
    sex: 'female',
    weighting: 'T2',
    scoliosisMm: 10,
    from: 'T10',
    to: 'S3',
    fractures: [broken('L1', 'biconcave', 36)],
  },
];

async function measureVolumes(
  model: FractureModel,
  phantoms: readonly { readonly name: string; readonly sex: Sex; readonly make: () => Phantom }[],
  rung: string,
): Promise<object> {
  const scans: ScoredScan[] = [];
  for (const { name, sex, make } of phantoms) {
    const { volume, truth } = make();
    const { finding } = await runVolume(model, volume, sex);
    const whole = truth.vertebrae.filter((vertebra) => vertebra.wholeInView && vertebra.level !== 'L6');
    const bodies = whole.map(({ level, lossPercent, centreLps, landmarksLps }) => {
      const seen = nearest(finding.vertebrae, centreLps, 9);
      const errorsMm = (seen?.landmarks ?? []).flatMap((landmark) => (landmark.lps ? [far(landmark.lps, landmarksLps[landmark.name])] : []));
      return { level, lossPercent, seen, errorsMm };
    });
    const invented = finding.vertebrae.filter(
      (seen) => seen.state !== 'not_evaluable' && truth.vertebrae.every((vertebra) => seen.centreLps && far(seen.centreLps, vertebra.centreLps) > 12),
    ).length;
    scans.push({ name, bodies, invented });
    sayScan(rung, scans.at(-1)!);
  }
  return scoreScans(scans);
}

/** CT decides; MR and X-ray phantoms are measured beside it. */
export async function measurePhantoms(model: FractureModel, few: boolean): Promise<object> {
  const take = <T>(all: readonly T[], n: number): readonly T[] => (few ? all.slice(0, n) : all);
  const ct = take(PHANTOMS, 3).map(({ name, ...parameters }) => ({ name, sex: parameters.sex, make: () => makePhantom(parameters) }));
  const mr = take(MR_PHANTOMS, 1).map(({ name, ...parameters }) => ({ name, sex: parameters.sex, make: () => makeMrPhantom(parameters) }));
  return {
    ...(await measureVolumes(model, ct, 'c')),
    mr: await measureVolumes(model, mr, 'c mr'),
    xray: await measureXrays(model, few),
  };
}
