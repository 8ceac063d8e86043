/** A chosen card as CDS Hooks 2.0.1 JSON ("Card Attributes"). What comes out of here is legal, whatever goes in. */
import type { CardChoice, CardKind } from '#src/case/card.ts';
import type { CaseId } from '#src/case/ids.ts';
import { cardOrder, type OrderContext } from './card-order.ts';
import { uuidV5 } from './card-uuid.ts';
import { overrideCodings } from './override-reasons.ts';
import type { Coding, TrustProfile } from './trust-profile.ts';

export interface CdsLink {
  readonly label: string;
  readonly url: string;
  readonly type: 'absolute' | 'smart';
  readonly appContext?: string;
}

export interface CdsAction {
  readonly type: 'create';
  readonly description: string;
  readonly resource: Readonly<Record<string, unknown>>;
}

export interface CdsCard {
  readonly uuid: string;
  readonly summary: string;
  readonly detail: string;
  readonly indicator: 'info' | 'warning';
  readonly source: { readonly label: string; readonly url: string; readonly topic: Coding };
  readonly suggestions?: readonly {
    readonly label: string;
    readonly uuid: string;
    readonly isRecommended: true;
    readonly actions: readonly CdsAction[];
  }[];
  readonly selectionBehavior?: 'any' | 'at-most-one';
  readonly overrideReasons?: readonly Coding[];
  readonly links?: readonly CdsLink[];
}

export interface CardPlace {
  /** Our public base URL. */
  readonly publicUrl: string;
  /** Part of every card's uuid, so that two sites never share one. */
  readonly site: string;
  readonly casePage: (id: CaseId) => string;
  readonly picture: ((id: CaseId) => string) | null;
  /** SMART launch URL, for clients whose profile wants it. */
  readonly launchUrl: string | null;
  /** True in demo and tests on loopback. */
  readonly allowHttp: boolean;
}

const MAX_SUMMARY = 139;
/** The same for every installation, like all our canonical URIs. */
const TOPIC_SYSTEM = 'https://backstop.example/fhir/CodeSystem/card-topic';
/** Letters only and the same for the same kind of content: Epic remembers a user's override by it. */
const TOPICS: Readonly<Record<CardKind, string>> = {
  urgent: 'Vertebral fracture, possible pathological cause',
  'missed-fracture': 'Vertebral fracture not stated in the report',
  'report-not-read': 'Vertebral fracture, report text not read',
  'unconfirmed-fracture': 'Possible vertebral fracture, not confirmed',
  'reported-without-advice': 'Vertebral fracture reported without advice',
  'fracture-on-treatment': 'Vertebral fracture on treatment',
  'under-50': 'Vertebral fracture under 50',
  'check-first': 'Vertebral fracture, cause to be checked',
  'referral-waiting': 'Vertebral fracture, referral waiting',
};

export function cardUuid(choice: Pick<CardChoice, 'contentKey'>, site: string): string {
  return uuidV5(`${site}|${choice.contentKey}`);
}

export function cardJson(choice: CardChoice, order: Omit<OrderContext, 'cardUuid'>, profile: TrustProfile, place: CardPlace): CdsCard {
  const { links, overrideReasons, ...card } = drawnCard(choice, profile, place);
  return {
    ...card,
    ...suggestionsOf(choice, { ...order, cardUuid: card.uuid }, profile),
    ...(overrideReasons && { overrideReasons }),
    ...(links && { links }),
  };
}

/** All but the order is the same for every call that shows this choice to this client: drawn once. */
const drawn = new WeakMap<CardPlace, WeakMap<TrustProfile, WeakMap<CardChoice, CdsCard>>>();

function drawnCard(choice: CardChoice, profile: TrustProfile, place: CardPlace): CdsCard {
  const here = drawn.get(place) ?? new WeakMap<TrustProfile, WeakMap<CardChoice, CdsCard>>();
  drawn.set(place, here);
  const forClient = here.get(profile) ?? new WeakMap<CardChoice, CdsCard>();
  here.set(profile, forClient);
  const card = forClient.get(choice) ?? draw(choice, profile, place);
  forClient.set(choice, card);
  return card;
}

function draw(choice: CardChoice, profile: TrustProfile, place: CardPlace): CdsCard {
  const overrideReasons = overrideCodings(choice.overrideReasons, profile).filter((c) => c.code !== '' && c.system !== '' && c.display !== '');
  const links = linksOf(choice, profile, place);
  return {
    uuid: cardUuid(choice, place.site),
    summary: clipped(choice.summary),
    detail: detailOf(choice, profile),
    indicator: choice.indicator,
    source: {
      label: 'Backstop (AI, research use only)',
      url: place.publicUrl,
      topic: { system: TOPIC_SYSTEM, code: choice.kind.replaceAll(/[^a-z0-9]/g, ''), display: TOPICS[choice.kind] },
    },
    ...(overrideReasons.length > 0 && { overrideReasons }),
    ...(links.length > 0 && { links }),
  };
}

function suggestionsOf(choice: CardChoice, order: OrderContext, profile: TrustProfile): Pick<CdsCard, 'suggestions' | 'selectionBehavior'> {
  const resource = choice.suggestion && cardOrder(choice.suggestion, order, profile);
  if (!choice.suggestion || !resource || choice.suggestion.label === '') return {};
  const { label, what } = choice.suggestion;
  // Epic shows the action's description and not the label; both say the same.
  const suggestion = {
    label,
    uuid: uuidV5(what, order.cardUuid),
    isRecommended: true,
    actions: [{ type: 'create', description: label, resource }],
  } as const;
  return { suggestions: [suggestion], selectionBehavior: profile.render === 'epic' ? 'any' : 'at-most-one' };
}

/** GitHub Flavored Markdown. Oracle Health's panel is an eighth of the screen: a list there instead of the table. */
export function detailOf(choice: CardChoice, profile: Pick<TrustProfile, 'render'>): string {
  const [first, ...rest] = choice.paragraphs.map(({ lead, text }) => `**${plain(lead)}:** ${plain(text)}`);
  const rows = choice.table.map((row) => [row.level, row.loss, row.grade, row.heights].map(plain));
  const list = rows.map(([level, loss, grade]) => `- ${level}: ${loss}, grade ${grade}`).join('\n');
  const head = '| Level | Height loss | Genant grade | Anterior / middle / posterior |\n|---|---|---|---|\n';
  const table = rows.length === 0 ? [] : [profile.render === 'oracle-health' ? list : head + rows.map((row) => `| ${row.join(' | ')} |`).join('\n')];
  return [first ?? clipped(choice.summary), ...table, ...rest].join('\n\n');
}

function linksOf(choice: CardChoice, profile: TrustProfile, place: CardPlace): CdsLink[] {
  const smart = profile.link === 'smart' && place.launchUrl !== null && profile.render !== 'oracle-health';
  const page: CdsLink =
    smart && place.launchUrl !== null
      ? { label: 'Measurements and picture', url: place.launchUrl, type: 'smart', appContext: choice.caseId }
      : { label: 'Measurements and picture', url: place.casePage(choice.caseId), type: 'absolute' };
  const picture = place.picture && ({ label: 'Picture only', url: place.picture(choice.caseId), type: 'absolute' } as const);
  return [page, ...(picture ? [picture] : [])].filter((link) => isAbsolute(link.url, place.allowHttp));
}

function isAbsolute(url: string, allowHttp: boolean): boolean {
  return URL.canParse(url) && (allowHttp ? /^https?:\/\//i : /^https:\/\//i).test(url);
}

/** One line, at most 139 code points (the specification says fewer than 140). */
export function clipped(summary: string): string {
  const line = summary.replaceAll(/\s+/g, ' ').trim();
  if (line !== '' && line.length <= MAX_SUMMARY) return line;
  const points = Array.from(line);
  if (points.length === 0) return 'Vertebral fracture: see the detail';
  return points.length <= MAX_SUMMARY ? points.join('') : `${points.slice(0, MAX_SUMMARY - 1).join('')}…`;
}

/** Text that Markdown and HTML leave alone; '|' would end a table cell. */
function plain(text: string): string {
  return text.replaceAll(/\s+|[&<\\`*_[\]|]/g, (found) => ESCAPES[found] ?? (found.trim() === '' ? ' ' : `\\${found}`));
}

const ESCAPES: Readonly<Record<string, string>> = { ' ': ' ', '&': '&amp;', '<': '&lt;' };
