/** Small phrases that the words of a card are made of. */
import type { FractureFacts } from './fracture-facts.ts';

export const GRADE_WORDS = ['no fracture', 'mild', 'moderate', 'severe'] as const;
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

/** "CT of 3 May 2026"; a month in words can't be misread. */
export function examination(fracture: Pick<FractureFacts, 'date' | 'modality'>): string {
  if (fracture.date === null) return fracture.modality;
  const [year, month, day] = fracture.date.split('-').map(Number);
  const name = MONTHS[(month ?? 0) - 1];
  return name === undefined || day === undefined ? `${fracture.modality} of ${fracture.date}` : `${fracture.modality} of ${day} ${name} ${year}`;
}

/** "Vertebral fracture L1 on CT of 3 May 2026", "Possible ..." without confirmation; more than three levels are counted. */
export function fracturePhrase(fracture: FractureFacts): string {
  const levels = fracture.levels;
  const where = levels.length > 3 ? `of ${levels.length} vertebrae (${levels[0]} to ${levels.at(-1)})` : joined(levels);
  return `${fracture.confirmed ? 'Vertebral' : 'Possible vertebral'} fracture${where === '' ? '' : ` ${where}`}`;
}

/** "L1", "T12 and L1", "T8, T12 and L1" */
export function joined(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
