/** What the whole report says of vertebral fracture, after its addenda. */
import type { Reading, Statement } from '#src/case/reading.ts';
import { LEVELS, type Level } from '#src/case/vertebra.ts';
import type { Said } from './read-sentence.ts';

/** What still stands after the addenda: `fractures` in explicit words, `shapes` in ambiguous ones. */
export interface Standing {
  readonly fractures: readonly Said[];
  readonly shapes: readonly Said[];
}

export interface Verdict {
  readonly fracture: Exclude<Reading['fracture'], 'not-read'>;
  readonly ambiguousOnly: boolean;
  readonly levels: readonly Level[];
}

const isPresent = (statement: Statement): boolean => statement.certainty === 'affirmed' || statement.certainty === 'uncertain';

function counts(said: Said): boolean {
  const { statement } = said;
  return (
    said.reported &&
    statement.who === 'patient' &&
    statement.time === 'current' &&
    !said.explained &&
    (statement.target === 'vertebral-fracture' || statement.target === 'ambiguous-deformity')
  );
}

/** Does this denial take back that statement? A denial without a level is about all. */
function takesBack(denial: Statement, statement: Statement): boolean {
  return denial.levels.length === 0 || statement.levels.length === 0 || denial.levels.some((level) => statement.levels.includes(level));
}

/** The statements of presence that no addendum took back. The body is read first, then the addenda in order, wherever they stand. */
export function whatStands(all: readonly Said[]): Standing {
  const relevant = all.filter(counts);
  const body = relevant.filter((said) => said.statement.section !== 'addendum');
  const addenda = relevant.filter((said) => said.statement.section === 'addendum');
  let present = body.filter((said) => isPresent(said.statement));
  for (const said of addenda) {
    if (isPresent(said.statement)) present = [...present, said];
    else if (said.statement.certainty === 'denied' && said.statement.target === 'vertebral-fracture' && !said.narrow) {
      present = present.filter(
        (earlier) => earlier.statement.sentence.start === said.statement.sentence.start || !takesBack(said.statement, earlier.statement),
      );
    }
  }
  return {
    fractures: present.filter((said) => said.statement.target === 'vertebral-fracture'),
    shapes: present.filter((said) => said.statement.target === 'ambiguous-deformity'),
  };
}

/** The report's word. Stated beats uncertain, uncertain beats denied; a denial of acute or other fractures alone denies nothing. */
export function verdictOf(all: readonly Said[], standing: Standing): Verdict {
  const { fractures, shapes } = standing;
  const levels = LEVELS.filter((level) => [...fractures, ...shapes].some((said) => said.statement.levels.includes(level)));
  const ambiguousOnly = fractures.length === 0 && shapes.length > 0;
  if (fractures.some((said) => said.statement.certainty === 'affirmed')) return { fracture: 'stated', ambiguousOnly, levels };
  if (fractures.length > 0 || shapes.length > 0 || all.some((said) => counts(said) && said.implies))
    return { fracture: 'uncertain', ambiguousOnly, levels };
  const denied = all.some((said) => counts(said) && said.statement.certainty === 'denied' && !said.narrow);
  return { fracture: denied ? 'denied' : 'silent', ambiguousOnly: false, levels };
}
