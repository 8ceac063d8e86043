/** Parts a finding of several levels into one for each, where every level brings words of its own: "T9 grade 2 and T10 grade 1", "L3 not L2". */
import { type Detail, describePlace, type Window } from './describe-place.ts';
import type { LevelMention } from './levels.ts';
import type { Mention } from './mention.ts';
import type { Tokens } from './tokens.ts';
import { WordSet } from './word-set.ts';

/** Levels of a finding that share their words. */
export interface LevelGroup {
  readonly levels: readonly LevelMention[];
  readonly detail: Detail;
  /** "L3, not L2", "at L3 rather than L2": the finding is not there. */
  readonly denied: boolean;
}

const NOTHING: Detail = { grade: null, severity: null, lossPercent: null, acuity: 'unknown' };
const FIELDS = ['grade', 'severity', 'lossPercent', 'acuity'] as const;
const NOT_AT = new WordSet(['not', 'than', 'instead']);
const PLACING = new WordSet(['at', 'of', 'in', 'the', 'involving']);

const isSaid = (detail: Detail): boolean => FIELDS.some((field) => detail[field] !== NOTHING[field]);

/** Is the level one that the words set against another: "not L2", "rather than at L2", "instead of L2"? */
function isSetAgainst(tokens: Tokens, level: LevelMention, first: number): boolean {
  let at = level.first - 1;
  while (at > first && PLACING.holds(tokens, at)) at -= 1;
  if (at < first || !NOT_AT.holds(tokens, at)) return false;
  if (tokens.text[at] === 'than') return tokens.text[at - 1] === 'rather';
  return tokens.text[at] === 'instead' || at - first > 1;
}

/** What each level's own words say, those before it or those after it. */
function ownWords(tokens: Tokens, window: Window, levels: readonly LevelMention[], mention: Mention, after: boolean): Detail[] {
  return levels.map((level, index) => {
    const [before, next] = [levels[index - 1], levels[index + 1]];
    const from = after ? level.last : Math.max(before?.last ?? window.from, mention.last <= level.first ? mention.last : window.from);
    const to = after ? Math.min(next?.first ?? window.to, mention.first >= level.last ? mention.first : window.to) : level.first;
    return from < to ? describePlace(tokens, { from, to }) : NOTHING;
  });
}

/** Levels without words of their own go with the next that has some ("T6, T7 mild"), or with the one before ("mild T6, T7"). */
function grouped(levels: readonly LevelMention[], details: readonly Detail[], after: boolean): LevelGroup[] {
  const groups: LevelGroup[] = [];
  let waiting: LevelMention[] = [];
  for (const [index, level] of levels.entries()) {
    const detail = details[index] ?? NOTHING;
    const last = groups.at(-1);
    if (isSaid(detail)) {
      groups.push({ levels: [...waiting, level], detail, denied: false });
      waiting = [];
    } else if (after || last === undefined) waiting.push(level);
    else groups[groups.length - 1] = { ...last, levels: [...last.levels, level] };
  }
  const last = groups.at(-1);
  if (last !== undefined && waiting.length > 0) groups[groups.length - 1] = { ...last, levels: [...last.levels, ...waiting] };
  return groups;
}

/** The groups of a finding's levels, left to right; one group with the detail of the whole where the levels have no words of their own. */
export function eachLevel(tokens: Tokens, window: Window, mention: Mention, levels: readonly LevelMention[], whole: Detail): readonly LevelGroup[] {
  if (levels.length < 2) return [{ levels, detail: whole, denied: false }];
  const against = levels.filter((level) => isSetAgainst(tokens, level, window.from));
  const there = against.length === levels.length ? levels : levels.filter((level) => !against.includes(level));
  const groups = sharing(tokens, window, mention, there, whole);
  return against.length === 0 || there === levels ? groups : [...groups, { levels: against, detail: NOTHING, denied: true }];
}

function sharing(tokens: Tokens, window: Window, mention: Mention, levels: readonly LevelMention[], whole: Detail): readonly LevelGroup[] {
  const shared = [{ levels, detail: whole, denied: false }];
  const sides = [ownWords(tokens, window, levels, mention, false), ownWords(tokens, window, levels, mention, true)] as const;
  // "Severe fractures of T7 and T8", "T7 and T8 with 30 % loss": words at one end are everybody's. Words between the levels are of one of them.
  const between = [sides[0].slice(1), sides[1].slice(0, -1)] as const;
  if (levels.length < 2 || !between[0].some(isSaid)) return shared;
  const [leads, trails] = [isSaid(sides[0][0] ?? NOTHING), isSaid(sides[1].at(-1) ?? NOTHING)];
  if (leads === trails) return shared;
  const groups = grouped(levels, sides[trails ? 1 : 0], trails);
  if (groups.length < 2) return shared;
  // A kind of word that no level has of its own ("chronic fractures: T6 20 %, T8 35 %") is said of all.
  return groups.map((group) => ({
    ...group,
    detail: {
      grade: groups.some(({ detail }) => detail.grade !== null) ? group.detail.grade : whole.grade,
      severity: groups.some(({ detail }) => detail.severity !== null) ? group.detail.severity : whole.severity,
      lossPercent: groups.some(({ detail }) => detail.lossPercent !== null) ? group.detail.lossPercent : whole.lossPercent,
      acuity: groups.some(({ detail }) => detail.acuity !== 'unknown') ? group.detail.acuity : whole.acuity,
    },
  }));
}
