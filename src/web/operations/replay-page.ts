/** The dry run of a replay: what would become of each message of one cause, before anything is changed. */
import { html } from 'hono/html';
import type { Markup } from '../layout.ts';
import { moment } from '../words.ts';
import type { ReplayItem } from './replay-port.ts';

const THEN: Readonly<Record<ReplayItem['then'], string>> = {
  'starts-again': 'the same report; the case starts again',
  changed: 'reads differently by the present rules and source profiles',
  'stops-again': 'would stop again',
  unreadable: 'still no usable report in it',
};

export function replayPage(cause: string, items: readonly ReplayItem[], csrf: string): Markup {
  const useful = items.filter((item) => item.then === 'starts-again' || item.then === 'changed');
  return html`<p class="note">A dry run: nothing has been changed. Messages are read by today's rules and source profiles (HL7_SOURCES), so that a corrected mapping shows its effect here.</p>
<ul class="tiles"><li><strong>${items.length}</strong> ${items.length === 1 ? 'message' : 'messages'}</li><li><strong>${useful.length}</strong> would go on</li><li><strong>${items.filter((item) => item.changes.some((change) => change.matters)).length}</strong> change in a way that can change a decision</li></ul>
${useful.length > 0 ? html`<form method="post" action="/operations/replay" class="actions"><input type="hidden" name="_csrf" value="${csrf}"><input type="hidden" name="cause" value="${cause}"><button type="submit">${useful.length === 1 ? 'Replay the one that would go on' : `Replay all ${useful.length} that would go on`}</button></form>` : ''}
${items.length === 0 ? html`<p>No message of this cause is kept.</p>` : table(cause, items, csrf)}
<p><a href="/operations">Back to operations</a></p>`;
}

function table(cause: string, items: readonly ReplayItem[], csrf: string): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Messages of this cause"><table><caption>Oldest first, at most 500</caption>
<thead><tr><th scope="col">Message</th><th scope="col">Received (UTC)</th><th scope="col">Source</th><th scope="col">A replay</th><th scope="col">Changes</th><th scope="col">Do</th></tr></thead>
<tbody>${items.map((item) => row(cause, item, csrf))}</tbody></table></div>`;
}

function row(cause: string, item: ReplayItem, csrf: string): Markup {
  const useful = item.then === 'starts-again' || item.then === 'changed';
  const short = item.messageId.slice(0, 8);
  return html`<tr><th scope="row">${item.caseId ? html`<a href="/cases/${item.caseId}">${short}</a>` : short}</th><td>${moment(item.receivedAt)}</td><td>${item.source}</td><td>${THEN[item.then]}${item.because ? `: ${item.because}` : ''}</td>
<td>${item.changes.map((change) => html`${change.field}: ${change.before} to ${change.after}${change.matters ? html` <span class="badge warn">matters</span>` : ''}<br>`)}</td>
<td>${useful ? html`<form method="post" action="/operations/replay" class="inline"><input type="hidden" name="_csrf" value="${csrf}"><input type="hidden" name="cause" value="${cause}"><input type="hidden" name="message" value="${item.messageId}"><button type="submit" class="quiet">Replay<span class="hidden"> message ${short}</span></button></form>` : ''}</td></tr>`;
}
