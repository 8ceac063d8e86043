/** The worklist's markup: filters that live in the address, one row a patient, every action a plain form. */
import { html, raw } from 'hono/html';
import type { Markup } from '../layout.ts';
import { days } from '../words.ts';
import { filterQuery, type PersonRow, SHOWS, type Show, type Sort, type WorklistFilter } from './person-rows.ts';
import { type RowContext, worklistRow } from './worklist-row.ts';

const SHOW_WORDS: Readonly<Record<Show, string>> = {
  open: 'Open (new, accepted, scheduled)',
  new: 'New',
  accepted: 'Accepted, no appointment yet',
  scheduled: 'Scheduled',
  declined: 'Declined',
  done: 'Done',
};
const SORT_WORDS: Readonly<Record<Sort, string>> = { grade: 'urgency and grade, then wait', wait: 'longest wait', due: 'due date', name: 'name' };

export interface WorklistParts extends RowContext {
  readonly filter: WorklistFilter;
  /** All rows of the filter. */
  readonly rows: readonly PersonRow[];
  readonly total: number;
  readonly told: string;
}

export function worklistPage(parts: WorklistParts): Markup {
  const { filter, rows } = parts;
  const overdue = rows.filter((row) => row.overdueDays > 0);
  const shown = rows.slice((filter.page - 1) * filter.per, filter.page * filter.per);
  return html`<div id="told" role="status" class="${parts.told ? 'note' : ''}">${parts.told}</div>
<ul class="tiles">
<li><strong>${rows.length}</strong> ${rows.length === 1 ? 'patient' : 'patients'}${rows.length === parts.total ? '' : ` of ${parts.total}`}</li>
<li><strong>${rows.filter((row) => row.urgent).length}</strong> urgent</li>
<li><strong>${overdue.length}</strong> overdue</li>
<li>longest wait <strong>${days(Math.max(0, ...rows.map((row) => row.waitDays)))}</strong></li>
</ul>
${filterForm(parts)}
${shown.length === 0 ? html`<p>No patient matches. ${parts.total > 0 ? html`<a href="/worklist">Show all open ones</a>.` : 'The list is empty.'}</p>` : html`<ol class="worklist" start="${(filter.page - 1) * filter.per + 1}">${shown.map((row) => worklistRow(row, parts))}</ol>`}
${pages(filter, rows.length)}`;
}

function filterForm({ filter, people }: WorklistParts): Markup {
  return html`<form class="filters" method="get" action="/worklist" role="search" aria-label="Filter the worklist">
${choice('show', 'Show', filter.show, Object.keys(SHOWS) as Show[], (value) => SHOW_WORDS[value])}
${choice('sort', 'Sort by', filter.sort, Object.keys(SORT_WORDS) as Sort[], (value) => SORT_WORDS[value])}
${choice('grade', 'Grade', String(filter.grade), ['0', '1', '2', '3'], (value) => (value === '0' ? 'any' : value === '3' ? '3' : `${value} or more`))}
${choice('due', 'Due', filter.due, ['', 'week', 'overdue'], (value) => (value === '' ? 'any time' : value === 'week' ? 'within 7 days' : 'overdue'))}
${choice('report', 'Report', filter.report, ['', 'gap'], (value) => (value === '' ? 'any' : 'missing the fracture or the advice'))}
${choice('who', 'With', filter.who, ['', 'nobody', ...people.filter((name) => name !== '')], (value) => (value === '' ? 'anybody' : value))}
<div><label for="f-q">Name or number</label><input id="f-q" name="q" type="search" value="${filter.q}" autocomplete="off"></div>
<button type="submit">Show</button>
</form>`;
}

function choice<T extends string>(name: string, label: string, value: T, options: readonly T[], words: (value: T) => string): Markup {
  return html`<div><label for="f-${name}">${label}</label><select id="f-${name}" name="${name}">${options.map((option) => html`<option value="${option}"${option === value ? raw(' selected') : ''}>${words(option)}</option>`)}</select></div>`;
}

function pages(filter: WorklistFilter, count: number): Markup {
  const last = Math.max(1, Math.ceil(count / filter.per));
  if (last === 1) return html``;
  const link = (page: number, words: string): Markup => html`<a href="/worklist${filterQuery(filter, { page })}">${words}</a>`;
  return html`<nav aria-label="Pages of the list" class="actions">${filter.page > 1 ? link(filter.page - 1, 'Previous') : ''} <span>Page ${filter.page} of ${last}</span> ${filter.page < last ? link(filter.page + 1, 'Next') : ''}</nav>`;
}
