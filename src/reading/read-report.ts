/** Reads a radiology report: every statement about vertebral fracture and what bears on it, and the report's word as a whole. */
import type { Reading, Statement } from '#src/case/reading.ts';
import { BONE_BIT, findBones } from './anatomy.ts';
import { checkReport } from './checks.ts';
import { BONE_LESION, CANCER, LOW_ENERGY } from './concepts.ts';
import { MENTION_BITS } from './find-mentions.ts';
import { carryOver } from './follow-on.ts';
import { findLevels, LEVEL_BIT } from './levels.ts';
import { narrowUnseen } from './not-imaged.ts';
import { endPreamble } from './preamble.ts';
import { readSentence, type Said } from './read-sentence.ts';
import { findSentences } from './sentences.ts';
import { tokenise } from './tokens.ts';
import { followTopic } from './topic.ts';
import { verdictOf, whatStands } from './verdict.ts';
import { opensIn } from './vocabulary.ts';

/** Version of the grammar: changes whenever the same text may be read differently. */
export const GRAMMAR = '1.5.6';

const NONE: readonly never[] = [];

/**
 * Reads the text of one report. Pure and linear in the length of the text; any string is accepted. Spans are UTF-16 offsets into `text`.
 */
export function readReport(text: string): Reading {
  const tokens = tokenise(text);
  const sentences = endPreamble(tokens, findSentences(tokens));
  // What the words of each sentence can open at all: most sentences name no level, and many no bone and nothing that is looked for.
  const opens = sentences.map(({ first, last }) => opensIn(tokens.word, first, last));
  const can = (index: number, bits: number): boolean => ((opens[index] ?? 0) & bits) !== 0;
  const levels = sentences.map(({ first, last }, index) => (can(index, LEVEL_BIT) ? findLevels(tokens, first, last) : NONE));
  const bones = sentences.map(({ first, last }, index) =>
    can(index, LEVEL_BIT | BONE_BIT) ? findBones(tokens, first, last, levels[index] ?? NONE) : NONE,
  );
  const topic = followTopic(tokens, sentences, bones);
  const sayings = sentences.map((sentence, index) =>
    can(index, MENTION_BITS)
      ? readSentence(tokens, sentence, {
          opens: opens[index] ?? 0,
          levels: levels[index] ?? NONE,
          bones: bones[index] ?? NONE,
          surroundings: topic[index] ?? 'unknown',
        })
      : NONE,
  );
  const all: Said[] = [];
  const joined = carryOver(tokens, sentences, sayings, levels);
  for (const sentence of narrowUnseen(tokens, sentences, joined, (index) => can(index, BONE_BIT))) for (const said of sentence) all.push(said);
  const standing = whatStands(all);
  const verdict = verdictOf(all, standing);
  const present = [...standing.fractures, ...standing.shapes].map((said) => said.statement);
  return {
    statements: all.map((said) => said.statement),
    ...verdict,
    advice: all.some((said) => said.reported && said.statement.target === 'advice' && said.statement.certainty === 'affirmed'),
    redFlag: all.some(({ statement }) => isRedFlag(statement)),
    cancerHistory: all.some(({ statement }) => isCancer(statement)),
    trauma: all.some(({ statement }) => isOurs(statement, 'trauma') && statement.certainty === 'affirmed' && statement.concept !== LOW_ENERGY),
    mimic: hasMimic(all, standing.fractures),
    treated: all.some(({ statement }) => isOurs(statement, 'treated') && statement.certainty === 'affirmed'),
    newOrProgressed: present.some((statement) => ['new', 'progressed', 'acute'].includes(statement.acuity)),
    checks: checkReport(all, standing, verdict),
    grammar: GRAMMAR,
  };
}

const isOurs = (statement: Statement, target: Statement['target']): boolean => statement.target === target && statement.who === 'patient';

/** A doubtful red flag counts too: a fracture that may be a metastasis must not go to the fracture liaison service unread. */
function isRedFlag(statement: Statement): boolean {
  if (!isOurs(statement, 'red-flag') || statement.concept === CANCER || statement.concept === BONE_LESION) return false;
  return statement.certainty === 'affirmed' || (statement.certainty === 'uncertain' && statement.section !== 'history');
}

function isCancer(statement: Statement): boolean {
  return isOurs(statement, 'red-flag') && statement.certainty === 'affirmed' && ['metastasis', 'myeloma', CANCER].includes(statement.concept);
}

/** A mimic that may stand for the fracture: none when a certain fracture is stated at a level that no mimic shares. */
function hasMimic(all: readonly Said[], fractures: readonly Said[]): boolean {
  const mimics = all
    .filter(({ statement, explained }) => (isOurs(statement, 'mimic') && statement.certainty === 'affirmed') || explained)
    .map(({ statement }) => statement);
  if (mimics.length === 0) return false;
  const certain = fractures.filter(({ statement }) => statement.certainty === 'affirmed').map(({ statement }) => statement);
  if (certain.length === 0) return true;
  return certain.every(
    (fracture) => fracture.levels.length > 0 && fracture.levels.every((level) => mimics.some((mimic) => mimic.levels.includes(level))),
  );
}
