/** The words of a report of the made year: what the truth says of it, in the ways in which radiologists write. */
import type { Grade } from '#src/case/vertebra.ts';
import type { YearTruth } from './year-options.ts';

const WORD: Readonly<Record<Grade, string>> = { 0: '', 1: 'mild', 2: 'moderate', 3: 'severe' };
const choose = <T>(list: readonly T[], n: number): T => list[n % list.length] as T;

/** Lines of the report, one OBX each. */
export function yearText(truth: YearTruth): readonly string[] {
  const { n, modality, procedure } = truth;
  const organs = modality === 'CT' ? choose(ORGANS, n) : 'Alignment is preserved.';
  return [
    `CLINICAL HISTORY: ${choose(HISTORY, n)}`,
    `TECHNIQUE: ${procedure.text}.`,
    `FINDINGS: ${organs}`,
    ...[spine(truth), beside(truth)].filter((line) => line !== ''),
    `CONCLUSION: ${conclusion(truth)}`,
    ...(truth.advice ? [choose(ADVICE, n)] : []),
  ];
}

const HISTORY = ['Cough for six weeks.', 'Abdominal pain, raised CRP.', 'Weight loss.', 'Back pain.', 'Shortness of breath.'];
const ORGANS = [
  'The lungs are clear. No pleural effusion. The heart is not enlarged.',
  'The liver, spleen, pancreas and kidneys are unremarkable. No free fluid.',
  'Mild emphysema in the upper zones. No nodule.',
  'Uncomplicated sigmoid diverticulosis. No enlarged lymph nodes.',
];
const ADVICE = [
  'Recommend referral to the fracture liaison service for assessment of osteoporosis.',
  'Suggest referral to the fracture liaison service.',
  'A DXA scan is advised.',
];

function spine(truth: YearTruth): string {
  const { n, fractures, says } = truth;
  const named = fractures.length > 0 ? fractures : [];
  if (says === 'stated') {
    return named
      .map(({ level, grade, lossPercent }) =>
        choose(
          [
            `${cap(WORD[grade])} vertebral fracture of ${level} (grade ${grade}), about ${Math.round(lossPercent)} % loss of height.`,
            `There is a ${WORD[grade]} compression fracture of ${level}.`,
            `Osteoporotic vertebral fracture of ${level}.`,
          ],
          n,
        ),
      )
      .join(' ');
  }
  if (says === 'ambiguous') return choose(['Loss of height of', 'Wedging of'], n) + ` ${named.map((one) => one.level).join(' and ')}.`;
  if (says === 'denied') return choose(['No vertebral fracture.', 'The vertebral bodies are of normal height, no fracture.'], n);
  return choose(['', 'Degenerative change of the spine.', ''], n);
}

function beside(truth: YearTruth): string {
  if (truth.beside === 'rib-fracture') return 'Old healed fracture of the left seventh rib.';
  if (truth.beside === 'metastasis') return 'Sclerotic bone metastases in the pelvis.';
  if (truth.beside === 'trauma') return 'Fall from a height of four metres; the fracture is acute.';
  if (truth.beside === 'schmorl') return 'Schmorl node at L3.';
  return '';
}

function conclusion(truth: YearTruth): string {
  if (truth.says === 'stated') return choose(['Vertebral fracture as described.', 'Compression fracture as above.'], truth.n);
  return choose(['No acute abnormality in the chest or abdomen.', 'No cause for the symptoms is seen.'], truth.n);
}

const cap = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
