/** Rungs c and e count bodies alike: found, named, named wrongly without a doubt, losses, false and missed fractures. */
import type { Vertebra } from '#src/case/vertebra.ts';
import { agreement, quantile, rateOf } from '../rung-metrics.ts';

/** A body that is known, with what the server said of it. */
export interface ScoredBody {
  readonly level: string;
  readonly lossPercent: number;
  readonly seen: Vertebra | undefined;
  /** Distances of the ten points to the true ones, mm; empty where the picture has no patient frame. */
  readonly errorsMm: readonly number[];
}

export interface ScoredScan {
  readonly name: string;
  readonly bodies: readonly ScoredBody[];
  readonly invented: number;
}

const isDoubtful = (seen: Vertebra): boolean => seen.levelText.endsWith('?');

/** Names are read as a reader would: "T12/L1?" is a doubt that holds either of its two names. */
export function scoreNames(pairs: readonly { readonly level: string; readonly seen: Vertebra }[]): object {
  const stated = pairs.filter(({ seen }) => !isDoubtful(seen));
  const doubtful = pairs.filter(({ seen }) => isDoubtful(seen));
  return {
    levelRate: rateOf(pairs.filter(({ level, seen }) => seen.level === level).length, pairs.length),
    doubtful: rateOf(doubtful.length, pairs.length),
    doubtHoldsTheName: rateOf(doubtful.filter(({ level, seen }) => seen.levelText.slice(0, -1).split('/').includes(level)).length, doubtful.length),
    /** The figure that matters: a wrong name that nobody would question. */
    wrongWithoutDoubt: rateOf(stated.filter(({ level, seen }) => seen.level !== level).length, pairs.length),
  };
}

export function scoreScans(scans: readonly ScoredScan[]): object {
  const all = scans.flatMap((scan) => scan.bodies);
  const found = all.flatMap(({ seen, ...body }) => (seen ? [{ ...body, seen }] : []));
  const measured = found.flatMap(({ seen, lossPercent }) => (seen.loss ? [{ seen, lossPercent, percent: seen.loss.percent }] : []));
  const errors = found.flatMap((body) => body.errorsMm);
  const [positive, negative] = [measured.filter((body) => body.lossPercent >= 25), measured.filter((body) => body.lossPercent < 25)];
  const called = (bodies: typeof measured): number => bodies.filter(({ seen }) => (seen.grade ?? 0) >= 2).length;
  return {
    vertebrae: all.length,
    found: rateOf(found.length, all.length),
    ...scoreNames(found),
    invented: scans.reduce((sum, scan) => sum + scan.invented, 0),
    lossWithin5: rateOf(measured.filter(({ percent, lossPercent }) => Math.abs(percent - lossPercent) <= 5).length, measured.length),
    evaluable: rateOf(measured.length, found.length),
    sensG2: rateOf(called(positive), positive.length),
    falseG2: rateOf(called(negative), negative.length),
    landmarkMedianMm: quantile(errors, 0.5),
    landmarkP95Mm: quantile(errors, 0.95),
    loss: agreement(measured.map(({ percent, lossPercent }) => percent - lossPercent)),
    scans: scans.map(({ name, bodies, invented }) => ({
      name,
      whole: bodies.length,
      found: bodies.filter((body) => body.seen).length,
      level: bodies.filter((body) => body.seen?.level === body.level).length,
      wrongWithoutDoubt: bodies.filter((body) => body.seen && body.seen.level !== body.level && !isDoubtful(body.seen)).length,
      invented,
    })),
  };
}

/** One line for the terminal. */
export function sayScan(rung: string, { name, bodies, invented }: ScoredScan): void {
  const text = bodies.map(({ level, lossPercent, seen }) => {
    const said = seen ? `${seen.levelText} ${seen.loss ? Math.round(seen.loss.percent) : seen.reason}` : 'MISSED';
    return `${level}${lossPercent ? `(${lossPercent})` : ''}:${said}`;
  });
  process.stderr.write(`${rung} ${name}: ${text.join(', ')}; invented ${invented}\n`);
}
