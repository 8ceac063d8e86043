/** The six sample studies: who, which phantom, what the radiologist wrote, and by which rule the case must end. */
import type { PhantomParameters } from '#test/hospital/phantom/parameters.ts';
import type { Person } from './people.ts';

export interface SampleStudy {
  readonly id: string;
  /** Folder under test/stories. */
  readonly story: string;
  readonly accession: string;
  /** YYYY-MM-DD */
  readonly date: string;
  readonly time: string;
  readonly person: Person;
  readonly procedure: { readonly code: string; readonly text: string };
  readonly bodyPart: string;
  readonly kernel: string | readonly string[];
  readonly phantom: PhantomParameters;
  /** A series beside the one that should be chosen. */
  readonly beside?: 'scout' | 'sharp';
  /** Where the message tells the Study Instance UID. */
  readonly studyUidIn: 'ZDS' | 'OBX' | 'nowhere';
  readonly report: readonly string[];
  readonly expected: {
    readonly state: string;
    readonly rule: string;
    readonly outcome: string;
    readonly fracture: 'stated' | 'uncertain' | 'denied' | 'silent';
    readonly careGap: boolean;
    readonly card: boolean;
  };
}

const FIELD = { columns: 150, rows: 150, pixelMm: 1.1, sliceMm: 1.5, noiseHu: 6.5 } as const;

export const SAMPLE_STUDIES: readonly SampleStudy[] = [
  {
    id: 's01',
    story: '01-missed-fracture',
    accession: 'ASH26110101',
    date: '2026-11-09',
    time: '091500',
    person: { id: 'A1004471', family: 'Holloway', given: 'Margaret', birthDate: '1954-03-14', sex: 'female' },
    procedure: { code: 'CABPC', text: 'CT abdomen and pelvis with contrast' },
    bodyPart: 'ABDOMEN',
    kernel: ['Br38f', '3'],
    phantom: {
      ...FIELD,
      seed: 101,
      sex: 'female',
      from: 'T9',
      to: 'S1',
      trabecularHu: 82,
      contrast: true,
      wear: 0.4,
      aorticCalcification: true,
      kyphosisDegrees: 42,
      fractures: [{ level: 'T12', shape: 'wedge', lossPercent: 35, denseBand: false }],
    },
    beside: 'scout',
    studyUidIn: 'ZDS',
    report: [
      'CLINICAL HISTORY: Left iliac fossa pain for five days, raised CRP. ?diverticulitis',
      'TECHNIQUE: Portal venous phase CT of the abdomen and pelvis after 90 ml of intravenous contrast.',
      'FINDINGS: Short segment of thickened sigmoid colon with adjacent fat stranding. No collection and no free gas.',
      'The liver, gallbladder, spleen, pancreas, adrenals and kidneys are unremarkable. Calcified abdominal aorta of normal calibre.',
      'No enlarged lymph nodes. The lung bases are clear.',
      'CONCLUSION: Uncomplicated sigmoid diverticulitis.',
    ],
    expected: { state: 'written', rule: 'R05', outcome: 'radiologist-review', fracture: 'silent', careGap: false, card: false },
  },
  {
    id: 's02',
    story: '02-reported-with-advice',
    accession: 'ASH26110102',
    date: '2026-11-10',
    time: '140500',
    person: { id: 'A1002218', family: 'Whitcombe', given: 'James', birthDate: '1957-08-02', sex: 'male' },
    procedure: { code: 'CCHES', text: 'CT chest' },
    bodyPart: 'CHEST',
    kernel: 'B30f',
    phantom: {
      ...FIELD,
      seed: 202,
      sex: 'male',
      from: 'T3',
      to: 'T12',
      trabecularHu: 104,
      wear: 0.6,
      kyphosisDegrees: 44,
      fractures: [{ level: 'T8', shape: 'wedge', lossPercent: 32 }],
    },
    beside: 'sharp',
    studyUidIn: 'nowhere',
    report: [
      'CLINICAL HISTORY: Chronic cough, ex-smoker.',
      'TECHNIQUE: Unenhanced CT of the chest.',
      'FINDINGS: Mild centrilobular emphysema in the upper zones. No nodule or consolidation. No pleural effusion.',
      'Vertebral fracture of T8, moderate (grade 2), with 32 % loss of anterior height. No feature of a pathological fracture.',
      'The other vertebral bodies in view are of normal height.',
      'CONCLUSION: 1. Mild emphysema. 2. Moderate osteoporotic vertebral fracture of T8.',
      'Recommend referral to the fracture liaison service for assessment of osteoporosis.',
    ],
    expected: { state: 'written', rule: 'R14', outcome: 'refer', fracture: 'stated', careGap: false, card: true },
  },
  {
    id: 's03',
    story: '03-reported-without-advice',
    accession: 'ASH26110103',
    date: '2026-11-11',
    time: '103000',
    person: { id: 'A1000093', family: 'Langford', given: 'Edith', birthDate: '1946-01-20', sex: 'female' },
    procedure: { code: 'CTLSP', text: 'CT lumbar spine without contrast' },
    bodyPart: 'LSPINE',
    kernel: 'STANDARD',
    phantom: {
      ...FIELD,
      seed: 303,
      sex: 'female',
      from: 'T11',
      to: 'S1',
      bodyScale: 0.96,
      trabecularHu: 64,
      wear: 0.9,
      aorticCalcification: true,
      scoliosisMm: 6,
      fractures: [
        { level: 'T12', shape: 'wedge', lossPercent: 33 },
        { level: 'L2', shape: 'biconcave', lossPercent: 34, denseBand: false },
      ],
    },
    studyUidIn: 'OBX',
    report: [
      'EXAM: CT LUMBAR SPINE WITHOUT CONTRAST',
      'INDICATION: 80-year-old female with low back pain.',
      'FINDINGS: There is a moderate anterior compression fracture of T12. There is a moderate biconcave compression fracture of L2.',
      'No retropulsion. Multilevel degenerative disc disease and facet arthropathy. Atherosclerotic calcification of the aorta.',
      'IMPRESSION: 1. Compression fractures of T12 and L2, age indeterminate. 2. Multilevel degenerative changes.',
    ],
    expected: { state: 'written', rule: 'R13', outcome: 'refer', fracture: 'stated', careGap: true, card: true },
  },
  {
    id: 's04',
    story: '04-normal-spine',
    accession: 'ASH26110104',
    date: '2026-11-12',
    time: '160000',
    person: { id: 'A1007730', family: 'Raman', given: 'Priya', birthDate: '1963-05-09', sex: 'female' },
    procedure: { code: 'CKUB', text: 'CT kidneys, ureters and bladder' },
    bodyPart: 'ABDOMEN',
    kernel: 'FC08',
    phantom: { ...FIELD, seed: 404, sex: 'female', from: 'T10', to: 'S1', trabecularHu: 158, wear: 0.2, scoliosisMm: 4, lordosisDegrees: 42 },
    studyUidIn: 'ZDS',
    report: [
      'CLINICAL HISTORY: Right loin pain, microscopic haematuria.',
      'FINDINGS: 4 mm calculus in the distal right ureter with mild hydronephrosis. No other renal or ureteric stone.',
      'Bones: no vertebral fracture. No aggressive bone lesion.',
      'CONCLUSION: Obstructing distal right ureteric calculus.',
    ],
    expected: { state: 'written', rule: 'R99', outcome: 'nothing', fracture: 'denied', careGap: false, card: false },
  },
  {
    id: 's05',
    story: '05-pathological-fracture',
    accession: 'ASH26110105',
    date: '2026-11-13',
    time: '113000',
    person: { id: 'A1003356', family: 'Achterberg', given: 'Robert', birthDate: '1958-11-30', sex: 'male' },
    procedure: { code: 'CTAPS', text: 'CT abdomen and pelvis, staging' },
    bodyPart: 'ABDOMEN',
    kernel: ['I30f', '2'],
    phantom: {
      ...FIELD,
      seed: 505,
      sex: 'male',
      from: 'T11',
      to: 'S1',
      trabecularHu: 128,
      contrast: true,
      wear: 0.5,
      fractures: [{ level: 'L2', shape: 'crush', lossPercent: 32, denseBand: false }],
      lyticLevels: ['L2'],
    },
    studyUidIn: 'nowhere',
    report: [
      'CLINICAL HISTORY: Prostate cancer, new back pain, rising PSA.',
      'FINDINGS: Lytic metastasis in the L2 vertebral body extending into the left pedicle with a pathological fracture of L2 and loss of height.',
      'Soft tissue bulges into the spinal canal. No other bone lesion. No visceral metastasis.',
      'CONCLUSION: Pathological fracture of L2 due to metastasis. Urgent discussion with the spinal team is advised.',
    ],
    expected: { state: 'written', rule: 'R03', outcome: 'urgent-to-referrer', fracture: 'stated', careGap: false, card: true },
  },
  {
    id: 's06',
    story: '06-under-50',
    accession: 'ASH26110106',
    date: '2026-11-16',
    time: '083000',
    person: { id: 'A1009915', family: 'Okafor', given: 'Daniel', birthDate: '1985-04-17', sex: 'male' },
    procedure: { code: 'CCHES', text: 'CT chest' },
    bodyPart: 'CHEST',
    kernel: 'B31f',
    phantom: {
      ...FIELD,
      seed: 606,
      sex: 'male',
      from: 'T5',
      to: 'L1',
      bodyScale: 1.08,
      trabecularHu: 176,
      offCentreMm: [6, -3],
      fractures: [{ level: 'T11', shape: 'wedge', lossPercent: 31 }],
    },
    studyUidIn: 'ZDS',
    report: [
      'CLINICAL HISTORY: Sarcoidosis on long-term prednisolone, follow-up of the lungs.',
      'FINDINGS: Stable perilymphatic nodules in the upper lobes. No new consolidation. No lymph node enlargement.',
      'Moderate wedge compression fracture of the T11 vertebral body.',
      'CONCLUSION: Stable pulmonary sarcoidosis. Vertebral compression fracture of T11.',
    ],
    expected: { state: 'written', rule: 'R09', outcome: 'specialist-advice', fracture: 'stated', careGap: false, card: true },
  },
];
