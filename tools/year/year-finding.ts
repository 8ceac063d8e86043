/** What the model would say of a report's images in a made year: the truth, seen without error but for the false positives that the truth names. */
import type { Measured, StudyFinding } from '#src/case/finding.ts';
import type { DicomUid } from '#src/case/ids.ts';
import type { SeriesChoice } from '#src/case/study.ts';
import { type Grade, LANDMARK_NAMES, LEVELS, type Level, type Vertebra } from '#src/case/vertebra.ts';
import { dicomUidFrom } from '#test/hospital/phantom/dicom-uid-from.ts';
import type { TrueFracture, YearTruth } from './year-options.ts';

const MODELS: Measured['models'] = [
  { id: 'vertebra-detector', version: '1.0.0', sha256: 'a'.repeat(64), manifestSha256: 'b'.repeat(64), clinicalData: false },
  { id: 'vertebra-landmarks', version: '1.0.0', sha256: 'c'.repeat(64), manifestSha256: 'd'.repeat(64), clinicalData: false },
];

export function yearFinding(truth: YearTruth): StudyFinding {
  if (!truth.measured) {
    return { state: 'cannot-say', reason: 'no-usable-series', detail: 'no usable series: every series is too thick', vertebrae: [], models: [] };
  }
  const [from, to] = truth.view;
  const levels = LEVELS.slice(LEVELS.indexOf(from), LEVELS.indexOf(to) + 1);
  const seen = truth.falsePositive ? [truth.falsePositive] : truth.fractures;
  return {
    state: 'measured',
    vertebrae: levels.map((level, index) =>
      vertebra(
        level,
        index,
        seen.find((one) => one.level === level),
      ),
    ),
    levelsAssessed: levels,
    density: truth.modality === 'CT' ? { level: 'L1', hu: 92.4, sdHu: 20.1, areaMm2: 310, kvp: 120, contrast: false } : null,
    worstGrade: Math.max(0, ...seen.map((one) => one.grade)) as Grade,
    notes: [],
    models: MODELS,
    executionProvider: 'cpu',
    series: seriesOf(truth),
    studyInstanceUid: truth.studyInstanceUid,
    studyDate: truth.examinedAt.slice(0, 10),
    modality: truth.modality,
    picture: { columns: 128, rows: 512, mmPerPixel: 1 },
  };
}

function seriesOf(truth: YearTruth): SeriesChoice {
  const isCt = truth.modality === 'CT';
  return {
    seriesInstanceUid: dicomUidFrom(`${truth.studyInstanceUid} series 2`) as DicomUid,
    kind: isCt ? 'ct-volume' : 'xray-lateral',
    modality: truth.modality,
    sopInstanceUids: [],
    seriesInstanceCount: isCt ? 240 : 1,
    sliceThicknessMm: isCt ? 1.5 : null,
    kernel: isCt ? ['B30f'] : [],
    kvp: isCt ? 120 : null,
    contrast: false,
    scanner: `${truth.scanner.manufacturer} ${truth.scanner.model}`,
    because: ['the only usable series'],
    rejected: [],
  };
}

function vertebra(level: Level, index: number, fracture: TrueFracture | undefined): Vertebra {
  const percent = fracture?.lossPercent ?? 3 + (index % 4);
  const posterior = 21 + 0.4 * index;
  const row = 40 + 30 * index;
  return {
    level,
    levelProbability: 0.99,
    levelText: level,
    state: 'graded',
    reason: null,
    grade: fracture?.grade ?? 0,
    gradeText: String(fracture?.grade ?? 0),
    shape: fracture ? 'wedge' : null,
    loss: { anterior: percent, middle: Math.max(0, percent - 4), posterior: 0, percent, raw: percent + 1, sd: 2.5 },
    heights: { anterior: posterior * (1 - percent / 100), middle: posterior * (1 - Math.max(0, percent - 4) / 100), posterior, unit: 'mm' },
    probability: fracture ? [0.99, fracture.grade >= 2 ? 0.96 : 0.04, fracture.grade >= 3 ? 0.94 : 0.03] : [0.01, 0, 0],
    flags: [],
    landmarks: LANDMARK_NAMES.map((name, at) => ({
      name,
      picture: [50 + 7 * (at % 5), row + (at < 5 ? 0 : 24)],
      lps: [1.5, 40 - 7 * (at % 5), -30 * index - (at < 5 ? 0 : 24)],
      sigma: 0.7,
    })),
    centrePicture: [64, row + 12],
    centreLps: [1.5, 26, -30 * index - 12],
    trabecularHu: 92.4,
  };
}
