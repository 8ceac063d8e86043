/** Operations: feeds with the age of their last message, queues, and what stopped cases, grouped by cause. */
import { html } from 'hono/html';
import type { CaseBrowser } from '#src/ports.ts';
import type { Markup } from '../layout.ts';

export interface OperationsParts {
  readonly feeds: Awaited<ReturnType<CaseBrowser['feeds']>>;
  readonly states: Awaited<ReturnType<CaseBrowser['stateCounts']>>;
  readonly stopped: Awaited<ReturnType<CaseBrowser['stoppedByCause']>>;
  readonly queues: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly now: Date;
}

export function operationsPage(parts: OperationsParts): Markup {
  return html`<div class="columns">
<section class="panel"><h2>Feeds</h2>${table(
    ['Source', 'Messages', 'Not usable', 'Last message'],
    parts.feeds.map((feed) => [feed.source, String(feed.messages), String(feed.unusable), `${age(feed.newest, parts.now)} ago`]),
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
<section class="panel"><h2>Stopped, by cause</h2>${table(
    ['Cause', 'State', 'Cases', 'Last'],
    parts.stopped.map((one) => [one.code, one.state, String(one.count), `${age(one.newest, parts.now)} ago`]),
    'Nothing was stopped.',
  )}</section>
</div>`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[], empty: string): Markup {
  if (rows.length === 0) return html`<p>${empty}</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${heads[0] ?? ''}"><table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${cells.map((cell, index) => (index === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`))}</tr>`)}</tbody></table></div>`;
}

function age(time: string, now: Date): string {
  const minutes = Math.max(0, Math.round((now.getTime() - Date.parse(time)) / 60_000));
  return minutes < 60 ? `${minutes} min` : minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}
