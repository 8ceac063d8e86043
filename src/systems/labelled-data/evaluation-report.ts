/** One HTML page of an evaluation: figures, subgroups, and plots as SVG. Stands alone; holds no names, only scan counts and figures. */
import { percentile } from '#src/measure/normalize-image.ts';
import {
  calibrationOf,
  gradeTable,
  type Proportion,
  quadraticKappa,
  riskCoverage,
  rocOf,
  type ScoredVertebra,
} from '#src/measure/score-evaluation.ts';
import { frocOf, type Scores, subgroupScores } from '#src/measure/score-patients.ts';
import { scatterPlot } from './plot.ts';

export interface ReportInput {
  readonly rows: readonly ScoredVertebra[];
  readonly scores: Scores;
  readonly rawLoss: { readonly n: number; readonly bias: number; readonly limits: number } | null;
  readonly landmarkMm: readonly number[];
  readonly invented: number;
  readonly namesOnly: readonly string[];
  readonly failed: readonly { readonly scan: string; readonly because: string }[];
  readonly models: readonly { readonly id: string; readonly version: string; readonly sha256: string }[];
}

const escape = (text: string): string => text.replace(/[<>&"]/g, (c) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' })[c]!);
const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
const cell = ({ rate, ci, count, of }: Proportion): string =>
  rate === null || !ci ? `none of ${of}` : `${percent(rate)} <small>(${percent(ci[0])} to ${percent(ci[1])}; ${count} of ${of})</small>`;

const ROWS: readonly (readonly [string, keyof Scores])[] = [
  ['patients with a fracture of grade 2-3 called', 'patientSensitivity'],
  ['patients without one left alone', 'patientSpecificity'],
  ['vertebrae of grade 2-3 called', 'vertebraSensitivity'],
  ['other vertebrae left alone', 'vertebraSpecificity'],
  ['vertebrae found', 'found'],
  ['named right, of those found', 'levelRate'],
  ['not evaluable, of those found', 'notEvaluable'],
];

function subgroups(rows: readonly ScoredVertebra[]): string {
  const groups = subgroupScores(rows);
  const line = ({ group, value, scores }: (typeof groups)[number]): string =>
    `<tr><th>${escape(group)}: ${escape(value)}</th><td>${cell(scores.vertebraSensitivity)}</td><td>${cell(scores.vertebraSpecificity)}</td><td>${cell(scores.levelRate)}</td></tr>`;
  return groups.length === 0
    ? ''
    : `<h2>Subgroups</h2><table><tr><th></th><th>sensitivity</th><th>specificity</th><th>named right</th></tr>${groups.map(line).join('')}</table>`;
}

function plots(rows: readonly ScoredVertebra[]): string {
  const scored = rows.flatMap(({ truthGrade, measured }) =>
    truthGrade !== null && measured?.probability != null ? [{ score: measured.probability, positive: truthGrade >= 2 }] : [],
  );
  const roc = rocOf(scored);
  const pairs = rows.flatMap(({ truthLoss, measured }) =>
    truthLoss !== null && measured?.loss != null ? [[(truthLoss + measured.loss) / 2, measured.loss - truthLoss] as const] : [],
  );
  return [
    scatterPlot(
      `ROC, grade 2-3 by vertebra${roc.auc === null ? '' : `, area ${roc.auc.toFixed(3)}`}`,
      'false positive rate',
      'sensitivity',
      roc.points.map((p) => [p.falsePositiveRate, p.sensitivity]),
      { line: true, x: [0, 1], y: [0, 1] },
    ),
    scatterPlot(
      'FROC',
      'false calls per scan',
      'sensitivity',
      frocOf(rows).map((p) => [p.falsePerScan, p.sensitivity]),
      { line: true, y: [0, 1] },
    ),
    scatterPlot('Bland-Altman of raw loss', 'mean, %', 'measured less labelled, points', pairs, {}),
    scatterPlot(
      'Calibration of P(grade 2-3)',
      'said',
      'came true',
      calibrationOf(rows).bins.map((bin) => [bin.mean, bin.came.rate ?? 0]),
      { x: [0, 1], y: [0, 1] },
    ),
    scatterPlot(
      'Risk against coverage',
      'share answered, surest first',
      'share wrong',
      riskCoverage(rows).map((p) => [p.coverage, p.risk]),
      { line: true, x: [0, 1] },
    ),
  ].join('');
}

export function evaluationReport(input: ReportInput): string {
  const { rows, scores, rawLoss, landmarkMm } = input;
  const table = gradeTable(rows);
  const kappa = quadraticKappa(table);
  const sorted = [...landmarkMm].sort((a, b) => a - b);
  const facts = [
    `${rows.length} labelled vertebrae of ${new Set(rows.map((row) => row.patient)).size} patients; ${input.invented} bodies measured where the labels have none.`,
    input.namesOnly.length > 0
      ? `${input.namesOnly.length} scans have labels without places (those of reports): vertebrae are laid side by side by name, and nothing can be called invented there.`
      : '',
    rawLoss
      ? `Raw height loss against labels: bias ${rawLoss.bias.toFixed(1)}, limits of agreement &plusmn;${rawLoss.limits.toFixed(1)} points (n = ${rawLoss.n}).`
      : 'No labelled points: no agreement of heights.',
    sorted.length > 0
      ? `Landmarks: median ${percentile(sorted, 50).toFixed(2)} mm, 95th percentile ${percentile(sorted, 95).toFixed(2)} mm (n = ${sorted.length}).`
      : '',
    kappa === null ? '' : `Quadratic-weighted kappa of grades: ${kappa.toFixed(3)}.`,
  ].filter((text) => text !== '');
  const grades = table.map((line, grade) => `<tr><th>labelled ${grade}</th>${line.map((n) => `<td>${n}</td>`).join('')}</tr>`).join('');
  const failed = input.failed.map(({ scan, because }) => `<li>${escape(scan)}: ${escape(because)}</li>`).join('');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Evaluation of a fracture model</title><style>
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b2530}table{border-collapse:collapse;margin:1rem 0}
th,td{border:1px solid #c8d0d8;padding:.3rem .6rem;text-align:left}small{color:#56616c}.plots{display:flex;flex-wrap:wrap;gap:1rem}</style></head><body>
<h1>Evaluation of a fracture model</h1><p>${input.models.map(({ id, version, sha256 }) => `${escape(id)} ${escape(version)} <small>${sha256.slice(0, 12)}</small>`).join(', ')}</p>
${facts.map((text) => `<p>${text}</p>`).join('')}
<h2>Figures</h2><p>95 % intervals by Wilson. A vertebra that was missed or not evaluable counts as not called.</p>
<table>${ROWS.map(([name, key]) => `<tr><th>${name}</th><td>${cell(scores[key])}</td></tr>`).join('')}</table>
<h2>Grades</h2><table><tr><th></th>${[0, 1, 2, 3].map((grade) => `<th>measured ${grade}</th>`).join('')}</tr>${grades}</table>
${subgroups(rows)}<h2>Plots</h2><div class="plots">${plots(rows)}</div>${failed ? `<h2>Scans that could not be measured</h2><ul>${failed}</ul>` : ''}
<p>A clinical claim needs limits within &plusmn;10 points, kappa of .6 or more and about 140 positive patients (design of this product; not a regulation).</p></body></html>`;
}
