/** Rung d: one body of a real CT is compressed by a known warp, everything else is left as it is; the whole pipeline runs again. */
import { LEVELS, type Level, type PointLps, type Shape, type Vertebra } from '#src/case/vertebra.ts';
import type { FractureModel } from '#src/ports.ts';
import { type ImplantSite, implantFracture, type Warp } from '../implant-fracture.ts';
import { agreement, rateOf } from '../rung-metrics.ts';
import { far, nearest, runVolume } from './run-volume.ts';
import { readCtScans } from './scans.ts';

const SHAPES: readonly Shape[] = ['wedge', 'biconcave', 'crush'];
const LOSSES = [15, 20, 30, 40, 55] as const;

const landmark = (vertebra: Vertebra, name: string): PointLps => vertebra.landmarks.find((each) => each.name === name)!.lps!;

/** Where a body stands, from the landmarks of the untouched scan. */
function siteOf(vertebrae: readonly Vertebra[], index: number): ImplantSite {
  const vertebra = vertebrae[index]!;
  const gaps = (above: Vertebra | undefined, below: Vertebra | undefined): number | number[] =>
    above && below ? FACING.map(([floor, roof]) => Math.max(1, 0.85 * far(landmark(above, floor), landmark(below, roof)))) : 4;
  return {
    landmarksLps: Object.fromEntries(vertebra.landmarks.map((each) => [each.name, each.lps!])),
    discAboveMm: gaps(vertebrae[index - 1], vertebra),
    discBelowMm: gaps(vertebra, vertebrae[index + 1]),
  };
}

/** Points of one body's floor and the next one's roof that face each other, front to back. */
const FACING = [
  ['AI', 'AS'],
  ['I1', 'S1'],
  ['MI', 'MS'],
  ['I3', 'S3'],
  ['PI', 'PS'],
] as const;

interface Trial {
  readonly shape: Shape;
  readonly loss: number;
  readonly level: Level;
  readonly before: Vertebra;
  readonly measured: Vertebra | undefined;
  /** The bodies beside it that were not touched, and how many of them were called grade 2 or 3. */
  readonly untouched: number;
  readonly falseG2: number;
}

/** The height that a shape names. */
const NAMED = { wedge: 'anterior', biconcave: 'middle', crush: 'posterior' } as const;

/** What the body lost against its own untouched picture, %: the networks and the measure alone, without any table. */
function ownLoss({ shape, before, measured }: Trial): number | null {
  const [first, then] = [before.heights?.[NAMED[shape]], measured?.heights?.[NAMED[shape]]];
  return first && then ? 100 * (1 - then / first) : null;
}

export async function measureImplants(model: FractureModel, data: string, few: boolean, warp: Warp = 'rigid-endplates'): Promise<object> {
  const perScan: object[] = [];
  const trials: Trial[] = [];
  for (const scan of await readCtScans(data)) {
    const first = await runVolume(model, scan.volume, scan.sex);
    const bodies = first.finding.vertebrae;
    const usable = bodies.flatMap((vertebra, i) => (vertebra.state !== 'not_evaluable' && LEVELS.includes(vertebra.level) ? [i] : []));
    const mine: Trial[] = [];
    let turn = 0;
    // Every second body: the measurement takes minutes, not hours.
    for (const index of usable.filter((_, n) => (few ? n < 2 : n % 2 === 0))) {
      for (const shape of SHAPES) {
        // Two sizes a body and shape, so that each size is seen at each third of the spine.
        for (const loss of [LOSSES[turn % 5]!, LOSSES[(turn + 2) % 5]!]) {
          const { volume } = implantFracture(scan.volume, siteOf(bodies, index), { shape, lossPercent: loss, warp });
          const { finding } = await runVolume(model, volume, scan.sex);
          const centre = bodies[index]!.centreLps!;
          const others = finding.vertebrae.filter((other) => other.state !== 'not_evaluable' && far(other.centreLps!, centre) >= 12);
          mine.push({
            shape,
            loss,
            level: bodies[index]!.level,
            before: bodies[index]!,
            measured: nearest(finding.vertebrae, centre, 12),
            untouched: others.length,
            falseG2: others.filter((other) => (other.grade ?? 0) >= 2).length,
          });
        }
        turn++;
      }
      process.stderr.write(
        `d ${scan.name} ${bodies[index]!.level}: ${mine
          .slice(-6)
          .map(
            (t) =>
              `${t.shape} ${t.loss} -> ${t.measured?.loss ? Math.round(t.measured.loss.percent) : (t.measured?.reason ?? 'missed')} (own ${ownLoss(t)?.toFixed(0)})`,
          )
          .join(', ')}\n`,
      );
    }
    trials.push(...mine);
    perScan.push({ scan: scan.name, bodies: Math.ceil(usable.length / 2), implants: mine.length, ...summary(mine) });
  }
  const bySize = Object.fromEntries(LOSSES.map((loss) => [loss, summary(trials.filter((trial) => trial.loss === loss))]));
  const byShape = Object.fromEntries(SHAPES.map((shape) => [shape, summary(trials.filter((trial) => trial.shape === shape))]));
  return { warp, implants: trials.length, ...summary(trials), bySize, byShape, scans: perScan };
}

const total = (trials: readonly Trial[], of: 'falseG2' | 'untouched'): number => trials.reduce((sum, trial) => sum + trial[of], 0);

/** Sensitivity counts a body that was missed or not evaluable as not seen. */
function summary(trials: readonly Trial[]): object {
  const large = trials.filter((trial) => trial.loss >= 25);
  const small = trials.filter((trial) => trial.loss < 20);
  const isSeen = (trial: Trial): boolean => (trial.measured?.grade ?? 0) >= 2;
  return {
    sens25: rateOf(large.filter(isSeen).length, large.length),
    falseG2Below20: rateOf(small.filter(isSeen).length, small.length),
    falseG2: rateOf(total(trials, 'falseG2'), total(trials, 'untouched')),
    notEvaluable: rateOf(trials.filter((trial) => !trial.measured?.loss).length, trials.length),
    loss: agreement(trials.flatMap((trial) => (trial.measured?.loss ? [trial.measured.loss.percent - trial.loss] : []))),
    ownLoss: agreement(
      trials.flatMap((trial) => {
        const own = ownLoss(trial);
        return own === null ? [] : [own - trial.loss];
      }),
    ),
  };
}
