/** What a curated set says of itself: the manifest, the tables of labels and studies, and the data card. */
import type { WrittenFile } from './set-folder.ts';

export interface SetStudy {
  readonly study: string;
  readonly patient: string;
  readonly role: 'case' | 'control';
  /** Of a control: the study of its case. */
  readonly matchedTo: string | null;
  readonly split: 'train' | 'tune' | 'test';
  readonly site: string;
  readonly modality: string;
  readonly sex: string;
  /** At most 90. */
  readonly ageYears: number;
  readonly scanner: string;
  readonly label: {
    readonly fracture: 'stated' | 'denied' | 'silent';
    readonly levels: readonly string[];
    readonly grades: Readonly<Partial<Record<string, number>>>;
    readonly advice: boolean;
  };
  /** Folder of the one series, below the set's folder. */
  readonly seriesFolder: string;
  /** Paths below the set's folder. */
  readonly instances: readonly WrittenFile[];
}

export interface SetManifest {
  readonly format: 'backstop-curated-set';
  readonly version: 1;
  readonly madeOn: string;
  readonly software: string;
  readonly grammar: string;
  /** Tells two secrets apart without telling either. */
  readonly secretFingerprint: string;
  readonly deidentification: {
    readonly profile: string;
    readonly options: readonly string[];
    readonly reportText: 'left out';
    readonly removedTags: readonly string[];
  };
  readonly sampling: {
    readonly controlsPerCase: number;
    readonly ageWithinYears: number;
    readonly matchedBy: readonly string[];
    readonly splits: string;
  };
  readonly counts: {
    readonly messages: number;
    readonly reports: number;
    readonly byRole: Readonly<Record<string, number>>;
    readonly excluded: Readonly<Record<string, number>>;
    readonly imagesNotTaken: Readonly<Record<string, number>>;
    readonly casesWithoutControl: number;
  };
  readonly studies: readonly SetStudy[];
}

const line = (cells: readonly (string | number)[]): string =>
  `${cells.map((cell) => (/[",\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : cell)).join(',')}\n`;

/** One line a stated vertebra: what `backstop evaluate` reads (docs/measurement.md). Six points are added later, from the review page's export. */
export function labelsCsv(studies: readonly SetStudy[]): string {
  const rows = studies.flatMap((one) =>
    one.label.levels.map((level) => [
      one.study,
      one.patient,
      level,
      one.label.grades[level] ?? '',
      one.sex,
      one.ageYears,
      one.scanner,
      one.site,
      one.split,
      one.role,
    ]),
  );
  return [['scan', 'patient', 'level', 'grade', 'sex', 'age', 'scanner', 'site', 'split', 'role'], ...rows].map(line).join('');
}

export function studiesCsv(studies: readonly SetStudy[]): string {
  const rows = studies.map((one) => [
    one.study,
    one.patient,
    one.split,
    one.role,
    one.matchedTo ?? '',
    one.label.fracture,
    one.label.levels.join(' '),
    one.modality,
    one.sex,
    one.ageYears,
    one.scanner,
    one.site,
    one.instances.length,
  ]);
  return [['scan', 'patient', 'split', 'role', 'matched_to', 'fracture', 'levels', 'modality', 'sex', 'age', 'scanner', 'site', 'files'], ...rows]
    .map(line)
    .join('');
}

const count = <T>(list: readonly T[], of: (one: T) => string): string =>
  [...Map.groupBy(list, of)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([value, own]) => `${value} ${own.length}`)
    .join(', ') || 'none';

const table = (title: string, rows: Readonly<Record<string, number>>): string =>
  [`| ${title} | count |`, '|---|---|', ...Object.entries(rows).map(([name, value]) => `| ${name} | ${value} |`)].join('\n');

/** For the person who wants to use the set: what is in it, how it was chosen, and what it must not be used for. */
export function dataCard(manifest: SetManifest): string {
  const { studies, counts, sampling, deidentification } = manifest;
  const age = (one: SetStudy): string => (one.ageYears < 50 ? 'under 50' : one.ageYears < 65 ? '50-64' : one.ageYears < 80 ? '65-79' : '80 and over');
  return `# Data card

Made on ${manifest.madeOn} by Backstop ${manifest.software}; the texts were read by grammar ${manifest.grammar}.

## What it holds
${studies.length} studies of ${new Set(studies.map((one) => one.patient)).size} patients. One series a study: the one that the product would measure.

| | |
|---|---|
| role | ${count(studies, (one) => one.role)} |
| split | ${count(studies, (one) => one.split)} |
| modality | ${count(studies, (one) => one.modality)} |
| sex | ${count(studies, (one) => one.sex)} |
| age, years | ${count(studies, age)} |
| scanner | ${count(studies, (one) => one.scanner || 'not known')} |
| report says | ${count(studies, (one) => one.label.fracture)} |

## How it was chosen
Cases: signed reports that state a vertebral fracture of T1 to L5. Controls: reports that deny one or say nothing of one; ${sampling.controlsPerCase} a case, the same
${sampling.matchedBy.join(', ')}, an age within ${sampling.ageWithinYears} years, another patient. Cases that found no control: ${counts.casesWithoutControl}. Splits by patient, ${sampling.splits}; a case and its controls stay together.

${counts.messages} messages held ${counts.reports} reports.

${table('role by the words', counts.byRole)}

${table('left out: why', counts.excluded)}

${table('images not taken: why', counts.imagesNotTaken)}

## What the labels are
Read from the words of the report by Backstop's grammar, not from the images, and not checked by a person. A control whose report is silent may hold a
fracture that nobody mentioned: the very thing that the product looks for. Review the images before the set is used to test a model.

## De-identification
${deidentification.profile}, with ${deidentification.options.join(' and ')}. Report text: ${deidentification.reportText}. Days are moved back by a number that is the patient's own;
times of day are gone. Ages above 89 are told as 90. Series with burned-in text, secondary captures and screen saves are refused. Pixels are untouched: a head or a
face in the field of view stays visible. ${deidentification.removedTags.length} attributes were found and taken out.

## Must not be used
To find out who somebody is; to claim a clinical performance from labels that no person has checked; outside the agreement under which it was made.
`;
}
