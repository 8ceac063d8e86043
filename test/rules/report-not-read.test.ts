/** A report whose words are only in a document (PDF): the images still reach a person, and nowhere is the report said to be silent, to deny or to lack anything. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AuditCase } from '#src/case/audit-figures.ts';
import type { BackloadFacts } from '#src/case/backload-figures.ts';
import type { CardChoice, CardContext } from '#src/case/card.ts';
import type { Case, CaseFacts } from '#src/case/case.ts';
import type { StudyFinding } from '#src/case/finding.ts';
import { loadPolicy } from '#src/load-policy.ts';
import { MEASURES } from '#src/measure/audit-measures.ts';
import { notRead } from '#src/reading/not-read.ts';
import { backloadFigures } from '#src/rules/backload-figures.ts';
import { chooseCard } from '#src/rules/choose-card.ts';
import { explain } from '#src/rules/explain.ts';
import { needsReferral } from '#src/rules/needs-referral.ts';
import type { Policy } from '#src/rules/policy.ts';
import { letterWords } from '#src/systems/fhir/letter-words.ts';
import { readingWords } from '#src/web/pages/case-page.ts';
import { questionWords } from '#src/web/review/review-list.ts';
import { reportWords } from '#src/web/words.ts';
import { known, makeAnswer, makeCase, makeFinding, makeHistory, makeVertebra } from '#test/fakes/make-case.ts';
import { makeReport } from '#test/fakes/make-report.ts';

const policy = loadPolicy();
const TODAY = '2026-11-23';
/** What may be said of no report that nobody has read. */
const ACCUSES =
  /missed|silent|does not (mention|state|say)|not (stated|mentioned|in the report)|says? (that there is )?none|no advice|denie|disagree|gap/i;

function decided(changes: Partial<Omit<CaseFacts, 'reading'>>, by: Policy = policy): Case {
  const facts = { report: makeReport({ text: '' }), reading: notRead(), finding: makeFinding(), history: makeHistory(), answers: [], ...changes };
  const decision = needsReferral({ ...facts, today: TODAY, reportVersion: 1 }, by);
  return { ...makeCase({ ...facts, decision }), state: 'written' };
}

const says = ({ facts: { decision } }: Case) => [decision?.rule, decision?.outcome, decision?.priority];
const because = ({ facts: { decision } }: Case): string => decision?.because.map((one) => one.text).join(' ') ?? '';

describe('the decision', () => {
  test('a measured fracture is asked about: grade 2 and more soon, grade 1 and what is not sure with low priority', () => {
    assert.deepEqual(says(decided({ finding: makeFinding({ L1: 3 }) })), ['R07', 'clarification', 'routine']);
    assert.deepEqual(says(decided({ finding: makeFinding({ L1: 2 }) })), ['R07', 'clarification', 'routine']);
    assert.deepEqual(says(decided({ finding: makeFinding({ L1: 1 }) })), ['R07', 'clarification', 'low']);
    const vertebrae = [...makeFinding().vertebrae.slice(1), makeVertebra('T5', 2, { state: 'indeterminate', levelText: 'T5' })];
    const unsure = decided({ finding: makeFinding({}, { vertebrae }) });
    assert.deepEqual(says(unsure), ['R07', 'clarification', 'low']);
    for (const one of [decided({ finding: makeFinding({ L1: 2 }) }), unsure]) assert.match(because(one), /text could not be read by Backstop/);
  });

  test('no fracture on the images, or none that could be judged, is "cannot say" and never "nothing to do"', () => {
    const none = decided({});
    assert.deepEqual(says(none), ['R99', 'exception', null]);
    assert.match(because(none), /what it says is not known; the model sees no fracture from T4 to L4|the model sees no fracture from/);
    const finding: StudyFinding = { state: 'cannot-say', reason: 'too-few-vertebrae', detail: 'x', vertebrae: [], models: [] };
    assert.deepEqual(says(decided({ finding })), ['R99', 'exception', null]);
    assert.match(because(decided({ finding })), /could not be read by Backstop, and the images cannot say: too few vertebrae/);
    const density = { level: 'L1', hu: 70 } as never;
    const suggesting = { ...policy, suggestLowDensity: true };
    assert.equal(says(decided({ finding: makeFinding({}, { density }) }, suggesting))[0], 'R99', 'R17 needs a report that states none');
  });

  test('a red flag on the problem list makes the question urgent', () => {
    const subject = decided({ finding: makeFinding({ L1: 2 }), history: makeHistory({ redFlagProblems: known(['Metastasis']) }) });
    assert.deepEqual(says(subject), ['R03', 'clarification', 'urgent']);
    assert.match(because(subject), /could not be read by Backstop, so a radiologist looks first, urgently/);
  });

  test('confirmed by a radiologist it is referred, and the report is charged with no gap; refuted it is nothing', () => {
    const confirmed = decided({ finding: makeFinding({ L1: 2 }), answers: [makeAnswer('finding-confirmed')] });
    assert.deepEqual([...says(confirmed).slice(1, 2), confirmed.facts.decision?.careGap], ['refer', false]);
    assert.match(because(confirmed), /whether it gives advice is not known/);
    assert.deepEqual(says(decided({ finding: makeFinding({ L1: 2 }), answers: [makeAnswer('finding-refuted')] })).slice(0, 2), ['R99', 'nothing']);
  });
});

describe('the words', () => {
  const context: CardContext = {
    hook: 'patient-view',
    userType: 'clinician',
    today: TODAY,
    patient: { birthDate: null, deceased: false },
    planned: [],
    siteOrderCodes: [],
    alertsFromModelAlone: true,
  };
  const asked = decided({ finding: makeFinding({ L1: 2 }) });
  const confirmed = decided({ finding: makeFinding({ L1: 2 }), answers: [makeAnswer('finding-confirmed')] });
  const cardOf = (subject: Case, alertsFromModelAlone: boolean) =>
    chooseCard([{ caseId: subject.id, version: 1, state: subject.state, facts: subject.facts }], { ...context, alertsFromModelAlone });

  const spoken = (card: CardChoice | null): string =>
    [card?.summary, ...(card?.paragraphs ?? []).map((one) => one.text), card?.suggestion?.label].join(' ');

  test('no card before a person has looked, unless the policy allows it: then as possible, without a referral', () => {
    assert.equal(cardOf(asked, false), null);
    const card = cardOf(asked, true);
    assert.deepEqual([card?.kind, card?.suggestion?.what], ['unconfirmed-fracture', 'review']);
    assert.match(card?.summary ?? '', /^Possible .*: report text not readable by Backstop, not yet confirmed by a radiologist$/);
    assert.doesNotMatch(spoken(card), ACCUSES);
  });

  test('the card of a confirmed one offers the referral and says that the text was not read', () => {
    const card = cardOf(confirmed, false);
    assert.deepEqual([card?.kind, card?.suggestion?.what, card?.rules.includes('R15')], ['report-not-read', 'refer', false]);
    assert.ok((card?.summary.length ?? 999) <= 139, card?.summary);
    assert.match(
      card?.paragraphs[1]?.text ?? '',
      /^The report's text could not be read by Backstop.*A radiologist has since confirmed a fracture\.$/,
    );
    assert.doesNotMatch(spoken(card), ACCUSES);
  });

  test('letter, case page, lists and explanation', () => {
    const letter = JSON.stringify(letterWords(confirmed, '0.1.0'));
    assert.match(letter, /Its text could not be read by this software/);
    assert.doesNotMatch(letter, ACCUSES);
    assert.match(String(readingWords(asked)), /could not be read by Backstop/);
    assert.match(questionWords({ decision: asked.facts.decision, reading: asked.facts.reading }), /could not be read, so not compared/);
    assert.equal(reportWords(asked.facts.reading), 'text could not be read');
    const from = explain(asked).filter((line) => line.startsWith('  report '));
    assert.deepEqual(from.slice(1), [
      '  report says: not known: its text could not be read (text, grammar ' + notRead().grammar + ')',
      '  report advises: not known',
      '  report also: not known',
    ]);
  });
});

describe('the figures', () => {
  test('counts apart in the audit, and in no measure of what reports say', () => {
    const { facts } = decided({ finding: makeFinding({ L1: 2 }) });
    const one = { ...facts, referral: 'proposed' } as unknown as AuditCase;
    const of = (id: string) => MEASURES.find((measure) => measure.id === id)?.of(one, { today: TODAY, again: new Set() });
    assert.equal(of('B8'), true);
    for (const { id } of MEASURES.filter((measure) => /^M[123]\b/.test(measure.id))) assert.equal(of(id), null, id);
    assert.equal(
      MEASURES.find(({ id }) => id === 'B8')?.of({ ...one, reading: { ...notRead(), fracture: 'silent' } }, { today: TODAY, again: new Set() }),
      false,
    );
  });

  test('and in the backload: no missed fracture, no missing advice', () => {
    const vertebra = { level: 'L1', levelText: 'L1', state: 'graded', grade: 2, gradeText: '2', percent: 45 } as const;
    const finding = { state: 'measured', worstGrade: 2, modality: 'CT', scanner: null, models: [], vertebrae: [vertebra] } as const;
    const { statements: _, ...reading } = notRead();
    const one: BackloadFacts = {
      person: 'p',
      source: 's',
      authority: '',
      ageYears: 80,
      sex: 'female',
      reading,
      finding,
      decision: null,
      stopped: null,
    };
    const figures = backloadFigures([one], '2026-01-01', '2026-02-01');
    assert.deepEqual(
      [figures.stated, figures.advised],
      [
        { hits: 0, of: 0 },
        { hits: 0, of: 0 },
      ],
    );
    assert.deepEqual(figures.agreement.find((row) => row.says === 'not-read')?.byGrade, [0, 0, 1, 0]);
    for (const line of figures.whatIf) assert.deepEqual([line.notStated, line.statedWithoutAdvice], [0, 0]);
    assert.equal(figures.whatIf[0]?.patients, 1);
  });
});
