/** One patient's row: who, what was seen, what the report says, how long it waits, and what can be done. */

import { html, raw } from 'hono/html';
import type { CaseSummary } from '#src/case/case-summary.ts';
import { DECLINE_REASONS, isDeclineReason } from '#src/case/decline-reason.ts';
import type { HumanAnswer } from '#src/case/referral.ts';
import type { Markup } from '../layout.ts';
import { birthAndAge, days, imagesWords, moment, outcomeWords, personName, reportWords } from '../words.ts';
import type { PersonRow } from './person-rows.ts';
import { suggestedReason } from './suggested-reason.ts';

export interface RowContext {
  readonly csrf: string;
  readonly today: string;
  /** Address of the list to come back to, e.g. "/worklist?show=new". */
  readonly back: string;
  /** People that work on this list, for handing over. */
  readonly people: readonly string[];
}

/** What a row's forms carry, so that a change made meanwhile is noticed: the report's version and how many answers there were. */
export function stampOf(summary: Pick<CaseSummary, 'reportVersion' | 'answers'>): string {
  return `${summary.reportVersion}.${summary.answers.length}`;
}

export function rowId(row: PersonRow): string {
  return `row-${row.lead.id}`;
}

export function worklistRow(row: PersonRow, context: RowContext): Markup {
  const { lead } = row;
  const name = personName(lead.report.patient);
  return html`<li id="${rowId(row)}" class="row${row.overdueDays > 0 ? ' overdue' : ''}">
<div class="who-cell"><h2><a href="/cases/${lead.id}">${name}</a></h2><p>${lead.report.patient.id.value}<br>${birthAndAge(lead.report.patient.birthDate, context.today)}, ${lead.report.patient.sex}</p></div>
<div><p>${gradeBadge(row)} ${row.urgent ? html`<span class="badge bad">urgent</span>` : ''}</p>${row.cases.map((one) => caseLine(one, row.cases.length > 1))}</div>
<div>${timeCell(row)}</div>
<div>${statusCell(row)}</div>
<div class="do">${actions(row, context, name)}</div>
</li>`;
}

function gradeBadge(row: PersonRow): Markup {
  if (row.grade === null) return html`<span class="badge plain">images: cannot say</span>`;
  if (row.grade === 0) return html`<span class="badge plain">images: no fracture seen</span>`;
  return html`<span class="badge ${row.grade >= 2 ? 'bad' : 'warn'}">grade ${row.grade}</span>`;
}

function caseLine(one: CaseSummary, several: boolean): Markup {
  const { report, decision } = one;
  return html`<p>${several ? html`<a href="/cases/${one.id}">${report.procedure?.text ?? report.modality ?? 'study'}</a>` : (report.procedure?.text ?? report.modality ?? 'study')}, ${report.examinedAt?.slice(0, 10) ?? 'date unknown'}<br>
Images: ${imagesWords(one)}<br>Report ${reportWords(one.reading)}${decision && decision.outcome !== 'refer' ? html`<br>${outcomeWords(decision)} (${decision.rule})` : ''}</p>`;
}

function timeCell(row: PersonRow): Markup {
  const due =
    row.dueDate === null
      ? 'no due date'
      : row.overdueDays > 0
        ? html`<span class="badge bad">overdue by ${days(row.overdueDays)}</span> due ${row.dueDate}`
        : `due ${row.dueDate}${row.overdueDays === 0 ? ' (today)' : ` (in ${days(-row.overdueDays)})`}`;
  return html`<p>waits ${days(row.waitDays)}<br>${row.status === 'done' || row.status === 'declined' ? '' : due}</p>`;
}

const STATUS_WORDS = { proposed: 'new', accepted: 'accepted', scheduled: 'scheduled', declined: 'declined', done: 'done' } as const;

function statusCell(row: PersonRow): Markup {
  const answer = row.lead.answers.findLast((one) => one.kind.startsWith('referral-'));
  const reason = answer ? answerWords(answer) : '';
  return html`<p><span class="badge ${row.status === 'proposed' || row.status === 'declined' ? 'plain' : 'good'}">${STATUS_WORDS[row.status]}</span>${reason ? html`<br>${reason}` : ''}${row.assignedTo ? html`<br>with ${row.assignedTo}` : ''}</p>
${row.notes.length > 0 ? html`<details><summary>${row.notes.length} ${row.notes.length === 1 ? 'note' : 'notes'}</summary><ul class="notes">${row.notes.map((note) => html`<li>${moment(note.at)} ${note.byName}: ${note.kind === 'handed-over' ? (note.text ? `handed over to ${note.text}` : 'given back to the list') : note.text}</li>`)}</ul></details>` : ''}`;
}

function answerWords({ kind, reasonCode, reasonText, scheduledFor }: HumanAnswer): string {
  if (kind === 'referral-declined' && reasonCode) return reasonWords(reasonCode, reasonText);
  if (kind === 'referral-scheduled') return scheduledFor ? `appointment on ${scheduledFor}` : 'appointment made in the health record';
  return kind === 'referral-unattended' ? 'did not come: needs a new appointment' : '';
}

function reasonWords(code: string, text: string | null): string {
  const words = isDeclineReason(code) ? DECLINE_REASONS[code] : code;
  return text ? `${words}: ${text}` : words;
}

function actions(row: PersonRow, context: RowContext, name: string): Markup {
  const open = row.status !== 'declined' && row.status !== 'done';
  const button = (value: string, words: string, quiet = false): Markup =>
    html`<button type="submit" name="action" value="${value}"${quiet ? raw(' class="quiet"') : ''}>${words}<span class="hidden"> ${name}</span></button>`;
  const main = {
    proposed: button('accept', 'Accept'),
    accepted: button('done', 'Done'),
    scheduled: html`${button('done', 'Done')} ${button('unattended', 'Did not come', true)}`,
    declined: button('accept', 'Take back', true),
    done: button('accept', 'Take back', true),
  }[row.status];
  return html`${form(row, context, html`<div class="actions">${main}</div>`)}
${row.status === 'accepted' ? scheduleForm(row, context, name) : ''}
${open ? declineForm(row, context, name) : ''}
<details><summary>Note or hand over<span class="hidden">, ${name}</span></summary>
${form(row, context, html`<label for="n-${row.lead.id}">Note</label><textarea id="n-${row.lead.id}" name="note" rows="2" maxlength="2000"></textarea>${button('note', 'Keep note', true)}`)}
${form(row, context, html`<label for="h-${row.lead.id}">Hand over to</label><input id="h-${row.lead.id}" name="assignee" list="people" maxlength="100" value="${row.assignedTo}" autocomplete="off"> ${button('hand-over', 'Hand over', true)}`)}
</details>`;
}

function scheduleForm(row: PersonRow, context: RowContext, name: string): Markup {
  return html`<details><summary>Schedule<span class="hidden"> ${name}</span></summary>
${form(
  row,
  context,
  html`<label for="d-${row.lead.id}">Day of the appointment</label><input id="d-${row.lead.id}" name="day" type="date" required>
<button type="submit" name="action" value="schedule">Schedule<span class="hidden"> ${name}</span></button>`,
)}</details>`;
}

function declineForm(row: PersonRow, context: RowContext, name: string): Markup {
  const suggested = suggestedReason(row);
  const option = ([code, words]: readonly [string, string]): Markup =>
    html`<option value="${code}">${words}${suggested?.code === code ? ` (suggested: ${suggested.because})` : ''}</option>`;
  const entries = Object.entries(DECLINE_REASONS).toSorted(([a], [b]) => Number(b === suggested?.code) - Number(a === suggested?.code));
  return html`<details><summary>Decline<span class="hidden"> ${name}</span></summary>
${form(
  row,
  context,
  html`<label for="r-${row.lead.id}">Reason</label><select id="r-${row.lead.id}" name="reason" required><option value="">choose a reason</option>${entries.map(option)}</select>
<label for="t-${row.lead.id}">In words (needed for "other")</label><input id="t-${row.lead.id}" name="reasonText" maxlength="500" autocomplete="off">
<button type="submit" name="action" value="decline" class="danger">Decline<span class="hidden"> ${name}</span></button>`,
)}</details>`;
}

function form(row: PersonRow, context: RowContext, content: Markup): Markup {
  return html`<form method="post" action="/worklist/act" hx-post="/worklist/act" hx-target="closest li.row" hx-swap="outerHTML"><input type="hidden" name="_csrf" value="${context.csrf}"><input type="hidden" name="back" value="${context.back}">${row.cases.map((one) => html`<input type="hidden" name="case" value="${one.id}:${stampOf(one)}">`)}${content}</form>`;
}
