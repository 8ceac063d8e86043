/** The backload's figures as CSV and as plain text: the same numbers as in its HTML report. */
import type { BackloadFigures } from '../case/backload-figures.ts';
import { cell } from './audit-csv.ts';

/** One figure a line: section, name, three places for what it is of, value. */
export function backloadCsv(figures: BackloadFigures): string {
  const rows: (string | number)[][] = [
    ['section', 'name', 'detail', 'priority', 'value', 'per_week'],
    ...(['reports', 'patients', 'measured'] as const).map((name) => ['whole', name, '', '', figures[name], '']),
    ['whole', 'stated', 'hits', '', figures.stated.hits, ''],
    ['whole', 'stated', 'of', '', figures.stated.of, ''],
    ['whole', 'advised', 'hits', '', figures.advised.hits, ''],
    ['whole', 'advised', 'of', '', figures.advised.of, ''],
    ...figures.agreement.flatMap((row) => [
      ...row.byGrade.map((count, grade) => ['agreement', row.says, `grade ${grade}`, '', count, '']),
      ['agreement', row.says, 'cannot say', '', row.cannotSay, ''],
    ]),
    ...figures.byRule.map((row) => ['rule', row.rule, row.outcome, row.priority, row.count, row.perWeek.toFixed(2)]),
    ...figures.whatIf.flatMap(({ lossPercent, ageYears, patients, perWeek, notStated, statedWithoutAdvice }) => {
      const name = `loss ${lossPercent} age ${ageYears}`;
      return [
        ['what-if', name, 'patients', '', patients, perWeek.toFixed(2)],
        ['what-if', name, 'not stated', '', notStated, ''],
        ['what-if', name, 'stated without advice', '', statedWithoutAdvice, ''],
      ];
    }),
    ...Object.entries(figures.cannotSay).map(([reason, count]) => ['cannot say', reason, '', '', count, '']),
    ...Object.entries(figures.stopped).map(([code, count]) => ['stopped', code, '', '', count, '']),
  ];
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** For the terminal. */
export function backloadText(figures: BackloadFigures): string {
  const { stated, advised } = figures;
  const percent = (hits: number, of: number): string => (of === 0 ? 'none to count' : `${((100 * hits) / of).toFixed(1)} % (${hits} of ${of})`);
  return [
    `${figures.from} to ${figures.to}: ${figures.reports} reports of ${figures.patients} patients, ${figures.measured} measured`,
    `fracture of grade 2-3 measured, and stated in the report: ${percent(stated.hits, stated.of)}; not stated: ${stated.of - stated.hits}`,
    `fracture stated, with advice: ${percent(advised.hits, advised.of)}; without: ${advised.of - advised.hits}`,
    '',
    'work by rule            in all   a week',
    ...figures.byRule.map(
      (row) =>
        `  ${`${row.rule} ${row.outcome}${row.priority ? ` ${row.priority}` : ''}`.padEnd(34)} ${String(row.count).padStart(6)} ${row.perWeek.toFixed(1).padStart(8)}`,
    ),
    '',
    'what if: loss at least, age at least -> patients (a week), of them not stated, stated without advice',
    ...figures.whatIf.map(
      (row) => `  ${row.lossPercent} %, ${row.ageYears} -> ${row.patients} (${row.perWeek.toFixed(1)}), ${row.notStated}, ${row.statedWithoutAdvice}`,
    ),
    ...Object.entries(figures.cannotSay).map(([reason, count]) => `cannot say, ${reason}: ${count}`),
    ...Object.entries(figures.stopped).map(([code, count]) => `stopped, ${code}: ${count}`),
    '',
  ].join('\n');
}
