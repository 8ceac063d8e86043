/** Rung c: phantoms with known heights through the whole pipeline. */
import type { FractureModel } from '#src/ports.ts';
import { makePhantom } from '#test/hospital/phantom/make-phantom.ts';
import type { PhantomLevel, PhantomParameters } from '#test/hospital/phantom/parameters.ts';
import { agreement, quantile, rateOf } from '../rung-metrics.ts';
import { far, nearest, runVolume } from './run-volume.ts';

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

export async function measurePhantoms(model: FractureModel, few: boolean): Promise<object> {
  const scans = [];
  const all = { whole: 0, found: 0, level: 0, within5: 0, invented: 0, positive: 0, seen: 0, negative: 0, falseG2: 0, evaluable: 0 };
  const errors: number[] = [];
  const differences: number[] = [];
  for (const { name, ...parameters } of few ? PHANTOMS.slice(0, 3) : PHANTOMS) {
    const { volume, truth } = makePhantom(parameters);
    const { finding } = await runVolume(model, volume, parameters.sex);
    const whole = truth.vertebrae.filter((vertebra) => vertebra.wholeInView && vertebra.level !== 'L6');
    const rows = whole.map((vertebra) => ({ vertebra, seen: nearest(finding.vertebrae, vertebra.centreLps, 9) }));
    const invented = finding.vertebrae.filter(
      (seen) => seen.state !== 'not_evaluable' && truth.vertebrae.every((vertebra) => seen.centreLps && far(seen.centreLps, vertebra.centreLps) > 12),
    ).length;
    all.invented += invented;
    for (const { vertebra, seen } of rows) {
      all.whole++;
      if (!seen) continue;
      all.found++;
      if (seen.level === vertebra.level) all.level++;
      for (const landmark of seen.landmarks) if (landmark.lps) errors.push(far(landmark.lps, vertebra.landmarksLps[landmark.name]));
      if (!seen.loss) continue;
      all.evaluable++;
      differences.push(seen.loss.percent - vertebra.lossPercent);
      if (Math.abs(seen.loss.percent - vertebra.lossPercent) <= 5) all.within5++;
      if (vertebra.lossPercent >= 25) all.positive++;
      else all.negative++;
      if ((seen.grade ?? 0) >= 2 && vertebra.lossPercent >= 25) all.seen++;
      if ((seen.grade ?? 0) >= 2 && vertebra.lossPercent < 25) all.falseG2++;
    }
    const text = rows.map(
      ({ vertebra, seen }) =>
        `${vertebra.level}${vertebra.lossPercent ? `(${vertebra.lossPercent})` : ''}:${seen ? `${seen.levelText} ${seen.loss ? Math.round(seen.loss.percent) : seen.reason}` : 'MISSED'}`,
    );
    process.stderr.write(`c ${name}: ${text.join(', ')}; invented ${invented}\n`);
    scans.push({
      name,
      whole: rows.length,
      found: rows.filter((row) => row.seen).length,
      level: rows.filter((row) => row.seen?.level === row.vertebra.level).length,
      invented,
    });
  }
  return {
    vertebrae: all.whole,
    found: rateOf(all.found, all.whole),
    levelRate: rateOf(all.level, all.found),
    invented: all.invented,
    lossWithin5: rateOf(all.within5, all.evaluable),
    evaluable: rateOf(all.evaluable, all.found),
    sensG2: rateOf(all.seen, all.positive),
    falseG2: rateOf(all.falseG2, all.negative),
    landmarkMedianMm: quantile(errors, 0.5),
    landmarkP95Mm: quantile(errors, 0.95),
    loss: agreement(differences),
    scans,
  };
}
