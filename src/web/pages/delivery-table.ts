/** How far each channel of a case has come: a small table on the case page. */
import { html } from 'hono/html';
import type { ChannelName, Delivery } from '#src/case/delivery.ts';
import type { Markup } from '../layout.ts';
import { moment } from '../words.ts';

const NAMES: Readonly<Record<ChannelName, string>> = {
  fhir: 'Health record (FHIR)',
  hl7: 'HL7 message',
  document: 'Letter in the chart',
  cds: 'Card in the EHR',
  worklist: 'Worklist here',
};

/** Read on the other side and not pushed: "sent" would say too much. */
const WORDS: Readonly<Partial<Record<ChannelName, Partial<Record<Delivery['state'], string>>>>> = {
  cds: { waiting: 'ready, not shown yet', sent: 'shown' },
  worklist: { sent: 'listed' },
};
const TONE: Readonly<Record<Delivery['state'], string>> = { sent: 'good', waiting: 'plain', failed: 'warn', refused: 'bad' };

export function deliveryTable({ deliveries }: { readonly deliveries: readonly Delivery[] }): Markup {
  if (deliveries.length === 0) return html``;
  return html`<table class="deliveries"><caption>Channels (report version ${deliveries[0]?.reportVersion})</caption>
<thead><tr><th scope="col">Channel</th><th scope="col">State</th><th scope="col">Tries</th><th scope="col">Since (UTC)</th></tr></thead>
<tbody>${deliveries.map(
    (one) =>
      html`<tr><th scope="row">${NAMES[one.channel]}</th><td><span class="badge ${TONE[one.state]}">${WORDS[one.channel]?.[one.state] ?? one.state}</span>${one.code ? html` ${one.code}` : ''}</td><td>${one.tries}</td><td>${moment(one.updatedAt)}</td></tr>`,
  )}</tbody></table>`;
}
