/** Which card is shown: by tables of cases, and properties over many. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { CardContext, CardKind, OverrideReason } from '#src/case/card.ts';
import type { CaseFacts, CaseState } from '#src/case/case.ts';
import type { StudyFinding } from '#src/case/finding.ts';
import type { Decision, Outcome } from '#src/case/referral.ts';
import type { Grade } from '#src/case/vertebra.ts';
import type { CardRow } from '#src/ports.ts';
import { chooseCard, kindOf } from '#src/rules/choose-card.ts';
import { isBoneOrder } from '#src/rules/is-bone-order.ts';
import { SNOOZE_DAYS, snoozeUntil } from '#src/rules/snooze-until.ts';
import { known, makeHistory, notKnown } from '#test/fakes/make-case.ts';
import { answer, CASE_B, decision, facts, measured, reading, row, unconfirmed, vertebra } from '#test/systems/cds-hooks/cases.ts';

const CONTEXT: CardContext = {
  hook: 'patient-view',
  userType: 'clinician',
  today: '2026-05-10',
  patient: { birthDate: '1948-02-11', deceased: false },
  planned: [],
  siteOrderCodes: [],
  alertsFromModelAlone: false,
};
const ALONE: CardContext = { ...CONTEXT, alertsFromModelAlone: true };
const kind = (rows: readonly CardRow[], context = CONTEXT): CardKind | null => chooseCard(rows, context)?.kind ?? null;
const decided = (over: Partial<Decision>, more: Partial<CaseFacts> = {}): CardRow => row({ decision: decision(over), ...more });
const cannotSay: StudyFinding = { state: 'cannot-say', reason: 'images-not-found', detail: 'no study', vertebrae: [], models: [] };

describe('the kind of card', () => {
  const table: [string, CardRow, CardKind | null][] = [
    ['R14, the report states it without advice', decided({}), 'reported-without-advice'],
    ['R14, the report gives advice', decided({ careGap: false }), 'referral-waiting'],
    ['R13, urgent', decided({ rule: 'R13', priority: 'urgent', veryHighRisk: true }), 'reported-without-advice'],
    [
      'confirmed by a radiologist, the report is silent',
      decided({ confirmedBy: 'radiologist' }, { reading: reading(), answers: [answer('finding-confirmed', '2026-05-05T10:00:00.000Z')] }),
      'missed-fracture',
    ],
    ['R11 on a bone drug', decided({ rule: 'R11', outcome: 'fracture-on-treatment' }), 'fracture-on-treatment'],
    ['R09 under 50', decided({ rule: 'R09', outcome: 'specialist-advice' }), 'under-50'],
    ['R04 a person checks first', decided({ rule: 'R04', outcome: 'human-check' }), 'check-first'],
    ['R03 red flag', decided({ rule: 'R03', outcome: 'urgent-to-referrer', priority: 'urgent' }), 'urgent'],
    ['R10 a referral is open', decided({ rule: 'R10', outcome: 'link-to-referral' }), null],
    ['R12 declined before', decided({ rule: 'R12', outcome: 'notify' }), null],
    ['R08 a look-alike', decided({ rule: 'R08', outcome: 'nothing' }), null],
    ['R00 exception', decided({ rule: 'R00', outcome: 'exception' }), null],
    ['R05 nobody has confirmed it', unconfirmed(), null],
    [
      'R99 nothing',
      decided({ rule: 'R99', outcome: 'nothing', confirmedBy: null }, { reading: reading(), finding: measured([vertebra('L1', 0)]) }),
      null,
    ],
    ['not decided', row({ decision: null }, { state: 'measured' }), null],
  ];
  for (const [name, subject, expected] of table) it(`${name}: ${expected ?? 'silence'}`, () => assert.equal(kind([subject]), expected));

  it('only a decided case speaks; one that is being read again is silent', () => {
    const speaks: CaseState[] = ['decided', 'written', 'answered'];
    const silent: CaseState[] = ['received', 'read', 'located', 'measured', 'parked', 'closed'];
    for (const state of speaks) assert.equal(kind([row({}, { state })]), 'reported-without-advice', state);
    for (const state of silent) assert.equal(kind([row({}, { state })]), null, state);
  });

  it('R05 with alerts from the model alone: grade 2 and more, as possible, with a second look and no referral', () => {
    const card = chooseCard([unconfirmed()], ALONE);
    assert.equal(card?.kind, 'unconfirmed-fracture');
    assert.match(card?.summary ?? '', /^Possible vertebral fracture L1 on CT of 3 May 2026: not in the report, not yet confirmed by a radiologist$/);
    assert.equal(card?.suggestion?.what, 'review');
    assert.doesNotMatch(JSON.stringify(card), /[Rr]efer to/);
    assert.equal(kind([unconfirmed({ finding: measured([vertebra('L1', 1)]) })], ALONE), null, 'grade 1 is for the radiologist only');
    assert.match(chooseCard([unconfirmed({ reading: reading({ fracture: 'denied' }) })], ALONE)?.summary ?? '', /the report says none/);
    const unclear = decision({ rule: 'R07', outcome: 'clarification', confirmedBy: null });
    const ambiguous = reading({ fracture: 'stated', ambiguousOnly: true, levels: ['L1'] });
    assert.match(chooseCard([row({ decision: unclear, reading: ambiguous })], ALONE)?.summary ?? '', /^Possible .* the report is unclear/);
    assert.equal(kind([unconfirmed({ answers: [answer('finding-refuted', '2026-05-06T10:00:00.000Z')] })], ALONE), null);
  });

  it('what a radiologist refuted has no kind, and a change of shape that a radiologist confirmed counts as missed', () => {
    assert.equal(kindOf(unconfirmed({ answers: [answer('finding-refuted', '2026-05-06T10:00:00.000Z')] }), ALONE), null);
    const ambiguous = reading({ fracture: 'stated', ambiguousOnly: true, levels: ['L1'] });
    const confirmed = decided(
      { confirmedBy: 'radiologist' },
      { reading: ambiguous, answers: [answer('finding-confirmed', '2026-05-05T10:00:00.000Z')] },
    );
    assert.equal(kind([confirmed]), 'missed-fracture');
    assert.match(chooseCard([confirmed], CONTEXT)?.paragraphs[1]?.text ?? '', /without calling it a fracture\. A radiologist has since confirmed/);
  });

  it('silence when the health record knew of a death that the chart does not tell', () => {
    const history = makeHistory({ deceased: known(true) });
    assert.equal(kind([row({ history })]), null);
    assert.equal(kind([row({ history: makeHistory({ deceased: notKnown }) })]), 'reported-without-advice');
  });

  it('a red flag in a doubtful report is urgent, and told as possible', () => {
    const subject = decided(
      { rule: 'R03', outcome: 'urgent-to-referrer', confirmedBy: null },
      { reading: reading({ fracture: 'uncertain', levels: ['T9'] }) },
    );
    const card = chooseCard([subject], CONTEXT);
    assert.equal(card?.kind, 'urgent');
    assert.match(card?.summary ?? '', /^Possible/);
    assert.equal(card?.suggestion, null);
  });

  it('one card for a patient: the one that matters most, then the newest', () => {
    const waiting = decided({ careGap: false }, { finding: measured([vertebra('T8', 3)]), reading: reading({ fracture: 'stated', levels: ['T8'] }) });
    const urgent = { ...decided({ rule: 'R03', outcome: 'urgent-to-referrer' }), caseId: CASE_B };
    assert.equal(kind([waiting, urgent]), 'urgent');
    const older = { ...decided({}, { finding: measured([vertebra('T8', 2)]) }), caseId: CASE_B };
    assert.equal(chooseCard([row(), older], CONTEXT)?.caseId, row().caseId);
  });
});

describe('silence', () => {
  it('for patients, for the dead, and when the chart has a bone order already', () => {
    const order = { resourceType: 'ServiceRequest', codes: [], words: ['Referral to fracture liaison service'] };
    assert.equal(kind([row()], { ...CONTEXT, userType: 'patient' }), null);
    assert.equal(kind([row()], { ...CONTEXT, patient: { birthDate: null, deceased: true } }), null);
    assert.equal(kind([row()], { ...CONTEXT, planned: [order] }), null);
    const site = { resourceType: 'ServiceRequest', codes: [{ system: 'urn:site', code: '4711' }], words: ['Ref'] };
    assert.equal(kind([row()], { ...CONTEXT, planned: [site] }), 'reported-without-advice');
    assert.equal(kind([row()], { ...CONTEXT, planned: [site], siteOrderCodes: ['4711'] }), null);
    const urgent = decided({ rule: 'R03', outcome: 'urgent-to-referrer' });
    assert.equal(kind([urgent], { ...CONTEXT, planned: [order] }), 'urgent', 'a referral does not settle a red flag');
  });

  it('in the middle of ordering, where no order is offered', () => {
    const treated = decided({ rule: 'R11', outcome: 'fracture-on-treatment' });
    for (const hook of ['order-select', 'order-sign', 'appointment-book']) {
      assert.equal(kind([treated], { ...CONTEXT, hook }), null);
      assert.equal(kind([row()], { ...CONTEXT, hook }), 'reported-without-advice');
    }
    assert.equal(kind([treated], { ...CONTEXT, hook: 'encounter-discharge' }), 'fracture-on-treatment');
  });

  it('after an answer, for good', () => {
    for (const what of ['card-accepted', 'referral-accepted', 'referral-declined', 'referral-done', 'finding-refuted'] as const) {
      assert.equal(kind([row({ answers: [answer(what, '2026-05-04T10:00:00.000Z')] })], { ...CONTEXT, today: '2029-01-01' }), null, what);
    }
  });

  for (const [reason, days] of Object.entries(SNOOZE_DAYS) as [OverrideReason, number | 'always'][]) {
    it(`after "${reason}": ${days === 'always' ? 'as long as the finding is the same' : `${days} days`}`, () => {
      const at = '2026-05-04T10:00:00.000Z';
      const subject = row({ answers: [answer('card-overridden', at, reason)] });
      const until = snoozeUntil(reason, at);
      assert.equal(kind([subject], { ...CONTEXT, today: '2026-05-04' }), null);
      if (until === null) {
        assert.equal(days, 'always');
        assert.equal(kind([subject], { ...CONTEXT, today: '2036-01-01' }), null);
        return;
      }
      const lastDay = new Date(Date.parse(`${until}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
      assert.equal((Date.parse(until) - Date.parse('2026-05-04')) / 86_400_000, days);
      assert.equal(kind([subject], { ...CONTEXT, today: lastDay }), null);
      assert.equal(kind([subject], { ...CONTEXT, today: until }), 'reported-without-advice');
    });
  }

  it('an unknown or missing reason counts as none given', () => {
    for (const reason of [null, 'xyz', 'constructor']) assert.equal(snoozeUntil(reason, '2026-12-28T23:00:00Z'), '2027-01-04');
  });

  it('an answer does not outlive what it answered: a later confirmation, a corrected report', () => {
    const override = answer('card-overridden', '2026-05-04T10:00:00.000Z', 'recipient-disagrees-evidence');
    const confirmed = answer('finding-confirmed', '2026-05-04T11:00:00.000Z');
    const missed = decided({ confirmedBy: 'radiologist' }, { reading: reading(), answers: [override, confirmed] });
    assert.equal(kind([missed]), 'missed-fracture');
    const before = decided(
      { confirmedBy: 'radiologist' },
      { reading: reading(), answers: [confirmed, { ...override, at: '2026-05-04T12:00:00.000Z' }] },
    );
    assert.equal(kind([before]), null, 'disagreed after the confirmation');
    const corrected = { ...facts().report, reportedAt: '2026-05-06T09:00:00+00:00', status: 'corrected' as const };
    assert.equal(kind([row({ answers: [override], report: corrected })]), 'reported-without-advice');
    const asked = answer('review-requested', '2026-05-04T10:00:00.000Z');
    assert.equal(kind([unconfirmed({ answers: [asked] })], ALONE), null);
    assert.equal(kind([decided({ confirmedBy: 'radiologist' }, { reading: reading(), answers: [asked, confirmed] })]), 'missed-fracture');
  });

  it('a second examination that shows no more than an answered one is not asked again; one that shows more is', () => {
    const answered = row({ answers: [answer('card-overridden', '2026-05-04T10:00:00.000Z', 'patient-refuses')] });
    const again = (grade: Grade, level: 'L1' | 'T8' = 'L1'): CardRow => ({
      ...decided({}, { finding: measured([vertebra(level, grade)]), reading: reading({ fracture: 'stated', levels: [level] }) }),
      caseId: CASE_B,
    });
    assert.equal(kind([again(2), answered]), null);
    assert.equal(kind([again(1), answered]), null);
    assert.equal(chooseCard([again(3), answered], CONTEXT)?.caseId, CASE_B);
    assert.equal(chooseCard([again(1, 'T8'), answered], CONTEXT)?.caseId, CASE_B);
    const dismissed = unconfirmed({ answers: [answer('card-overridden', '2026-05-04T10:00:00.000Z', 'recipient-disagrees-evidence')] });
    assert.equal(chooseCard([again(2), dismissed], ALONE)?.caseId, CASE_B, 'a doubt of the model does not silence a report');
    const refuted = unconfirmed({ answers: [answer('finding-refuted', '2026-05-04T10:00:00.000Z')] });
    assert.equal(chooseCard([again(2), refuted], CONTEXT)?.caseId, CASE_B);
    const newScan = { ...unconfirmed(), caseId: CASE_B };
    assert.equal(chooseCard([newScan, refuted], ALONE)?.caseId, CASE_B, 'refuted on one examination, seen on another');
    const sameDoubt = unconfirmed({ answers: [answer('card-overridden', '2026-05-04T10:00:00.000Z', 'recipient-disagrees-evidence')] });
    assert.equal(chooseCard([newScan, sameDoubt], ALONE), null);
  });
});

describe('the words', () => {
  const words = (subject: CardRow, context = CONTEXT) => {
    const card = chooseCard([subject], context);
    assert.ok(card);
    return { ...card, text: card.paragraphs.map(({ lead, text }) => `${lead}: ${text}`).join('\n') };
  };

  it('say what was seen, on which examination, what the report said, what is suggested, and that it is AI', () => {
    const { text, summary, table } = words(row());
    assert.equal(summary, 'Vertebral fracture L1 on CT of 3 May 2026: reported, but no referral advised');
    assert.equal(
      text,
      [
        'Seen: On the CT of 3 May 2026, measured by software: L1 has lost 31 % of its height (grade 2, moderate). Assessed: T8 to L2.',
        'Report: The radiology report states a vertebral fracture and advises no referral or bone assessment.',
        'Suggested: Refer to the fracture liaison service (routine).',
        'About this: Made with AI, for research use only; not a diagnosis. Look at the picture before acting. Model: vertebra-landmarks 0.1.0, not trained on clinical data. Rule R14 (policy 1.0).',
      ].join('\n'),
    );
    assert.deepEqual(table, [{ level: 'L1', loss: '31 %', grade: '2 (moderate)', heights: '18.2 / 20.0 / 26.0 mm' }]);
  });

  it('"cannot say" never reads as "no fracture"', () => {
    const { text, summary } = words(row({ finding: cannotSay }));
    assert.match(
      text,
      /The images could not be measured \(images not found\), so nothing can be said from them\. This does not mean that there is no fracture\./,
    );
    assert.match(summary, /^Vertebral fracture L1/);
    assert.match(words(row({ finding: null })).text, /nothing can be said from them/);
    const ungraded = { ...measured([]), worstGrade: null };
    assert.match(words(row({ finding: ungraded })).text, /no vertebra could be graded by software, so nothing can be said/);
  });

  it('R16: the report is followed where the measurement shows none, and the card says so', () => {
    const { text } = words(row({ finding: measured([vertebra('L1', 0)]) }));
    assert.match(text, /does not show the fracture; the report is followed/);
  });

  it('a level that is measured but not stated is in the table as not confirmed, and not in the summary', () => {
    const { table, summary, text } = words(row({ finding: measured([vertebra('L1', 2), vertebra('T8', 2)]) }));
    assert.deepEqual(
      table.map(({ level, grade }) => [level, grade]),
      [
        ['T8', '2 (moderate, not confirmed)'],
        ['L1', '2 (moderate)'],
      ],
    );
    assert.doesNotMatch(summary, /T8/);
    assert.match(text, /Further levels in the table are measured but not confirmed/);
  });

  it("a radiologist's own grade is told as theirs", () => {
    const changed = { ...answer('finding-changed', '2026-05-05T10:00:00.000Z'), changes: [{ level: 'L1', grade: 3 }] as const };
    const { table } = words(decided({ confirmedBy: 'radiologist' }, { reading: reading(), answers: [changed] }));
    assert.equal(table[0]?.grade, '3 (severe, by the radiologist)');
  });

  it('many levels are counted, no level is left out in words, dates are never ambiguous', () => {
    const levels = ['T6', 'T8', 'T11', 'L1'] as const;
    const many = row({ finding: measured(levels.map((level) => vertebra(level, 2))), reading: reading({ fracture: 'stated', levels: [...levels] }) });
    assert.match(words(many).summary, /^Vertebral fracture of 4 vertebrae \(T6 to L1\) on CT/);
    const none = row({
      finding: cannotSay,
      reading: reading({ fracture: 'stated' }),
      report: { ...facts().report, examinedAt: null, modality: null },
    });
    assert.match(words(none).summary, /^Vertebral fracture on imaging: /);
  });

  it('rules go with the card', () => {
    const because = [
      { rule: 'R13', text: 'grade 3' },
      { rule: 'R15', text: 'no advice' },
    ] as const;
    const { rules, text, suggestion } = words(decided({ rule: 'R13', priority: 'urgent', veryHighRisk: true, because }));
    assert.deepEqual(rules, ['R13', 'R15']);
    assert.match(text, /Rule R13, R15 \(policy 1\.0\)/);
    assert.match(text, /\(urgent\)\. The risk of a further fracture is very high\./);
    assert.equal(suggestion?.priority, 'urgent');
  });
});

describe('whatever the case', () => {
  const outcomes: Outcome[] = [
    'nothing',
    'exception',
    'urgent-to-referrer',
    'human-check',
    'radiologist-review',
    'clarification',
    'specialist-advice',
    'link-to-referral',
    'fracture-on-treatment',
    'notify',
    'refer',
  ];
  const subject = fc
    .record({
      outcome: fc.constantFrom(...outcomes),
      confirmedBy: fc.constantFrom('report', 'radiologist', null),
      careGap: fc.boolean(),
      grades: fc.array(fc.constantFrom<Grade>(0, 1, 2, 3), { minLength: 0, maxLength: 5 }),
      said: fc.constantFrom('stated', 'uncertain', 'denied', 'silent'),
      ambiguousOnly: fc.boolean(),
      looked: fc.boolean(),
      state: fc.constantFrom<CaseState>('decided', 'written', 'answered', 'measured'),
    })
    .map((x) => {
      const levels = ['T6', 'T8', 'T11', 'L1', 'L3'] as const;
      const finding = x.looked ? measured(x.grades.map((grade, n) => vertebra(levels[n] ?? 'L5', grade))) : cannotSay;
      const answers = x.confirmedBy === 'radiologist' ? [answer('finding-confirmed', '2026-05-05T10:00:00.000Z')] : [];
      const read = reading({
        fracture: x.confirmedBy === 'report' ? 'stated' : x.said,
        ambiguousOnly: x.confirmedBy === 'report' ? false : x.ambiguousOnly,
      });
      return row(
        { finding, answers, reading: read, decision: decision({ outcome: x.outcome, confirmedBy: x.confirmedBy, careGap: x.careGap }) },
        { state: x.state },
      );
    });

  it('summaries fit, unconfirmed is told as possible and never referred, and nothing says that there is no fracture', () => {
    fc.assert(
      fc.property(subject, fc.boolean(), (subject, alertsFromModelAlone) => {
        const card = chooseCard([subject], { ...CONTEXT, alertsFromModelAlone });
        if (card === null) return;
        assert.ok(Array.from(card.summary).length <= 139, card.summary);
        assert.match(card.paragraphs.at(-1)?.text ?? '', /AI, for research use only/);
        if (subject.facts.decision?.confirmedBy === null) {
          assert.match(card.summary, /^Possible/);
          assert.notEqual(card.suggestion?.what, 'refer');
        }
        if (subject.facts.finding?.state === 'cannot-say') assert.match(card.paragraphs[0]?.text ?? '', /does not mean that there is no fracture/);
        assert.doesNotMatch(card.summary, /no fracture/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('bone orders', () => {
  const by = (words: string) => isBoneOrder({ resourceType: 'ServiceRequest', codes: [], words: [words] }, []);
  it('are recognised by their words', () => {
    for (const words of [
      'FLS referral',
      'Fracture Liaison Service',
      'DEXA scan hip',
      'DXA',
      'Bone mineral density study',
      'Alendronate 70 mg tablet',
      'ibandronic acid',
      'ZOLEDRONIC ACID',
      'denosumab 60 mg',
      'Romosozumab',
      'teriparatide pen',
      'Osteoporosis clinic',
    ]) {
      assert.ok(by(words), words);
    }
    for (const words of [
      'CT thorax',
      'Dexamethasone 4 mg',
      'Prednisolone',
      'Bone scan (scintigraphy)',
      'Fracture clinic',
      'dexamfetamine',
      'X-ray lumbar spine',
      'vitamin D',
      '',
    ]) {
      assert.ok(!by(words), words);
    }
  });
  it('and by ATC and site codes', () => {
    const coded = (system: string, code: string) =>
      isBoneOrder({ resourceType: 'MedicationRequest', codes: [{ system, code }], words: [] }, ['4711']);
    assert.ok(coded('http://www.whocc.no/atc', 'M05BB03'));
    assert.ok(coded('http://www.whocc.no/atc', 'H05AA02'));
    assert.ok(!coded('http://www.whocc.no/atc', 'N02BE01'));
    assert.ok(!coded('urn:other', 'M05BB03'));
    assert.ok(coded('urn:any', '4711'));
  });
});
