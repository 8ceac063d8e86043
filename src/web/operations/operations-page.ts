/** Operations: feeds with the age of their last message, queues, and what stopped, grouped by cause. */
import { html, raw } from 'hono/html';
import { NOT_A_FAULT } from '#src/case/cannot-say-code.ts';
import type { ProofState } from '#src/lib/proof.ts';
import type { AuditTrail, CaseBrowser } from '#src/ports.ts';
import type { Markup } from '../layout.ts';
import { moment } from '../words.ts';
import type { ChainState } from './chain-watch.ts';

export interface OperationsParts {
  readonly feeds: Awaited<ReturnType<CaseBrowser['feeds']>>;
  readonly states: Awaited<ReturnType<CaseBrowser['stateCounts']>>;
  readonly stopped: Awaited<ReturnType<CaseBrowser['stoppedByCause']>>;
  /** Messages that were kept, could not be used and have no case. */
  readonly unusable: readonly { readonly code: string; readonly count: number; readonly newest: string }[];
  readonly mutes: readonly { readonly code: string; readonly until: string; readonly byName: string }[];
  readonly queues: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly log: Awaited<ReturnType<AuditTrail['list']>>;
  readonly chain: ChainState;
  readonly proof: ProofState;
  readonly now: Date;
  readonly csrf: string;
  readonly told: string;
}

interface Cause {
  readonly code: string;
  readonly what: string;
  readonly count: number;
  readonly newest: string;
}

/** A feed that has been silent this long is marked. */
const SILENT_HOURS = 24;
/** Ends that are no failure: there was nothing to write. */
const NO_FAILURE: ReadonlySet<string> = new Set(['NOTHING_TO_DO', 'REPORT_CANCELLED', 'IMAGES_CANNOT_SAY', ...NOT_A_FAULT]);

export function operationsPage(parts: OperationsParts): Markup {
  const causes: readonly Cause[] = [
    ...parts.stopped.map((one) => ({
      code: one.code,
      what: one.state === 'parked' ? 'cases wait for a person' : 'cases ended',
      count: one.count,
      newest: one.newest,
    })),
    ...parts.unusable.map((one) => ({ ...one, what: 'messages without a case' })),
  ];
  const failures = causes.filter((one) => !NO_FAILURE.has(one.code));
  const muted = new Set(parts.mutes.map((mute) => mute.code));
  const news = failures.filter((one) => !muted.has(one.code)).reduce((sum, one) => sum + one.count, 0);
  return html`<div id="told" role="status" class="${parts.told ? 'note' : ''}">${parts.told}</div>
<ul class="tiles"><li><strong>${news}</strong> stopped${muted.size > 0 ? ' (muted ones not counted)' : ''}</li>
<li><strong>${sumOf(parts.queues, 'waiting')}</strong> jobs waiting</li><li><strong>${sumOf(parts.queues, 'active')}</strong> running</li><li><strong>${sumOf(parts.queues, 'failed')}</strong> jobs failed for good</li></ul>
${proofPanel(parts.proof, parts.now)}
<section class="panel"><h2>Stopped, by cause</h2>${failures.length === 0 ? html`<p>Nothing is stopped.</p>` : causeTable(failures, parts)}</section>
<div class="columns even">
<section class="panel"><h2>Feeds</h2>${table(
    ['Source', 'Messages', 'Not usable', 'Last message'],
    parts.feeds.map((feed) => [feed.source, String(feed.messages), String(feed.unusable), feedAge(feed.newest, parts.now)]),
    'No message has arrived yet.',
  )}</section>
<section class="panel"><h2>Queues</h2>${table(
    ['Queue', 'Waiting', 'Running', 'Delayed', 'Failed'],
    Object.entries(parts.queues).map(([name, counts]) => [
      name,
      ...['waiting', 'active', 'delayed', 'failed'].map((state) => String(counts[state] ?? 0)),
    ]),
    'No queue.',
  )}</section>
<section class="panel"><h2>Cases by state</h2>${table(
    ['State', 'Cases'],
    Object.entries(parts.states).map(([state, count]) => [state, String(count)]),
    'No case yet.',
  )}</section>
<section class="panel"><h2>Ended without anything to write</h2>${table(
    ['Cause', 'Cases', 'Last'],
    causes
      .filter((one) => NO_FAILURE.has(one.code))
      .map((one) => [html`<a href="/cases?cause=${one.code}">${one.code}</a>`, String(one.count), `${age(one.newest, parts.now)} ago`]),
    'None.',
  )}</section>
</div>
<section class="panel"><h2>What was done here</h2>${chainWords(parts.chain)}
${table(
  ['When (UTC)', 'Who', 'What', 'Detail'],
  parts.log.map((entry) => [moment(entry.at), entry.actor, entry.action.replaceAll('-', ' '), entry.detail]),
  'Nothing yet.',
)}</section>`;
}

function chainWords({ broken, checkedAt }: ChainState): Markup {
  const when = html`Read through at ${moment(checkedAt.toISOString())} UTC.`;
  if (broken === null) return html`<p>The audit trail fits its chain. ${when}</p>`;
  return html`<p class="note bad">The audit trail does not fit its chain from entry ${broken} on: entries were changed or removed outside Backstop. ${when}</p>`;
}

const PROOF_WORDS: Readonly<Record<ProofState['status'], string>> = {
  proved: 'proved',
  failed: 'failed',
  late: 'late',
  never: 'none has come through yet',
  off: 'not set up (PROOF_MINUTES)',
};

/** A report of an invented patient, from the door to a decision; it proves neither the archive nor the health record, and says so. */
function proofPanel(proof: ProofState, now: Date): Markup {
  const kind = proof.status === 'proved' ? 'good' : proof.status === 'off' || proof.status === 'never' ? 'plain' : 'bad';
  const passed = proof.lastPassedAt ? `The last one came through ${age(proof.lastPassedAt, now)} ago, in ${proof.tookMs ?? '?'} ms.` : '';
  const code = proof.last?.code ? html` <code>${proof.last.code}</code>` : '';
  return html`<section class="panel"><h2>The way, proved by an invented report</h2><p><span class="badge ${kind}">${PROOF_WORDS[proof.status]}</span>${code} ${passed}</p>
<p>From the listener's door over database and queue to a decision. It reaches neither the image archive nor the health record, and counts nowhere.</p></section>`;
}

function causeTable(causes: readonly Cause[], parts: OperationsParts): Markup {
  const mutes = new Map(parts.mutes.map((mute) => [mute.code, mute]));
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Stopped, by cause"><table>
<thead><tr><th scope="col">Cause</th><th scope="col">What</th><th scope="col" class="number">Count</th><th scope="col">Last</th><th scope="col">Do</th></tr></thead>
<tbody>${causes.map((one) => {
    const mute = mutes.get(one.code);
    return html`<tr><th scope="row"><a href="/cases?cause=${encodeURIComponent(one.code)}">${one.code}</a>${mute ? html`<br><span class="badge plain">muted until ${moment(mute.until)} UTC by ${mute.byName}</span>` : ''}</th><td>${one.what}</td><td class="number">${one.count}</td><td>${age(one.newest, parts.now)} ago</td>
<td><div class="actions"><a href="/operations/replay?cause=${encodeURIComponent(one.code)}">Try a replay<span class="hidden"> of ${one.code}</span></a>
<form method="post" action="/operations/mute" class="inline"><input type="hidden" name="_csrf" value="${parts.csrf}"><input type="hidden" name="cause" value="${one.code}"><button type="submit" class="quiet" name="hours" value="${mute ? '0' : '72'}">${mute ? 'Unmute' : 'Mute for 3 days'}<span class="hidden"> ${one.code}</span></button></form></div></td></tr>`;
  })}</tbody></table></div>`;
}

function sumOf(queues: OperationsParts['queues'], state: string): number {
  return Object.values(queues).reduce((sum, counts) => sum + (counts[state] ?? 0), 0);
}

function feedAge(newest: string, now: Date): Markup {
  const silent = now.getTime() - Date.parse(newest) > SILENT_HOURS * 3_600_000;
  return html`${age(newest, now)} ago${silent ? html` <span class="badge warn">silent</span>` : ''}`;
}

export function table(heads: readonly string[], rows: readonly (readonly (string | Markup)[])[], empty: string): Markup {
  if (rows.length === 0) return html`<p>${empty}</p>`;
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${heads.join(', ')}"><table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${cells.map((cell, index) => html`${raw(index === 0 ? '<th scope="row">' : '<td>')}${cell}${raw(index === 0 ? '</th>' : '</td>')}`)}</tr>`)}</tbody></table></div>`;
}

export function age(time: string, now: Date): string {
  const minutes = Math.max(0, Math.round((now.getTime() - Date.parse(time)) / 60_000));
  return minutes < 60 ? `${minutes} min` : minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}
