/** The truth of a made year, report by report: seeded, so that the same options give the same year on every machine. */
import { LEVELS, type Level } from '#src/case/vertebra.ts';
import { dicomUidFrom } from '#test/hospital/phantom/dicom-uid-from.ts';
import { randomStream } from '#test/hospital/phantom/random.ts';
import { type Answered, type Beside, type Says, SITES, type Site, type TrueFracture, type YearOptions, type YearTruth } from './year-options.ts';
import { yearPerson } from './year-people.ts';

type Random = () => number;
const DAY_MS = 86_400_000;
const pick = <T>(list: readonly T[], random: Random): T => list[Math.floor(random() * list.length)] as T;

export function* yearTruths(options: YearOptions): Generator<YearTruth> {
  for (let n = 0; n < options.reports; n++) yield yearTruth(options, n);
}

function yearTruth(options: YearOptions, n: number): YearTruth {
  // One stream a report: the first hundred reports of a long year are those of a short one with the same days between them.
  const random = randomStream(Math.imul(options.seed + 1, 2_654_435_761) ^ Math.imul(n + 1, 2_246_822_519));
  const day = Math.floor((n * options.days) / options.reports);
  const examined = new Date(Date.parse(`${options.from}T00:00:00Z`) + day * DAY_MS + (8 * 60 + Math.floor(random() * 600)) * 60_000);
  const reported = new Date(examined.getTime() + 2 * 3_600_000);
  const before = cameBefore(options, n, random);
  const site = before?.site ?? (SITES[[0, 0, 1, 2, 2, 3][Math.floor(random() * 6)] as number] as Site);
  const phase = options.intervention !== null && reported.toISOString().slice(0, 10) >= options.intervention ? 'after' : 'before';
  const fresh = yearPerson(site, n, ageOf(random), examined.toISOString().slice(0, 10), random);
  const { person, address } = before ?? fresh;
  const ageYears = yearsBetween(person.birthDate, examined.toISOString().slice(0, 10));
  const scanner = pick(site.scanners, random);
  const about = scanner.modality === 'CT' ? pick(CT_EXAMINATIONS, random) : X_RAY;
  const own = fracturesOf(ageYears, about.view, random);
  const fractures = before ? before.fractures.filter((one) => between(about.view).includes(one.level)) : own;
  const measured = random() >= (scanner.modality === 'CT' ? 0.04 : 0.1);
  const falsePositive =
    fractures.length === 0 && measured && random() < 0.02 ? { level: pick(between(about.view), random), grade: 2 as const, lossPercent: 28 } : null;
  const worst = Math.max(0, ...fractures.map((one) => one.grade));
  const works = phase === 'after' && site.arm === 'intervention';
  const drift = (options.drift * day) / 365;
  const says = saysOf(worst, (works ? options.stated.after : options.stated.before) + drift, random);
  const advice = says === 'stated' && random() < (works ? options.advice.after : options.advice.before) + drift;
  const answered: Answered = works ? pick(['accepted', 'accepted', 'done', 'done', 'done', 'declined', 'none'] as const, random) : 'none';
  return {
    n,
    site,
    phase,
    accession: `${site.prefix}${options.from.slice(2, 4)}${String(n + 1).padStart(7, '0')}`,
    person,
    address,
    ageYears,
    examinedAt: examined.toISOString(),
    reportedAt: reported.toISOString(),
    modality: scanner.modality,
    scanner,
    ...about,
    fractures,
    measured,
    falsePositive,
    says,
    advice,
    beside: besideOf(says, random),
    boneDrug: random() < 0.1,
    openReferral: random() < 0.03,
    answered,
    declineReason: answered === 'declined' ? pick(['cancer-assessment', 'known-to-bone-service', 'dependency', 'terminal-illness'], random) : null,
    reviewed: falsePositive !== null || (works && random() < 0.9),
    hasImages: scanner.modality === 'CT' && measured && random() < options.imageShare,
    studyInstanceUid: dicomUidFrom(`made year ${options.seed} ${n}`),
  };
}

/** One report in nine is of a person who was examined before: the same patient, the same fractures as far as they are in view. */
function cameBefore(options: YearOptions, n: number, random: Random): YearTruth | null {
  const draw = random();
  if (n % 9 !== 8) return null;
  const earlier = n - 5 - 9 * Math.floor(draw * Math.min(400, n / 9));
  return yearTruth(options, Math.max(earlier, earlier % 9));
}

function yearsBetween(birthDate: string, day: string): number {
  return Number(day.slice(0, 4)) - Number(birthDate.slice(0, 4)) - (day.slice(5) < birthDate.slice(5) ? 1 : 0);
}

interface Examination {
  readonly procedure: YearTruth['procedure'];
  readonly bodyPart: string;
  readonly view: YearTruth['view'];
}

const CT_EXAMINATIONS: readonly Examination[] = [
  { procedure: { code: 'CCHES', text: 'CT chest' }, bodyPart: 'CHEST', view: ['T4', 'L1'] },
  { procedure: { code: 'CABPC', text: 'CT abdomen and pelvis with contrast' }, bodyPart: 'ABDOMEN', view: ['T10', 'L5'] },
  { procedure: { code: 'CTAPC', text: 'CT chest abdomen and pelvis with contrast' }, bodyPart: 'CHEST', view: ['T4', 'L5'] },
];
const X_RAY: Examination = { procedure: { code: 'XTHLS', text: 'XR thoracolumbar spine lateral' }, bodyPart: 'SPINE', view: ['T7', 'L5'] };

function between([from, to]: readonly [Level, Level]): readonly Level[] {
  return LEVELS.slice(LEVELS.indexOf(from), LEVELS.indexOf(to) + 1);
}

/** Adults who are scanned: most between 50 and 85, one in eight younger. */
function ageOf(random: Random): number {
  if (random() < 0.125) return 18 + Math.floor(random() * 32);
  return Math.round(45 + ((random() + random() + random()) / 3) * 50);
}

/** Share of scans with a vertebral fracture by age; the order of RCR's national audit (21.7 % of patients over 70), made smaller for the young. */
const FRACTURED: readonly (readonly [fromYears: number, share: number])[] = [
  [85, 0.42],
  [75, 0.32],
  [65, 0.2],
  [50, 0.1],
  [0, 0.02],
];

function fracturesOf(ageYears: number, view: readonly [Level, Level], random: Random): readonly TrueFracture[] {
  const share = FRACTURED.find(([from]) => ageYears >= from)?.[1] ?? 0;
  if (random() >= share) return [];
  const levels = between(view).toSorted(() => random() - 0.5);
  const count = random() < 0.7 ? 1 : random() < 0.75 ? 2 : 3;
  return levels
    .slice(0, count)
    .map((level): TrueFracture => {
      const draw = random();
      const grade = draw < 0.3 ? 1 : draw < 0.74 ? 2 : 3;
      const [low, high] = { 1: [20.5, 24.5], 2: [26, 39], 3: [41, 58] }[grade] as [number, number];
      return { level, grade, lossPercent: Math.round(10 * (low + random() * (high - low))) / 10 };
    })
    .toSorted((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
}

function saysOf(worst: number, share: number, random: Random): Says {
  const draw = random();
  if (worst === 0) return draw < 0.45 ? 'denied' : 'silent';
  if (draw < (worst >= 2 ? share : 0.55 * share)) return 'stated';
  const rest = random();
  return rest < 0.6 ? 'silent' : rest < 0.8 ? 'ambiguous' : 'denied';
}

function besideOf(says: Says, random: Random): Beside {
  const draw = random();
  if (says === 'stated') return draw < 0.02 ? 'metastasis' : draw < 0.04 ? 'trauma' : 'nothing';
  return draw < 0.03 ? 'rib-fracture' : draw < 0.05 ? 'schmorl' : 'nothing';
}
