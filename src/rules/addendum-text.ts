/** Words that a radiologist may copy into an addendum: level, grade, loss, and the advice that the RCR standard asks for. */
import type { Vertebra } from '../case/vertebra.ts';
import type { CountedFracture } from './which-fractures.ts';

const GRADE_WORDS = ['', 'mild (grade 1', 'moderate (grade 2', 'severe (grade 3'] as const;
const ADVICE = 'Recommend referral to the fracture liaison service for assessment of osteoporosis.';

/** `confirmed` are told as fractures; `seen` (the model alone) only when nothing is confirmed, and in brackets for the reader to judge. */
export function addendumText(confirmed: readonly CountedFracture[], seen: readonly Vertebra[]): string {
  const bracketed = confirmed.length === 0;
  const items = bracketed
    ? seen.map((v) => describe(v.levelText, v.grade, v.loss?.percent ?? null))
    : confirmed.map((f) => describe(f.level ?? '[level]', f.grade, f.lossPercent));
  const list = items.length > 0 ? items.join(', ') : '[level] [grade]';
  const first = bracketed
    ? `Vertebral fracture: [confirm or delete: ${list}].`
    : `Vertebral ${items.length > 1 ? 'fractures' : 'fracture'}: ${list}.`;
  return `${first} [New since / unchanged since DATE.] [No feature of a pathological fracture.] ${ADVICE}`;
}

function describe(level: string, grade: number | null, lossPercent: number | null): string {
  const words = grade === null ? undefined : GRADE_WORDS[grade];
  if (!words) return `${level} [grade]`;
  return `${level} ${words}${lossPercent === null ? '' : `, ${Math.round(lossPercent)} % height loss`})`;
}
