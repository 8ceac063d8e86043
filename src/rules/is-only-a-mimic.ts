/** Is what the report calls a fracture only a look-alike (Scheuermann, Schmorl, limbus, developmental wedging)? */
import type { Statement } from '../case/reading.ts';
import type { DecisionFacts } from './decision-facts.ts';
import { fractureStatements } from './which-fractures.ts';

export type MimicAnswer = 'no' | 'yes' | 'cannot-say';

/**
 * 'yes' only when every level in question is also named by a look-alike (or shares its sentence). A Schmorl node at T10 never takes a
 * fracture of L1 away; where levels can't be compared the answer is 'cannot-say', which blocks nothing but is told.
 */
export function isOnlyAMimic(facts: Pick<DecisionFacts, 'reading' | 'history'>): MimicAnswer {
  const { reading, history } = facts;
  const mimics = reading.statements.filter((s) => s.target === 'mimic' && s.certainty === 'affirmed' && s.who === 'patient');
  const onProblemList = history?.mimicProblems.known === true && history.mimicProblems.value.length > 0;
  if (mimics.length === 0) return reading.mimic || onProblemList ? 'cannot-say' : 'no';
  const questioned = questionedStatements(facts);
  if (questioned.length === 0) return 'cannot-say';
  const answers = questioned.map((statement) => explained(statement, mimics));
  if (answers.every((answer) => answer === 'yes')) return 'yes';
  if (answers.includes('no')) return 'no';
  return answers.includes('cannot-say') ? 'cannot-say' : 'yes';
}

/** The fracture statements, or, where only ambiguous words are used, those. */
function questionedStatements(facts: Pick<DecisionFacts, 'reading'>): readonly Statement[] {
  const stated = fractureStatements(facts.reading);
  if (stated.length > 0) return stated;
  return facts.reading.statements.filter((s) => s.target === 'ambiguous-deformity' && s.certainty !== 'denied' && s.who === 'patient');
}

function explained(statement: Statement, mimics: readonly Statement[]): MimicAnswer {
  const levels = new Set(mimics.flatMap((mimic) => mimic.levels));
  if (statement.levels.length > 0 && levels.size > 0) return statement.levels.every((level) => levels.has(level)) ? 'yes' : 'no';
  const sameSentence = mimics.some((m) => m.sentence.start === statement.sentence.start && m.sentence.end === statement.sentence.end);
  if (statement.target === 'ambiguous-deformity' && sameSentence) return 'yes';
  return 'cannot-say';
}
