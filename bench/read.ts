/**
 * Report text to findings against one pass of the bare target expressions over the same text in the same run: what a reader without context,
 * sections and verdict would cost. `bare` is made from the grammar's own books; `stems` is the shorter one, written by hand, that this bench began with: it
 * lacks most of what is looked for, and its ratio is shown beside the other. Two texts of 100,000 characters: an ordinary report over and over, and the labelled reports one after
 * another (a statement in every thirty characters, as no report has).
 */
import { readReport } from '#src/reading/read-report.ts';
import { labelledReports } from '#test/reading/labelled.ts';
import { bareTargets } from './bare-targets.ts';
import { median } from './median.ts';

const LENGTH = 100_000;
const ROUNDS = 25;
/** Rounds that are not counted: in its first ones V8 still compiles what is measured. */
const WARM_ROUNDS = 40;

/** The commonest of the words that `readReport` looks for and of those that deny and doubt, as an expression written by hand. */
const STEMS = new RegExp(
  [
    String.raw`\b(?:(?:compression|wedge|crush|burst|insufficiency|fragility|osteoporotic|vertebral|pathological|chance)\s+)*(?:fractur\w*|fx|vcfs?)\b`,
    String.raw`\b(?:wedg\w+|deformit\w+|collaps\w+|biconcav\w+|vertebra plana|(?:loss of|reduced|decreased)\s+(?:\w+\s+){0,2}height|height loss|endplate (?:depression|irregularity))\b`,
    String.raw`\b(?:schmorl\w*|scheuermann\w*|limbus|h(?:a)?emangioma\w*|physiologic\w*|developmental)\b`,
    String.raw`\b(?:metasta\w+|lytic|myeloma|malignan\w+|discitis|osteomyelitis|lymphoma|carcinoma|cancer)\b`,
    String.raw`\b(?:fall|fell|rtc|mva|trauma|collision|vertebroplasty|kyphoplasty|cement)\b`,
    String.raw`\b(?:osteopor\w+|osteopeni\w+|demineral\w+|dxa|dexa|bone (?:mineral )?density|fracture liaison|fls|bones?|osseous|spine|vertebra\w*)\b`,
    String.raw`\b(?:[tdl]\s?-?\d{1,2}|(?:thoracic|lumbar|dorsal)\s+\w+)\b`,
    String.raw`\b(?:no|not|without|denies|negative for|possible|likely|probable|may|cannot|history of|previous|prior|if|rule out)\b`,
  ].join('|'),
  'gi',
);

const ORDINARY = `EXAM: CT abdomen and pelvis with contrast.
HISTORY: 74 year old woman with abdominal pain.
TECHNIQUE: Axial images with coronal and sagittal reformats.
COMPARISON: 12/03/2019.

FINDINGS:
The lung bases are clear. The liver is normal in size and attenuation, without focal lesion. The gallbladder, pancreas, spleen and adrenal
glands are unremarkable. There is a simple cyst of the left kidney measuring 2.3 cm. No hydronephrosis. The bowel is of normal calibre. The
appendix is normal. There is diverticulosis of the sigmoid colon without evidence of diverticulitis. No free fluid or free air. The bladder is
unremarkable. The aorta is calcified, of normal calibre. No enlarged lymph nodes.
Bones: Mild compression fracture of L1 with 25% loss of height, age indeterminate. Degenerative changes of the lumbar spine.

IMPRESSION:
1. No acute abnormality.
2. L1 compression fracture of indeterminate age.

`;

interface ReadFigures {
  /** Processor time, milliseconds: medians over the rounds, and the least. */
  readonly oursMs: number;
  readonly oursLeastMs: number;
  readonly bareMs: number;
  readonly bareLeastMs: number;
  readonly ratio: number;
  readonly stemsMs: number;
  readonly ratioToStems: number;
  readonly statements: number;
  readonly bareMatches: number;
  readonly stemMatches: number;
}

interface ReadBench {
  /** Ours over bare, of the ordinary report. */
  readonly ratio: number;
  readonly ordinary: ReadFigures;
  readonly dense: ReadFigures;
  readonly characters: number;
  readonly rounds: number;
}

export function benchRead(): ReadBench {
  const ordinary = measure(filled(ORDINARY));
  const dense = measure(
    filled(
      labelledReports()
        .map((row) => `${row.text}\n`)
        .join(''),
    ),
  );
  return { ratio: ordinary.ratio, ordinary, dense, characters: LENGTH, rounds: ROUNDS };
}

const filled = (text: string): string => text.repeat(Math.ceil(LENGTH / text.length)).slice(0, LENGTH);

const BARE = bareTargets();

function matchesOf(expression: RegExp, text: string): number {
  let matches = 0;
  for (const _ of text.matchAll(expression)) matches += 1;
  return matches;
}

/** Rounds interleaved, so that a busy machine is as busy for the one as for the other; ten before the counted ones. */
function measure(text: string): ReadFigures {
  const ours: number[] = [];
  const bare: number[] = [];
  const stems: number[] = [];
  let statements = 0;
  for (let round = -WARM_ROUNDS; round < ROUNDS; round += 1) {
    const oursMs = processorMs(() => {
      statements = readReport(text).statements.length;
    });
    const bareMs = processorMs(() => matchesOf(BARE, text));
    const stemsMs = processorMs(() => matchesOf(STEMS, text));
    if (round < 0) continue;
    ours.push(oursMs);
    bare.push(bareMs);
    stems.push(stemsMs);
  }
  const [oursMs, bareMs, stemsMs] = [median(ours), median(bare), median(stems)];
  return {
    oursMs,
    oursLeastMs: Math.min(...ours),
    bareMs,
    bareLeastMs: Math.min(...bare),
    ratio: oursMs / bareMs,
    stemsMs,
    ratioToStems: oursMs / stemsMs,
    statements,
    bareMatches: matchesOf(BARE, text),
    stemMatches: matchesOf(STEMS, text),
  };
}

/** The process's own time: the clock on the wall would count those who run beside us. */
function processorMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

if (import.meta.main) console.log(JSON.stringify(benchRead(), null, 2));
