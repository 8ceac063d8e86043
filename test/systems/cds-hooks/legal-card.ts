/** The rules of a legal card, written from the specification and its invariants (cds-resp-1..7) and not from our builder. */
import assert from 'node:assert/strict';

type Json = Record<string, unknown>;

export function assertLegalResponse(response: unknown): void {
  const body = response as { cards: Json[] };
  assert.ok(Array.isArray(body.cards), 'cards is an array');
  assert.ok(!('systemActions' in body), 'no systemActions without an agreement');
  for (const card of body.cards) assertLegalCard(card);
}

export function assertLegalCard(card: Json): void {
  assertNoEmpties(card, 'card');
  assert.equal(typeof card.summary, 'string');
  assert.ok(Array.from(card.summary as string).length < 140, 'summary under 140 characters');
  assert.ok(['info', 'warning', 'critical'].includes(card.indicator as string));
  assert.match(card.uuid as string, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const source = card.source as Json;
  assert.ok(typeof source.label === 'string' && source.label !== '');
  if ('url' in source) assert.ok(URL.canParse(source.url as string));
  assert.equal('suggestions' in card, 'selectionBehavior' in card, 'selectionBehavior exactly with suggestions');
  if ('selectionBehavior' in card) assert.ok(['any', 'at-most-one'].includes(card.selectionBehavior as string));
  const suggestions = (card.suggestions ?? []) as Json[];
  const recommended = suggestions.filter((s) => s.isRecommended === true).length;
  assert.ok(recommended <= 1 || card.selectionBehavior === 'any', 'cds-resp-1');
  for (const suggestion of suggestions) assertLegalSuggestion(suggestion);
  for (const reason of (card.overrideReasons ?? []) as Json[]) {
    for (const member of ['code', 'system', 'display'])
      assert.ok(typeof reason[member] === 'string' && reason[member] !== '', `overrideReasons.${member}`);
  }
  for (const link of (card.links ?? []) as Json[]) assertLegalLink(link);
}

function assertLegalSuggestion(suggestion: Json): void {
  assert.ok(typeof suggestion.label === 'string' && suggestion.label !== '');
  for (const action of (suggestion.actions ?? []) as Json[]) {
    assert.ok(['create', 'update', 'delete'].includes(action.type as string));
    assert.ok(typeof action.description === 'string' && action.description !== '');
    if (action.type === 'delete') assert.equal(typeof action.resourceId, 'string');
    else assert.equal(typeof (action.resource as Json).resourceType, 'string', 'a whole resource, as an object');
  }
}

function assertLegalLink(link: Json): void {
  assert.ok(typeof link.label === 'string' && link.label !== '');
  assert.ok(URL.canParse(link.url as string));
  assert.ok(['absolute', 'smart'].includes(link.type as string));
  if (link.type === 'absolute') assert.ok(!('appContext' in link), 'no appContext on absolute links');
}

/** "null", "", [] and {} are not allowed anywhere unless the specification says so. */
export function assertNoEmpties(value: unknown, path: string): void {
  assert.ok(value !== null && value !== undefined && value !== '', `${path} is empty`);
  if (typeof value !== 'object') return;
  const entries = Object.entries(value as Json);
  assert.ok(entries.length > 0, `${path} is empty`);
  for (const [key, member] of entries) assertNoEmpties(member, `${path}.${key}`);
}
