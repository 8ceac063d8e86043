/**
 * The labels file of an evaluation: one vertebra a line, comma separated, first line names. Needed: scan, level. Optional: patient, grade (0-3), modality (CT, MR), sex,
 * age, scanner, and six points in LPS mm as AS_x AS_y AS_z ... for AS MS PS AI MI PI.
 */
import { SIX_POINTS, type SixPoint } from '#src/case/annotation.ts';
import { type Grade, LEVELS, type Level, type PointLps, type Sex } from '#src/case/vertebra.ts';

export interface LabelRow {
  readonly scan: string;
  readonly patient: string;
  readonly level: Level;
  readonly grade: Grade | null;
  readonly sex: Sex;
  readonly modality: 'CT' | 'MR' | null;
  readonly groups: Readonly<Record<string, string>>;
  /** AS MS PS AI MI PI; null when the six points are not all given. */
  readonly points: Readonly<Record<SixPoint, PointLps>> | null;
}

const GROUPS = ['sex', 'scanner', 'contrast', 'kernel', 'site'] as const;

/** Cells of one line; a quoted cell may hold commas and doubled quotes (RFC 4180, one line a record). */
function cellsOf(line: string): string[] {
  const cells = [''];
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!;
    if (character === '"' && isQuoted && line[at + 1] === '"') cells[cells.length - 1]! += line[at++]!;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === ',' && !isQuoted) cells.push('');
    else cells[cells.length - 1]! += character;
  }
  return cells.map((cell) => cell.trim());
}

function ageGroup(text: string | undefined): Record<string, string> {
  const age = Number(text);
  if (text === undefined || text === '' || !Number.isFinite(age)) return {};
  return { age: age < 50 ? 'under 50' : age < 65 ? '50-64' : age < 80 ? '65-79' : '80 and over' };
}

function pointsOf(cell: (name: string) => string | undefined): LabelRow['points'] {
  const points = SIX_POINTS.map(
    (name) => [name, ['x', 'y', 'z'].map((axis) => (cell(`${name}_${axis}`) ? Number(cell(`${name}_${axis}`)) : Number.NaN))] as const,
  );
  if (points.some(([, place]) => place.some((value) => !Number.isFinite(value)))) return null;
  return Object.fromEntries(points) as unknown as LabelRow['points'];
}

/** All rows, or every fault with its line number: a label file with faults is not half used. */
export function parseLabels(
  text: string,
): { readonly ok: true; readonly rows: readonly LabelRow[] } | { readonly ok: false; readonly problems: readonly string[] } {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  const names = cellsOf(lines[0] ?? '');
  const missing = ['scan', 'level'].filter((name) => !names.includes(name));
  if (missing.length > 0) return { ok: false, problems: [`line 1: no column ${missing.join(', ')}`] };
  const problems: string[] = [];
  const rows = lines.slice(1).flatMap((line, i): LabelRow[] => {
    const cells = cellsOf(line);
    const cell = (name: string): string | undefined => (names.includes(name) ? cells[names.indexOf(name)] : undefined);
    const level = (cell('level') ?? '').toUpperCase();
    const grade = cell('grade') ?? '';
    if (!(LEVELS as readonly string[]).includes(level)) problems.push(`line ${i + 2}: level "${level}" is not T1 to L5`);
    if (!/^[0-3]?$/.test(grade)) problems.push(`line ${i + 2}: grade "${grade}" is not 0 to 3`);
    const modality = (cell('modality') ?? '').toUpperCase();
    if (!/^(CT|MR|)$/.test(modality)) problems.push(`line ${i + 2}: modality "${modality}" is not CT or MR`);
    if (!cell('scan')) problems.push(`line ${i + 2}: no scan`);
    const groups = Object.fromEntries(GROUPS.flatMap((name) => (cell(name) ? [[name, cell(name)!]] : [])));
    const sex = cell('sex')?.toLowerCase();
    const scan = cell('scan') ?? '';
    return [
      {
        scan,
        patient: cell('patient') || scan,
        level: level as Level,
        grade: grade === '' ? null : (Number(grade) as Grade),
        sex: sex?.startsWith('f') ? 'female' : sex?.startsWith('m') ? 'male' : 'unknown',
        modality: modality === '' ? null : (modality as 'CT' | 'MR'),
        groups: { ...groups, ...ageGroup(cell('age')) },
        points: pointsOf(cell),
      },
    ];
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, rows };
}
