/** Subscriptions of the stand-in EHR: R4 rest-hooks with criteria, and topics with handshake, heartbeat and event bundles (R5 backport for R4, 1.1.0). */
import { matchesSearchRequest, parseSearchRequest } from '@medplum/core';
import type { Bundle, Extension, Resource, Subscription } from '@medplum/fhirtypes';
import type { EhrHabits } from './ehr-habits.ts';
import type { EhrRepository } from './ehr-repository.ts';

const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition';
type Live = Subscription & { readonly id: string };
type Kind = 'handshake' | 'heartbeat' | 'event-notification';

export function topicExtensions(topics: readonly string[] = []): Extension[] {
  return topics.map((valueCanonical) => ({ url: `${BACKPORT}/capabilitystatement-subscriptiontopic-canonical`, valueCanonical }));
}

export class Subscriptions {
  /** Status of each answer that an endpoint gave, oldest first; 0 = it could not be reached. */
  readonly answers: { readonly kind: Kind | 'rest-hook'; readonly status: number }[] = [];
  readonly #repository: EhrRepository;
  readonly #habits: () => EhrHabits;

  constructor(repository: EhrRepository, habits: () => EhrHabits) {
    this.#repository = repository;
    this.#habits = habits;
  }

  /** Tells whoever asked for it. A new Subscription is switched on: by a handshake where it has a topic. */
  committed(resource: Resource): void {
    if (resource.resourceType === 'Subscription') {
      if (resource.status === 'requested' && !this.#habits().leavesSubscriptionsRequested) void this.#begin(resource as Live);
      return;
    }
    for (const subscription of this.#active()) {
      const criteria = parseSearchRequest(filterOf(subscription));
      if (criteria.resourceType === resource.resourceType && matchesSearchRequest(resource, criteria))
        void this.#tell(subscription, 'event-notification');
    }
  }

  /** What a real server does every so often. */
  async heartbeat(): Promise<void> {
    for (const subscription of this.#active().filter(hasTopic)) await this.#tell(subscription, 'heartbeat');
  }

  #active(): Live[] {
    const now = new Date().toISOString();
    return this.#repository
      .all<Live>('Subscription')
      .filter((one) => one.status === 'active' && one.channel.type === 'rest-hook' && (one.end === undefined || one.end > now));
  }

  async #begin(subscription: Live): Promise<void> {
    const heard = hasTopic(subscription) ? (await this.#tell(subscription, 'handshake')) === 200 : true;
    const now = await this.#repository.readResource<Live>('Subscription', subscription.id);
    if (now.status === 'requested') await this.#repository.updateResource<Live>({ ...now, status: heard ? 'active' : 'error' });
  }

  /** An R4 rest-hook without a payload has no body; with a topic there is always a Bundle with the status first. */
  async #tell(subscription: Live, kind: Kind): Promise<number> {
    const headers = Object.fromEntries((subscription.channel.header ?? []).map((line) => line.split(/:\s*/, 2) as [string, string]));
    const body = hasTopic(subscription) ? JSON.stringify(notification(subscription, kind)) : null;
    const status = await fetch(subscription.channel.endpoint ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json', ...headers },
      body,
    }).then(
      (answer) => answer.status,
      () => 0,
    );
    this.answers.push({ kind: hasTopic(subscription) ? kind : 'rest-hook', status });
    return status;
  }
}

function hasTopic(subscription: Subscription): boolean {
  return subscription.criteria.startsWith('http');
}

function filterOf(subscription: Subscription): string {
  if (!hasTopic(subscription)) return subscription.criteria;
  const { _criteria } = subscription as { _criteria?: { extension?: Extension[] } };
  return _criteria?.extension?.find((one) => one.url === `${BACKPORT}/backport-filter-criteria`)?.valueString ?? 'Task';
}

function notification(subscription: Live, kind: Kind): Bundle {
  const parameter = [
    { name: 'subscription', valueReference: { reference: `Subscription/${subscription.id}` } },
    { name: 'topic', valueCanonical: subscription.criteria },
    { name: 'status', valueCode: subscription.status },
    { name: 'type', valueCode: kind },
  ];
  const meta = { profile: [`${BACKPORT}/backport-subscription-status-r4`] };
  return { resourceType: 'Bundle', type: 'history', entry: [{ resource: { resourceType: 'Parameters', meta, parameter } }] } as Bundle;
}
