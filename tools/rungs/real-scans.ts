/** Rung e: real scans as they are. Found, invented, names, false fractures; landmark errors where labels tell. */
import type { Vertebra } from '#src/case/vertebra.ts';
import type { Volume } from '#src/case/volume.ts';
import { add, dot, subtract, unit, type Vector } from '#src/measure/affine.ts';
import { makeSampler } from '#src/measure/sample-volume.ts';
import type { FractureModel } from '#src/ports.ts';
import { quantile, rateOf } from '../rung-metrics.ts';
import { far, nearest, runVolume } from './run-volume.ts';
import { type RealScan, readCtScans, readMrScans } from './scans.ts';

const CORNERS = [
  ['AS', -1, -1],
  ['PS', 1, -1],
  ['AI', -1, 1],
  ['PI', 1, 1],
] as const;

/** Corners of the label in the plane of the measured body: the farthest labelled points along the four diagonals. */
function labelCorners(labels: Volume, value: number, body: Vertebra): Readonly<Record<string, Vector>> {
  const at = (name: string): Vector => body.landmarks.find((each) => each.name === name)!.lps!;
  const mean = (a: Vector, b: Vector): Vector => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2];
  const posterior = unit(subtract(mean(at('PS'), at('PI')), mean(at('AS'), at('AI'))));
  const rough = subtract(mean(at('AI'), at('PI')), mean(at('AS'), at('PS')));
  const caudal = unit(add(rough, posterior, -dot(rough, posterior)));
  const sample = makeSampler({ ...labels, values: labels.values.map((label) => (Math.round(label) === value ? 1 : 0)) as Volume['values'] }, 0);
  const inside: { u: number; v: number; point: Vector }[] = [];
  for (let u = -30; u <= 30; u += 0.5) {
    for (let v = -24; v <= 24; v += 0.5) {
      const point = add(add(body.centreLps!, posterior, u), caudal, v);
      if (sample(...point) >= 0.5) inside.push({ u, v, point });
    }
  }
  return Object.fromEntries(
    CORNERS.flatMap(([name, su, sv]) => {
      const [first, ...rest] = inside;
      if (!first) return [];
      return [[name, rest.reduce((a, b) => (su * b.u + 1.3 * sv * b.v > su * a.u + 1.3 * sv * a.v ? b : a), first).point]];
    }),
  );
}

/** CT decides; sagittal MR is measured beside it and is experimental. */
export async function measureRealScans(model: FractureModel, data: string): Promise<object> {
  const ct = await measureScans(model, await readCtScans(data));
  return { ...ct, mri: await measureScans(model, await readMrScans(data)) };
}

async function measureScans(model: FractureModel, known: readonly RealScan[]): Promise<object> {
  const total = { whole: 0, found: 0, named: 0, levels: 0, wrong: 0, doubted: 0, invented: 0, evaluable: 0, falseG2: 0 };
  const scans: object[] = [];
  const errors: number[] = [];
  for (const scan of known) {
    const { finding } = await runVolume(model, scan.volume, scan.sex);
    const result = compare(scan, finding.vertebrae);
    const graded = finding.vertebrae.filter((vertebra) => vertebra.state !== 'not_evaluable');
    const falseG2 = graded.filter((vertebra) => vertebra.state === 'graded' && (vertebra.grade ?? 0) >= 2).length;
    total.whole += result.whole;
    total.found += result.found;
    total.named += scan.anchorInView ? result.found : 0;
    total.levels += scan.anchorInView ? result.levels : 0;
    total.wrong += scan.anchorInView ? result.wrong : 0;
    total.doubted += scan.anchorInView ? result.doubted : 0;
    total.invented += result.invented;
    total.evaluable += graded.length;
    total.falseG2 += falseG2;
    errors.push(...result.errors);
    const bodies = finding.vertebrae.map(
      (v) => `${v.levelText} ${v.loss ? `${Math.round(v.loss.percent)} (raw ${Math.round(v.loss.raw)}) ${v.flags.join('+')}` : v.reason}`,
    );
    process.stderr.write(`e ${scan.name}: ${bodies.join(', ')}\n`);
    const { errors: mine, ...counts } = result;
    scans.push({ scan: scan.name, ...counts, evaluable: graded.length, falseG2, landmarkMedianMm: quantile(mine, 0.5), bodies });
  }
  return {
    vertebrae: total.whole,
    found: rateOf(total.found, total.whole),
    invented: total.invented,
    levelRate: rateOf(total.levels, total.named),
    doubtful: rateOf(total.doubted, total.named),
    wrongWithoutDoubt: rateOf(total.wrong, total.named),
    falseG2: rateOf(total.falseG2, total.evaluable),
    landmarkMedianMm: quantile(errors, 0.5),
    landmarkP95Mm: quantile(errors, 0.95),
    landmarkCount: errors.length,
    scans,
  };
}

function compare(
  scan: RealScan,
  vertebrae: readonly Vertebra[],
): { whole: number; found: number; levels: number; wrong: number; doubted: number; invented: number; errors: number[] } {
  const isDoubted = (body: Vertebra): boolean => body.levelText.endsWith('?');
  if (!scan.bodies) {
    // Without labels: by name against what was read by eye; doubles and strays show as names outside that list.
    const names = new Set(vertebrae.filter((vertebra) => vertebra.reason !== 'cut-by-field-of-view').map((vertebra) => vertebra.level));
    const whole = scan.wholeByEye ?? [];
    const found = whole.filter((level) => names.has(level)).length;
    const strays = vertebrae.filter((body) => names.has(body.level) && !whole.includes(body.level));
    const doubted = vertebrae.filter((body) => whole.includes(body.level) && names.has(body.level) && isDoubted(body)).length;
    const wrong = strays.filter((body) => !isDoubted(body)).length;
    return { whole: whole.length, found, levels: found, wrong, doubted, invented: strays.length, errors: [] };
  }
  const whole = scan.bodies.filter((body) => body.whole);
  const pairs = whole.map((body) => ({ body, seen: nearest(vertebrae, body.centreLps, 12) }));
  const errors = pairs.flatMap(({ body, seen }) => {
    if (!seen || seen.state === 'not_evaluable' || !scan.labels) return [];
    return Object.entries(labelCorners(scan.labels, body.label, seen)).map(([name, point]) =>
      far(point, seen.landmarks.find((each) => each.name === name)!.lps!),
    );
  });
  const seen = pairs.flatMap((pair) => (pair.seen ? [{ right: pair.seen.level === pair.body.level, doubted: isDoubted(pair.seen) }] : []));
  return {
    whole: whole.length,
    wrong: seen.filter((one) => !one.right && !one.doubted).length,
    doubted: seen.filter((one) => one.doubted).length,
    found: pairs.filter((pair) => pair.seen).length,
    levels: pairs.filter((pair) => pair.seen !== undefined && pair.seen.level === pair.body.level).length,
    invented: vertebrae.filter((seen) => seen.state !== 'not_evaluable' && scan.bodies!.every((body) => far(seen.centreLps!, body.centreLps) > 14))
      .length,
    errors,
  };
}
