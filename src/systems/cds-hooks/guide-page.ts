/** `/cds-services/guide`: what an integrator types into an EHR's build, written from the running configuration. No secrets, no patient data. */
import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { CardPlace } from './card-json.ts';
import { EPIC_PREFERENCE_LIST } from './card-order.ts';
import { allOverrideCodings, NON_ADHERENCE } from './override-reasons.ts';
import type { CdsService, PREFETCH } from './services.ts';
import type { TrustProfile } from './trust-profile.ts';

const STYLE =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #767676;padding:.35rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}th{white-space:nowrap}code{background:#f2f2f2}a{color:#0b4f9e}';
/** The page's own style is allowed by its hash; scripts are not allowed at all. */
export const GUIDE_CSP = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export interface GuideFacts {
  readonly place: CardPlace;
  readonly profiles: readonly TrustProfile[];
  readonly unsigned: TrustProfile | null;
  readonly origins: readonly string[];
}

type Html = ReturnType<typeof html>;

export function guidePage(facts: GuideFacts, services: readonly CdsService[]): string {
  const base = `${facts.place.publicUrl}/cds-services`;
  return String(html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>CDS Hooks: integrator's guide</title><style>${raw(STYLE)}</style></head>
<body><main>
<h1>CDS Hooks: what to type into your EHR</h1>
<p>Written from the configuration of this server. Discovery: <a href="${base}"><code>${base}</code></a></p>
${facts.unsigned ? html`<p><strong>Demo:</strong> calls without a token are accepted here. Outside the demo they are answered 401.</p>` : ''}
<h2>Services</h2>
${table(
  ['Hook', 'Service URL', 'Feedback URL'],
  services.map((s) => [s.hook, `${base}/${s.id}`, `${base}/${s.id}/feedback`]),
)}
<h2>Prefetch</h2>
${table(
  ['Key', 'Query', 'Needed'],
  Object.entries(services[0]?.prefetch ?? {}).map(([key, query]) => [
    key,
    query,
    key === 'patient' ? 'yes (else fhirServer with a token; else 412)' : 'no, but it avoids a card for a referral that exists',
  ]),
)}
<h2>Trusted clients</h2>
${facts.profiles.length === 0 ? html`<p>None is configured.</p>` : ''}
${facts.profiles.map((profile) => clientPart(profile, base, services, facts.place))}
<h2>Answers</h2>
${table(['Status', 'Meaning'], STATUS)}
<h2>Override reasons</h2>
<p>Cards offer codes of <code>${NON_ADHERENCE}</code>, or your own where they are mapped. Feedback may come singly or in batches, and twice.</p>
${table(
  ['Code', 'Words on the card', 'Mapped to'],
  allOverrideCodings({ overrideReasons: {} }).map(({ reason, coding }) => [reason, coding.display, mappedTo(reason, facts.profiles)]),
)}
<h2>Browser clients</h2>
<p>${facts.origins.length === 0 ? 'No browser origin is allowed.' : `Allowed origins: ${facts.origins.join(', ')}`}</p>
</main></body></html>`);
}

const STATUS: readonly (readonly string[])[] = [
  ['200', 'cards; an empty list means that there is nothing to add, never that there is no fracture'],
  ['400', 'the request is not a valid call; the body names the element'],
  ['401', 'not authenticated; the reason is in our log and not in the answer'],
  ['404', 'no such service'],
  ['412', 'the Patient could not be had, or is not the person of our record'],
  ['503', 'not available, or not within 450 ms; try again'],
];

function clientPart(profile: TrustProfile, base: string, services: readonly CdsService[], place: CardPlace): Html {
  const keys = 'jwks' in profile.keys ? 'handed over out of band' : profile.keys.jwksUris.join(', ');
  const rows = [
    ['JWT iss', profile.issuer],
    ['JWT aud', profile.audiences.length > 0 ? `${profile.audiences.join(' or ')}, or the URL of the endpoint` : 'exactly the URL of the endpoint'],
    ['JWT algorithms', profile.algorithms.join(', ')],
    ['JWT keys (jku)', keys],
    ['JWT tenant', profile.tenants.length > 0 ? profile.tenants.join(', ') : 'not checked'],
    ['JWT lifetime', `at most ${profile.maxLifetimeSeconds} s; clock skew ${profile.clockSkewSeconds} s`],
    ['FHIR servers we may call', profile.fhirServers.length > 0 ? profile.fhirServers.join(', ') : 'none: send the prefetch'],
    ['Referral is called', orderName(profile.orders.refer)],
    ...buildRows(profile, base, services, place),
  ];
  return html`<h3>${profile.name} (${profile.kind})</h3>${table(['Setting', 'Value'], rows)}`;
}

/** A client's own code for a reason, for each client that has one. */
function mappedTo(reason: string, profiles: readonly TrustProfile[]): string {
  const mapped = profiles.flatMap((profile) =>
    allOverrideCodings(profile)
      .filter((one) => one.reason === reason && one.coding.system !== NON_ADHERENCE)
      .map(({ coding }) => `${profile.name}: ${coding.system} ${coding.code} (${coding.display})`),
  );
  return mapped.join('; ');
}

function orderName(coding: TrustProfile['orders']['refer']): string {
  return coding ? `${coding.system} ${coding.code} (${coding.display})` : 'not mapped';
}

/** What the two large vendors' builds ask for by hand. */
function buildRows(profile: TrustProfile, base: string, services: readonly CdsService[], place: CardPlace): string[][] {
  if (profile.render === 'epic') {
    return [
      [
        'LGL record: prefetch',
        Object.entries(services[0]?.prefetch ?? {})
          .map(([key, query]) => `${profile.prefetchKeys[key as keyof typeof PREFETCH] ?? key} = ${query}`)
          .join('; '),
      ],
      [
        'External Endpoint (aud)',
        services
          .filter((s) => ['patient-view', 'order-select', 'order-sign'].includes(s.hook))
          .map((s) => `${base}/${s.id}`)
          .join('; '),
      ],
      ['OAuth scopes', 'patient/Patient.read, patient/ServiceRequest.read'],
      ['Order suggestion', profile.orders.refer?.system === EPIC_PREFERENCE_LIST ? 'on' : `off until a code of ${EPIC_PREFERENCE_LIST} is mapped`],
      ['SMART launch URL to register', place.launchUrl ?? 'none'],
      ['Override reasons', 'map the codes below to acknowledgement reasons; lock-out follows source.topic.code'],
    ];
  }
  if (profile.render === 'oracle-health') {
    return [
      ['Hook', `patient-view only: ${base}/${services.find((s) => s.hook === 'patient-view')?.id}`],
      ['Links to register', `${place.publicUrl}/ (others are removed from the card)`],
      ['Indicator', 'never critical, so that nothing pops up'],
    ];
  }
  return [];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): Html {
  return html`<table><thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(([first, ...rest]) => html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table>`;
}
