/** A day at Ashmore General, an invented hospital: the six sample studies and some others, as the pages meet them. */
import type { StudyFinding } from '#src/case/finding.ts';
import type { Level } from '#src/case/vertebra.ts';
import { known, makeFinding } from '#test/fakes/make-case.ts';
import { SAMPLE_STUDIES } from '../../tools/samples/sample-studies.ts';
import { type InventedCase, inventCase, picturedFinding } from './invented-cases.ts';

const CANNOT_SAY: StudyFinding = {
  state: 'cannot-say',
  reason: 'too-few-vertebrae',
  detail: 'Only 2 vertebrae could be measured, 3 are needed.',
  vertebrae: [],
  models: makeFinding().models,
};

const FAMILIES = ['Ashdown', 'Birkett', 'Calloway', 'Dunmore', 'Eastwick', 'Farrow', 'Garside', 'Hesketh'];
const GIVEN = ['Agnes', 'Brenda', 'Cecil', 'Doreen', 'Ernest', 'Freda', 'Gilbert', 'Hilda'];

const SILENT = 'FINDINGS: The lungs are clear. No pleural effusion.\nCONCLUSION: Normal chest.';
const doubtful = (level: string): string => `FINDINGS: The lungs are clear. Mild wedging of ${level}.\nCONCLUSION: No acute finding.`;

/** The sample studies (all six, or these) with their pictures. Paints narrow phantoms, which holds the process: open connections afterwards. */
export async function sampleCases(which: readonly string[] = SAMPLE_STUDIES.map((sample) => sample.id)): Promise<readonly InventedCase[]> {
  const cases: InventedCase[] = [];
  for (const sample of SAMPLE_STUDIES.filter((one) => which.includes(one.id))) {
    const { finding, strip } = await picturedFinding(sample.phantom);
    cases.push(
      inventCase({
        person: sample.person,
        accession: sample.accession,
        text: sample.report.join('\n'),
        finding,
        strip,
        reportedAt: `${sample.date}T${sample.time.slice(0, 2)}:${sample.time.slice(2, 4)}:00Z`,
        report: { procedure: { ...sample.procedure, system: 'L' } },
      }),
    );
  }
  return cases;
}

/** `count` further cases without pictures: stated fractures at several grades and ages, referred on days before `today`. */
export function moreCases(count: number, today: string): readonly InventedCase[] {
  const levels: readonly Level[] = ['T8', 'T11', 'T12', 'L1', 'L3'];
  return Array.from({ length: count }, (_, n) => {
    const level = levels[n % levels.length] ?? 'L1';
    const grade = ([1, 2, 3] as const)[n % 3] ?? 1;
    const advice = n % 2 === 0 ? '\nRecommend referral to the fracture liaison service.' : '';
    return inventCase({
      person: {
        id: `B${String(2_000_000 + n)}`,
        family: FAMILIES[n % FAMILIES.length] ?? 'Ashdown',
        given: GIVEN[(n * 3) % GIVEN.length] ?? 'Agnes',
        birthDate: `${1936 + ((n * 7) % 32)}-0${1 + (n % 9)}-11`,
        sex: n % 3 === 0 ? 'male' : 'female',
      },
      accession: `ASH27${String(n).padStart(6, '0')}`,
      text:
        n % 6 === 1
          ? SILENT
          : n % 6 === 3
            ? doubtful(level)
            : `FINDINGS: The lungs are clear.\nVertebral fracture of ${level}, grade ${grade}.${advice}`,
      finding: makeFinding({ [level]: grade }),
      reportedAt: new Date(Date.parse(`${today}T10:00:00Z`) - (1 + ((n * 5) % 24)) * 86_400_000).toISOString(),
      report: { modality: 'CT', procedure: { code: 'CCHES', text: 'CT chest', system: 'L' } },
      history: n % 5 === 4 ? { cancerHistory: known(true) } : n % 7 === 3 ? { boneDrugs: known(['alendronate 70 mg weekly']) } : {},
    });
  });
}

/** Images that cannot be judged, and a message that stopped at the door. */
export function troubledCases(today: string): readonly InventedCase[] {
  const person = { id: 'C3000001', family: 'Ibbotson', given: 'Ruth', birthDate: '1951-06-17', sex: 'female' as const };
  const at = `${today}T07:30:00Z`;
  return [
    inventCase({ person, accession: 'ASH28000001', text: 'FINDINGS: Small pleural effusion.', finding: CANNOT_SAY, reportedAt: at, state: 'closed' }),
    ...[2, 3, 4].map((n) =>
      inventCase({
        person: { ...person, id: `C300000${n}`, given: ['Ruth', 'Sidney', 'Thelma'][n - 2] ?? 'Ruth' },
        accession: `ASH2800000${n}`,
        text: 'FINDINGS: Normal.',
        finding: null,
        reportedAt: at,
        state: 'parked',
        stopped: {
          code: n === 4 ? 'PATIENT_NOT_FOUND' : 'IMAGES_AMBIGUOUS',
          text: n === 4 ? 'no patient with this number' : 'two studies share the accession number',
        },
      }),
    ),
  ];
}
