/**
 * Asks the record to tell when one of our referral Tasks changes: by a topic (R5 Subscriptions backport for R4, 1.1.0) where it offers one, else by an
 * R4 rest-hook with criteria. No payload is asked for: a notification only wakes the poll.
 */
import type { CapabilityStatement, Extension, Subscription } from '@medplum/fhirtypes';
import { CODES } from './names.ts';
import type { RecordClient, Stored } from './record-client.ts';
import { Refusal } from './refusal.ts';

export interface SubscribeWish {
  /** Where the record sends its notifications. */
  readonly endpoint: string;
  /** Comes with each of them as a bearer token. */
  readonly secret: string;
  /** ISO instant at which it ends by itself unless it is renewed. */
  readonly until: string;
  /** Canonical of the site's topic; null: the first one about Tasks that the record's CapabilityStatement names. */
  readonly topic: string | null;
}

/** `requested`: the record has not switched it on yet; asked again, we say `active` ourselves (Medplum waits for that). */
export type Subscribed = 'active' | 'requested' | 'refused';

const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition';
const TASK_CRITERIA = `Task?code=${CODES}|task-refer`;

/** Makes it, or renews the one that stands at this address. Never two: what is too many is switched off. Safe to run again. */
export async function subscribe(client: RecordClient, wish: SubscribeWish): Promise<Subscribed> {
  const topic = wish.topic ?? (await offeredTopic(client));
  const wanted = [...(topic === null ? [] : [byTopic(wish, topic)]), byCriteria(wish)];
  for (const one of wanted) {
    const result = await made(client, one, wish.endpoint);
    if (result !== 'refused') return result;
  }
  return 'refused';
}

async function made(client: RecordClient, wanted: Subscription, endpoint: string): Promise<Subscribed> {
  try {
    const query = `url=${encodeURIComponent(endpoint)}&type=rest-hook`;
    const [first, ...more] = await ours(client, query, endpoint);
    for (const extra of more) if (extra.status !== 'off') await client.update({ ...extra, status: 'off' });
    const stands = first ? await client.update({ ...first, ...wanted, meta: { ...first.meta, ...wanted.meta }, status: statusOf(first) }) : undefined;
    // Changed by the record while we renewed it: it lives, and the next renewal is soon enough.
    if (stands === 'changed') return 'requested';
    const there = stands ?? (await client.createOnce(wanted, query)) ?? (await ours(client, query, endpoint))[0];
    return there?.status === 'active' ? 'active' : there ? 'requested' : 'refused';
  } catch (error) {
    if (error instanceof Refusal) return 'refused';
    throw error;
  }
}

/** A server that ignores the search's parameters gives more than was asked for. */
async function ours(client: RecordClient, query: string, endpoint: string): Promise<readonly Stored<Subscription>[]> {
  const { resources } = await client.search(`Subscription?${query}`);
  return resources
    .filter((one): one is Stored<Subscription> => one.resourceType === 'Subscription' && one.id !== undefined && one.channel.endpoint === endpoint)
    .toSorted((a, b) => (a.meta?.lastUpdated ?? '').localeCompare(b.meta?.lastUpdated ?? ''));
}

/** One that failed or was switched off is asked for again; one that was asked for and never began, we switch on. */
function statusOf(existing: Subscription): Subscription['status'] {
  return existing.status === 'active' || existing.status === 'requested' ? 'active' : 'requested';
}

function byCriteria({ endpoint, secret, until }: SubscribeWish): Subscription {
  return {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'Backstop follows its referrals',
    end: until,
    criteria: TASK_CRITERIA,
    channel: { type: 'rest-hook', endpoint, header: [`Authorization: Bearer ${secret}`] },
  };
}

/** `criteria` is the topic, the filter stands in an extension, and the content of a notification is `empty`. */
function byTopic(wish: SubscribeWish, topic: string): Subscription {
  const extension = (name: string, value: Partial<Extension>) => ({ extension: [{ url: `${BACKPORT}/${name}`, ...value }] });
  const plain = byCriteria(wish);
  return {
    ...plain,
    meta: { profile: [`${BACKPORT}/backport-subscription`] },
    criteria: topic,
    _criteria: extension('backport-filter-criteria', { valueString: TASK_CRITERIA }),
    channel: {
      ...plain.channel,
      payload: 'application/fhir+json',
      _payload: extension('backport-payload-content', { valueCode: 'empty' }),
    },
  } as Subscription;
}

/** A record whose CapabilityStatement cannot be read offers no topic. */
async function offeredTopic(client: RecordClient): Promise<string | null> {
  try {
    const statement: CapabilityStatement | undefined = await client.capabilities();
    const topics = (statement?.rest ?? [])
      .flatMap((rest) => rest.resource ?? [])
      .filter((resource) => resource.type === 'Subscription')
      .flatMap((resource) => resource.extension ?? [])
      .filter((extension) => extension.url === `${BACKPORT}/capabilitystatement-subscriptiontopic-canonical`)
      .flatMap((extension) => extension.valueCanonical ?? []);
    return topics.find((canonical) => /task/i.test(canonical.split('/').at(-1) ?? '')) ?? null;
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}
