/** What a made hospital year can be asked for, and what is true of each of its reports. */
import type { Grade, Level } from '#src/case/vertebra.ts';
import type { Person } from '../samples/people.ts';

export interface YearOptions {
  readonly reports: number;
  readonly seed: number;
  /** YYYY-MM-DD, the first day. */
  readonly from: string;
  readonly days: number;
  /** YYYY-MM-DD: from this day on the sites of the intervention arm work with Backstop; null for never. */
  readonly intervention: string | null;
  /** Shares, 0 to 1: a fracture of grade 2 or 3 is stated; a stated one comes with advice. */
  readonly stated: { readonly before: number; readonly after: number };
  readonly advice: { readonly before: number; readonly after: number };
  /** What every site gains by itself in a year, in points of both shares (0.02 = two points). */
  readonly drift: number;
  /** Share of reports whose images are made as well (phantom CT). */
  readonly imageShare: number;
  /** Only what figures are made of: no messages, no versions of reports, of the time line when it was written, and no UIDs of slices. */
  readonly lean?: boolean;
}

export const DEFAULT_YEAR: YearOptions = {
  reports: 10_000,
  seed: 2025,
  from: '2025-01-01',
  days: 365,
  intervention: '2025-07-01',
  stated: { before: 0.77, after: 0.92 },
  advice: { before: 0.43, after: 0.88 },
  drift: 0,
  imageShare: 0,
};

export interface Site {
  /** Name of the source (the HL7 listener). */
  readonly name: string;
  /** Assigning authority of its patient numbers, MSH-4. */
  readonly authority: string;
  readonly prefix: string;
  readonly arm: 'intervention' | 'control';
  readonly scanners: readonly { readonly modality: 'CT' | 'CR'; readonly manufacturer: string; readonly model: string }[];
}

const scanner = (modality: 'CT' | 'CR', manufacturer: string, model: string) => ({ modality, manufacturer, model });

/** Four invented hospitals: two work with Backstop from the day of the intervention on, two never do. */
export const SITES: readonly Site[] = [
  {
    name: 'ashmore',
    authority: 'ASHMORE',
    prefix: 'ASH',
    arm: 'intervention',
    scanners: [
      scanner('CT', 'Invented Imaging', 'Phantom One'),
      scanner('CT', 'Invented Imaging', 'Phantom Two'),
      scanner('CR', 'Paperlight', 'Flat 3'),
    ],
  },
  {
    name: 'birchfield',
    authority: 'BIRCHFIELD',
    prefix: 'BIR',
    arm: 'intervention',
    scanners: [scanner('CT', 'Northlight', 'Spiral 64'), scanner('CR', 'Paperlight', 'Flat 2')],
  },
  { name: 'coldwater', authority: 'COLDWATER', prefix: 'COL', arm: 'control', scanners: [scanner('CT', 'Invented Imaging', 'Phantom One')] },
  {
    name: 'dunholm',
    authority: 'DUNHOLM',
    prefix: 'DUN',
    arm: 'control',
    scanners: [scanner('CT', 'Northlight', 'Spiral 64'), scanner('CR', 'Paperlight', 'Flat 3')],
  },
];

export interface TrueFracture {
  readonly level: Level;
  readonly grade: Grade;
  readonly lossPercent: number;
}

export type Says = 'stated' | 'ambiguous' | 'denied' | 'silent';
export type Beside = 'nothing' | 'rib-fracture' | 'metastasis' | 'trauma' | 'schmorl';
export type Answered = 'none' | 'accepted' | 'done' | 'declined';

/** The truth of one report: what is in the patient, what the report says of it, and what people did. */
export interface YearTruth {
  readonly n: number;
  readonly site: Site;
  readonly phase: 'before' | 'after';
  readonly accession: string;
  readonly person: Person;
  readonly address: string;
  readonly ageYears: number;
  /** ISO 8601, UTC. */
  readonly examinedAt: string;
  readonly reportedAt: string;
  readonly modality: 'CT' | 'CR';
  readonly scanner: Site['scanners'][number];
  readonly procedure: { readonly code: string; readonly text: string };
  readonly bodyPart: string;
  /** From and to of the field of view. */
  readonly view: readonly [Level, Level];
  readonly fractures: readonly TrueFracture[];
  /** The images could be measured; else nothing can be said of them. */
  readonly measured: boolean;
  /** The model saw this, and a radiologist refuted it. */
  readonly falsePositive: TrueFracture | null;
  readonly says: Says;
  readonly advice: boolean;
  readonly beside: Beside;
  readonly boneDrug: boolean;
  readonly openReferral: boolean;
  readonly answered: Answered;
  readonly declineReason: string | null;
  readonly reviewed: boolean;
  readonly hasImages: boolean;
  readonly studyInstanceUid: string;
}

/** Largest true grade; 0 without a fracture. */
export function trueGrade(truth: Pick<YearTruth, 'fractures'>): Grade {
  return Math.max(0, ...truth.fractures.map((one) => one.grade)) as Grade;
}
