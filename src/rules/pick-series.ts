/** Which series of a study shows the spine best? The choice, its reasons, and the reason against every other series. */
import type { SeriesChoice, SeriesSummary, StudySummary } from '#src/case/study.ts';
import { type Candidate, findCandidate } from './series-candidate.ts';
import { compareCandidates, describeCandidate } from './series-order.ts';

interface RejectedSeries {
  readonly seriesInstanceUid: string;
  readonly because: string;
}
export type SeriesPick =
  | { readonly ok: true; readonly choice: SeriesChoice }
  | { readonly ok: false; readonly code: 'no-usable-series'; readonly text: string; readonly rejected: readonly RejectedSeries[] };

/** CT before X-ray before MR: the order in which the measurement is known to be good (design/model.md). */
export function pickSeries(series: readonly SeriesSummary[], study: StudySummary): SeriesPick {
  const rejected: RejectedSeries[] = [];
  const candidates: Candidate[] = [];
  for (const one of series) {
    const found = findCandidate(one);
    if (found.ok) candidates.push(found.candidate);
    else rejected.push({ seriesInstanceUid: one.seriesInstanceUid, because: found.because });
  }
  const largest = Math.max(0, ...candidates.map((candidate) => candidate.coverageMm));
  const [best, ...others] = candidates.toSorted((a, b) => compareCandidates(a, b, largest));
  if (!best) {
    const text = series.length === 0 ? 'the study has no series' : `none of the ${series.length} series of the study shows the spine in a usable way`;
    return { ok: false, code: 'no-usable-series', text, rejected };
  }
  const worse = others.map((candidate) => ({
    seriesInstanceUid: candidate.series.seriesInstanceUid,
    because: `usable, but ${describeCandidate(candidate)}`,
  }));
  return { ok: true, choice: toChoice(best, [...worse, ...rejected], study) };
}

function toChoice(best: Candidate, rejected: readonly RejectedSeries[], study: StudySummary): SeriesChoice {
  const { series } = best;
  const all = series.stack?.count ?? series.instances.length;
  const left = all - best.count;
  const leftOut = left > 0 ? [`${left} of ${all} instances of the series left out: ${best.leftOut}`] : [];
  return {
    seriesInstanceUid: series.seriesInstanceUid,
    kind: best.kind,
    modality: series.modality,
    sopInstanceUids: best.instances.map((instance) => instance.sopInstanceUid),
    ...(series.stack ? { stack: series.stack } : {}),
    ...(best.instances[0] ? { sopClassUid: best.instances[0].sopClassUid } : {}),
    seriesInstanceCount: series.instanceCount ?? series.instances.length,
    sliceThicknessMm: best.instances[0]?.sliceThickness ?? null,
    kernel: series.kernel,
    kvp: series.kvp,
    contrast: series.contrastAgent !== null && !/^\s*(no|none|without|unenhanced)\b/i.test(series.contrastAgent),
    scanner: [series.manufacturer, series.model].filter((part) => part !== '').join(' '),
    because: [`${describeCandidate(best)}; best of ${rejected.length + 1} series`, ...leftOut, ...otherModalities(study, best)],
    rejected,
  };
}

function otherModalities(study: StudySummary, best: Candidate): string[] {
  const others = study.modalities.filter((modality) => modality !== best.series.modality && /^(CT|MR|CR|DX)$/.test(modality));
  return others.length > 0 ? [`the study also has ${others.join(', ')}`] : [];
}
