/** Cards as JSON: points 30-39 of reference/cds-hooks.md, and that nothing illegal can be built. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import request from 'supertest';
import type { CardChoice, CardKind, OverrideReason } from '#src/case/card.ts';
import { chooseCard } from '#src/rules/choose-card.ts';
import { type CardPlace, type CdsCard, cardJson, cardUuid, clipped } from '#src/systems/cds-hooks/card-json.ts';
import { EPIC_PREFERENCE_LIST } from '#src/systems/cds-hooks/card-order.ts';
import { uuidV5 } from '#src/systems/cds-hooks/card-uuid.ts';
import { NON_ADHERENCE } from '#src/systems/cds-hooks/override-reasons.ts';
import { type TrustProfile, type TrustSettings, trustProfile } from '#src/systems/cds-hooks/trust-profile.ts';
import { answer, CASE_A, decision, row, unconfirmed } from './cases.ts';
import { assertLegalCard, assertLegalResponse } from './legal-card.ts';
import { bench, PATIENT, PUBLIC_URL, viewRequest } from './setup.ts';

const PATH = '/cds-services/vertebral-fracture-patient-view';
const ORDER = { patientId: 'p1', encounterId: null, userId: 'Practitioner/dr1', today: '2026-05-10' };
const PLACE: CardPlace = {
  publicUrl: PUBLIC_URL,
  site: 'test',
  casePage: (id) => `${PUBLIC_URL}/cases/${id}`,
  picture: (id) => `${PUBLIC_URL}/cases/${id}/key-image.png`,
  launchUrl: `${PUBLIC_URL}/launch`,
  allowHttp: false,
};
const client = (settings: Partial<TrustSettings> = {}): TrustProfile =>
  trustProfile({ name: 'c', kind: 'custom', issuer: 'i', keys: { jwks: { keys: [] } }, ...settings });
const EPIC_ORDER = { system: EPIC_PREFERENCE_LIST, code: '4711', display: 'Ref to FLS' };

function chosen(rows = [row()]): CardChoice {
  const context = {
    hook: 'patient-view',
    userType: 'clinician',
    today: '2026-05-10',
    planned: [],
    siteOrderCodes: [],
    alertsFromModelAlone: true,
  } as const;
  const card = chooseCard(rows, { ...context, patient: { birthDate: null, deceased: false } });
  assert.ok(card);
  return card;
}

const draw = (profile = client(), choice = chosen(), place = PLACE): CdsCard => cardJson(choice, ORDER, profile, place);

describe('the response', () => {
  it('[CDS-30] 200 with cards, and an empty list when there is nothing to add', async () => {
    const one = await request(bench({ rows: [row()] }).app)
      .post(PATH)
      .send(viewRequest());
    assert.equal(one.status, 200);
    assert.equal(one.body.cards.length, 1);
    assertLegalResponse(one.body);
    const none = await request(bench().app).post(PATH).send(viewRequest());
    assert.equal(none.status, 200);
    assert.deepEqual(none.body, { cards: [] });
  });

  it('[CDS-30] one card for a patient, however many cases there are', async () => {
    const { app } = bench({ rows: [row(), unconfirmed(), row({ decision: decision({ careGap: false }) })] });
    const { body } = await request(app).post(PATH).send(viewRequest());
    assert.equal(body.cards.length, 1);
  });

  it('[CDS-31] summaries are counted in code points, one line, never over 139', () => {
    assert.equal(Array.from(clipped('𝒳'.repeat(139))).length, 139);
    assert.equal(Array.from(clipped('𝒳'.repeat(140))).length, 139);
    assert.equal(clipped(' a\n  b\t'), 'a b');
    assert.notEqual(clipped('   '), '');
    for (const kind of KINDS) assert.ok(draw(client(), { ...chosen(), kind }).indicator !== ('critical' as string));
  });

  it('[CDS-32] the source has a label, an absolute url, and a topic that is static and alphanumeric', () => {
    const codes = KINDS.map((kind) => draw(client(), { ...chosen(), kind }).source.topic.code);
    for (const code of codes) assert.match(code, /^[A-Za-z0-9]{1,100}$/);
    assert.equal(new Set(codes).size, KINDS.length);
    assert.equal(draw().source.url, PUBLIC_URL);
    assert.ok(draw().source.label.includes('AI'));
  });

  it('[CDS-33] suggestions have a label, a uuid and whole actions; selectionBehavior follows the client', () => {
    const [suggestion] = draw().suggestions ?? [];
    assert.ok(suggestion);
    assert.equal(draw().selectionBehavior, 'at-most-one');
    assert.equal(suggestion.uuid, uuidV5('refer', draw().uuid));
    const epic = draw(client({ kind: 'epic', orders: { refer: EPIC_ORDER } }));
    assert.equal(epic.selectionBehavior, 'any');
    assert.equal(epic.suggestions?.[0]?.actions.length, 1);
  });

  it('[CDS-34] the order is a draft proposal in the shape that the client takes', () => {
    const resource = (card: CdsCard) => card.suggestions?.[0]?.actions[0]?.resource as Record<string, never> | undefined;
    const usual = resource(draw()) as unknown as Record<string, unknown>;
    assert.deepEqual([usual.resourceType, usual.status, usual.intent, usual.priority], ['ServiceRequest', 'draft', 'proposal', 'routine']);
    assert.deepEqual(usual.subject, { reference: 'Patient/p1' });
    assert.deepEqual(usual.requester, { reference: 'Practitioner/dr1' });
    assert.deepEqual(usual.code, {
      coding: [{ system: 'http://snomed.info/sct', code: '306206005', display: 'Referral to service' }],
      text: 'Referral to fracture liaison service',
    });
    assert.match(JSON.stringify(usual.reasonCode), /42942008/);
    assert.match(JSON.stringify(usual.meta), /AIAST/);
    assert.equal(draw().suggestions?.[0]?.actions[0]?.type, 'create');
    assert.ok((draw().suggestions?.[0]?.actions[0]?.description ?? '').length > 0);
    assert.deepEqual((resource(draw(client({ kind: 'epic', orders: { refer: EPIC_ORDER } }))) as unknown as { code: object }).code, {
      coding: [EPIC_ORDER],
      text: 'Referral to fracture liaison service',
    });
    const unmapped = draw(client({ kind: 'epic' }));
    assert.ok(!('suggestions' in unmapped) && !('selectionBehavior' in unmapped), 'Epic without a mapped order gets the card without a suggestion');
  });

  it('[CDS-34] an unconfirmed finding suggests a second look, is not coded as a fracture and is no referral', () => {
    const card = draw(client(), chosen([unconfirmed()]));
    const text = JSON.stringify(card.suggestions);
    assert.match(text, /Second look/);
    assert.doesNotMatch(text, /42942008|liaison|306206005/);
  });

  it("[CDS-35] override reasons are complete Codings: HL7's, or the site's in their place", () => {
    const usual = draw().overrideReasons ?? [];
    assert.ok(usual.length >= 6);
    assert.ok(usual.every(({ system }) => system === NON_ADHERENCE));
    assert.ok(usual.some(({ code }) => code === 'action-completed'));
    const site = { system: 'urn:site', code: '17', display: 'Known to the bone clinic' };
    const mapped = draw(client({ overrideReasons: { 'action-completed': site } })).overrideReasons ?? [];
    assert.deepEqual(mapped[0], site);
    assert.equal(mapped.length, usual.length);
  });

  it('[CDS-36] links are absolute without appContext, or smart; Oracle Health gets no appContext', () => {
    const links = draw().links ?? [];
    assert.deepEqual(
      links.map(({ type, url }) => [type, url]),
      [
        ['absolute', `${PUBLIC_URL}/cases/${CASE_A}`],
        ['absolute', `${PUBLIC_URL}/cases/${CASE_A}/key-image.png`],
      ],
    );
    assert.ok(links.every((link) => !('appContext' in link)));
    const [smart] = draw(client({ kind: 'epic' })).links ?? [];
    assert.deepEqual(smart, { label: 'Measurements and picture', url: `${PUBLIC_URL}/launch`, type: 'smart', appContext: CASE_A });
    const oracle = draw(client({ kind: 'oracle-health' })).links ?? [];
    assert.ok(oracle.length > 0 && oracle.every((link) => link.type === 'absolute' && !('appContext' in link)));
    const broken = draw(client(), chosen(), { ...PLACE, casePage: () => 'cases/1', picture: () => 'javascript:alert(1)' });
    assert.ok(!('links' in broken), 'a link that is not absolute is left out');
    const plain = draw(client(), chosen(), { ...PLACE, casePage: () => 'http://x.test/1', picture: null });
    assert.ok(!('links' in plain), 'outside the demo a link is https');
  });

  it('[CDS-37] there are no systemActions', async () => {
    const { body } = await request(bench({ rows: [row()] }).app)
      .post(PATH)
      .send(viewRequest());
    assert.deepEqual(Object.keys(body), ['cards']);
  });

  it('[CDS-38] there are no members outside the specification', () => {
    const known = ['uuid', 'summary', 'detail', 'indicator', 'source', 'suggestions', 'selectionBehavior', 'overrideReasons', 'links'];
    for (const kind of ['custom', 'epic', 'oracle-health', 'medplum', 'sandbox'] as const) {
      for (const member of Object.keys(draw(client({ kind })))) assert.ok(known.includes(member), member);
    }
  });

  it('[CDS-39] calling again gives the state of now, with the same uuid for the same content', async () => {
    const { app, store } = bench({ rows: [row()] });
    const fire = async () => (await request(app).post(PATH).send(viewRequest())).body.cards as CdsCard[];
    const [first] = await fire();
    store.rows = [row({}, { version: 9, state: 'decided' })];
    const [moved] = await fire();
    assert.equal(moved?.uuid, first?.uuid, 'the case moved on, the content did not');
    store.rows = [row({ decision: decision({ rule: 'R13', priority: 'urgent' }) })];
    const [changed] = await fire();
    assert.notEqual(changed?.uuid, first?.uuid);
    store.rows = [row({ answers: [answer('referral-accepted', '2026-05-09T10:00:00.000Z')] })];
    assert.deepEqual(await fire(), []);
  });
});

describe('rendering', () => {
  it('shows a table of levels and losses, and a list where the panel is narrow', () => {
    const { detail } = draw();
    assert.match(detail, /\| Level \| Height loss \| Genant grade \|/);
    assert.match(detail, /\| L1 \| 31 % \| 2 \(moderate\) \| 18\.2 \/ 20\.0 \/ 26\.0 mm \|/);
    assert.doesNotMatch(detail, /T12 \|/, 'a vertebra without fracture is not listed');
    const oracle = draw(client({ kind: 'oracle-health' })).detail;
    assert.doesNotMatch(oracle, /\|---/);
    assert.match(oracle, /^- L1: 31 %, grade 2 \(moderate\)$/m);
  });

  it('says that it is AI, for research, with the rule and the policy', () => {
    assert.match(draw().detail, /Made with AI, for research use only; not a diagnosis\..* Rule R14 \(policy 1\.0\)\./);
  });

  it('cannot be broken by words: no HTML, no table cell, no line that escapes', () => {
    const choice = { ...chosen(), paragraphs: [{ lead: '<b>', text: 'a | b\n\n# c <script>alert(1)</script> [x](javascript:1) `q`' }] };
    const { detail } = draw(client(), { ...choice, table: [{ level: 'L1|x', loss: '<i>', grade: '*2*', heights: 'h' }] });
    assert.doesNotMatch(detail, /<script|<i>|<b>|\n# |[^\\]\[x|[^\\]`q/);
    assert.match(detail, /L1\\\|x/);
  });

  it('a uuid is RFC 9562 version 5', () => {
    assert.equal(uuidV5('www.example.com', '6ba7b810-9dad-11d1-80b4-00c04fd430c8'), '2ed6657d-e927-568b-95e1-2665a8aea6a2');
    assert.notEqual(cardUuid({ contentKey: 'a' }, 'north'), cardUuid({ contentKey: 'a' }, 'south'));
  });
});

const KINDS: readonly CardKind[] = [
  'urgent',
  'missed-fracture',
  'report-not-read',
  'unconfirmed-fracture',
  'reported-without-advice',
  'fracture-on-treatment',
  'under-50',
  'check-first',
  'referral-waiting',
];
const REASONS: readonly OverrideReason[] = ['action-completed', 'patient-refuses', 'none', 'cds-not-applicable'];

describe('whatever goes in', () => {
  it('is legal when it comes out', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant(''));
    const choice: fc.Arbitrary<CardChoice> = fc.record({
      kind: fc.constantFrom(...KINDS),
      caseId: fc.constant(CASE_A),
      contentKey: text,
      indicator: fc.constantFrom('info', 'warning'),
      rules: fc.constant(['R14'] as const),
      summary: fc.oneof(text, fc.string({ minLength: 130, maxLength: 300, unit: 'binary' })),
      paragraphs: fc.array(fc.record({ lead: text, text })),
      table: fc.array(fc.record({ level: text, loss: text, grade: text, heights: text })),
      suggestion: fc.option(
        fc.record({
          what: fc.constantFrom('refer', 'review'),
          label: text,
          priority: fc.constantFrom('routine', 'urgent'),
          reason: text,
        }),
      ),
      overrideReasons: fc.subarray([...REASONS]),
    });
    const profile = fc
      .record({ kind: fc.constantFrom('epic', 'oracle-health', 'medplum', 'custom', 'sandbox'), mapped: fc.boolean(), url: text })
      .map(({ kind, mapped, url }) => ({
        client: client({
          kind,
          orders: mapped ? { refer: EPIC_ORDER } : {},
          overrideReasons: mapped ? { 'patient-refuses': { system: '', code: '', display: '' } } : {},
        }),
        place: { ...PLACE, casePage: () => url, launchUrl: mapped ? url : null },
      }));
    fc.assert(
      fc.property(choice, profile, (choice, { client, place }) => {
        const card = JSON.parse(JSON.stringify(cardJson(choice, { ...ORDER, encounterId: null }, client, place)));
        assertLegalCard(card);
        if (client.render === 'epic') assert.ok((card.suggestions ?? []).every((s: { actions: unknown[] }) => s.actions.length === 1));
      }),
      { numRuns: 300 },
    );
  });

  it('the checker itself refuses what is illegal', () => {
    const good = JSON.parse(JSON.stringify(draw()));
    assert.doesNotThrow(() => assertLegalCard(good));
    const bad: Record<string, unknown>[] = [
      { ...good, summary: 'x'.repeat(140) },
      { ...good, indicator: 'danger' },
      { ...good, selectionBehavior: undefined, suggestions: good.suggestions },
      { ...good, suggestions: [{ label: 'x', actions: [{ type: 'create', resource: good.suggestions[0].actions[0].resource }] }] },
      { ...good, overrideReasons: [{ code: 'x', system: 'y' }] },
      { ...good, links: [{ label: 'x', url: 'relative', type: 'absolute' }] },
      { ...good, links: [{ label: 'x', url: 'https://x.test', type: 'absolute', appContext: 'y' }] },
      { ...good, detail: '' },
    ];
    for (const card of bad) assert.throws(() => assertLegalCard(JSON.parse(JSON.stringify(card))), JSON.stringify(card).slice(0, 80));
  });
});

it('the requester and the patient in the order are those of the call', async () => {
  const { app } = bench({ rows: [row()] });
  const { body } = await request(app)
    .post(PATH)
    .send(viewRequest({ prefetch: { patient: PATIENT } }));
  const order = body.cards[0].suggestions[0].actions[0].resource;
  assert.deepEqual([order.subject.reference, order.requester.reference, order.authoredOn], ['Patient/p1', 'Practitioner/dr1', '2026-05-10']);
});
