/** The worklist's routes: the list, and what a nurse does with a row. A row that somebody else changed meanwhile is not changed again. */

import express, { type Request, type Router } from 'express';
import { html } from 'hono/html';
import { type CaseSummary, personKey } from '#src/case/case-summary.ts';
import { isDeclineReason } from '#src/case/decline-reason.ts';
import { type CaseId, caseId } from '#src/case/ids.ts';
import type { HumanAnswer } from '#src/case/referral.ts';
import type { CaseLists, Clock, TrailEntry } from '#src/ports.ts';
import { type Answer, field, fields, localPath, type Pages, rowOf } from '../page.ts';
import type { Viewer } from '../viewer.ts';
import { personName } from '../words.ts';
import { filtered, filterQuery, type PersonRow, personRows, readFilter, SHOWS, WORKLIST_OUTCOMES, type WorklistFilter } from './person-rows.ts';
import { worklistPage } from './worklist-page.ts';
import { rowId, stampOf, worklistRow } from './worklist-row.ts';

/** Stores an answer once, with its row of the audit trail, and takes the case where it leads. 'known': the same key was there; 'gone': no such case. */
export type AnswerPort = (id: CaseId, answer: HumanAnswer, trail: TrailEntry) => Promise<'recorded' | 'known' | 'gone'>;

export interface WorklistOptions {
  readonly pages: Pages;
  readonly lists: CaseLists;
  readonly answer: AnswerPort;
  readonly clock: Clock;
}

export function makeWorklistRouter(options: WorklistOptions): Router {
  const router = express.Router();
  router.get(
    '/worklist',
    options.pages.for(['fls'], (viewer, request) => showList(options, viewer, request)),
  );
  router.post(
    '/worklist/act',
    options.pages.for(['fls'], (viewer, request) => act(options, viewer, request)),
  );
  return router;
}

const today = (options: WorklistOptions): string => options.clock.now().toISOString().slice(0, 10);

async function rowsFor(options: WorklistOptions, cases: readonly CaseSummary[]): Promise<readonly PersonRow[]> {
  const notes = await options.lists.notes(cases.map((one) => one.id));
  return personRows(cases, notes, today(options));
}

async function showList(options: WorklistOptions, viewer: Viewer, request: Request): Promise<Answer> {
  const filter = readFilter(request.query);
  const all = await rowsFor(options, await options.lists.worklist(WORKLIST_OUTCOMES, SHOWS[filter.show]));
  await options.pages.note(viewer, 'worklist-read', null, `${all.length} patients`);
  return {
    title: 'Worklist',
    body: html`${peopleList(all, viewer)}${worklistPage({ ...context(options, request, all, viewer, filter), filter, rows: filtered(all, filter), total: all.length, told: toldWords(request) })}`,
  };
}

function context(options: WorklistOptions, request: Request, rows: readonly PersonRow[], viewer: Viewer, filter: WorklistFilter) {
  const back = `/worklist${filterQuery(filter, { page: filter.page })}`;
  return { csrf: options.pages.csrf(request), today: today(options), back, people: peopleOf(rows, viewer) };
}

function peopleOf(rows: readonly PersonRow[], viewer: Viewer): readonly string[] {
  return [...new Set([viewer.name, ...rows.flatMap((row) => [row.assignedTo, ...row.notes.map((note) => note.byName)])])]
    .filter((name) => name !== '')
    .toSorted();
}

function peopleList(rows: readonly PersonRow[], viewer: Viewer) {
  return html`<datalist id="people">${peopleOf(rows, viewer).map((name) => html`<option value="${name}"></option>`)}</datalist>`;
}

const TOLD: Readonly<Record<string, string>> = {
  accept: 'Accepted.',
  schedule: 'Appointment kept.',
  unattended: 'Noted: a new appointment is needed.',
  decline: 'Declined; the reason is kept.',
  done: 'Marked as done.',
  note: 'Note kept.',
  'hand-over': 'Handed over.',
};

function toldWords(request: Request): string {
  const told = request.query['told'];
  return typeof told === 'string' && Object.hasOwn(TOLD, told) ? (TOLD[told] ?? '') : '';
}

/** Undefined when the form is not one of ours. */
function readCases(request: Request): readonly { readonly id: CaseId; readonly stamp: string }[] | undefined {
  const parts = fields(request, 'case').map((text) => /^([0-9a-f-]{36}):(\d+\.\d+)$/i.exec(text));
  if (parts.length === 0 || parts.length > 50 || parts.some((part) => part === null)) return undefined;
  return parts.map((part) => ({ id: caseId(part?.[1] ?? ''), stamp: part?.[2] ?? '' }));
}

async function act(options: WorklistOptions, viewer: Viewer, request: Request): Promise<Answer> {
  const action = field(request, 'action');
  const wanted = readCases(request);
  if (!wanted || !Object.hasOwn(TOLD, action)) return fault('The form is not complete. Go back, reload the page and try again.', 400);
  if (action === 'note' || action === 'hand-over') {
    const text = field(request, action === 'note' ? 'note' : 'assignee', 2000).trim();
    if (action === 'note' && text === '') return await back(options, viewer, request, wanted, 'The note is empty: nothing was kept.', 400);
    const first = wanted[0];
    const there = first && (await options.lists.byIds([first.id])).length > 0;
    if (!first || !there) return fault('This case is not there any more.', 404);
    const note = { caseId: first.id, byName: viewer.name, kind: action === 'note' ? ('note' as const) : ('handed-over' as const), text };
    await options.lists.addNote(note, viewer.id, rowOf(viewer, `worklist-${action}`, first.id, ''));
  } else {
    const trouble = await answerAll(options, viewer, request, wanted, action);
    if (trouble) return await back(options, viewer, request, wanted, trouble.words, trouble.status);
  }
  return await back(options, viewer, request, wanted, TOLD[action] ?? '', 200, action);
}

const KINDS: Readonly<Record<string, HumanAnswer['kind']>> = {
  accept: 'referral-accepted',
  schedule: 'referral-scheduled',
  unattended: 'referral-unattended',
  decline: 'referral-declined',
  done: 'referral-done',
};

interface Trouble {
  readonly words: string;
  readonly status: number;
}

/** Every case of the row gets the same answer; none does when one of them is not as the nurse saw it. */
async function answerAll(
  options: WorklistOptions,
  viewer: Viewer,
  request: Request,
  wanted: readonly { readonly id: CaseId; readonly stamp: string }[],
  action: string,
): Promise<Trouble | undefined> {
  const reason = field(request, 'reason');
  const reasonText = field(request, 'reasonText', 500).trim();
  if (action === 'decline' && !isDeclineReason(reason)) return { words: 'Choose a reason to decline: nothing was changed.', status: 400 };
  if (action === 'decline' && reason === 'other' && reasonText === '')
    return { words: 'Say in words what the other reason is: nothing was changed.', status: 400 };
  const day = field(request, 'day');
  if (action === 'schedule' && !isDay(day)) return { words: 'Give the day of the appointment: nothing was changed.', status: 400 };
  const now = await options.lists.byIds(wanted.map((one) => one.id));
  const changed = wanted.some(({ id, stamp }) => now.every((one) => one.id !== id || stampOf(one) !== stamp));
  if (changed) return { words: STALE, status: 409 };
  for (const { id, stamp } of wanted) {
    const answer: HumanAnswer = {
      kind: KINDS[action] ?? 'referral-done',
      at: options.clock.now().toISOString(),
      by: viewer.id,
      reasonCode: action === 'decline' ? reason : null,
      reasonText: action === 'decline' && reasonText !== '' ? reasonText : null,
      ...(action === 'schedule' && { scheduledFor: day }),
      // The stamp in the key: of two nurses who answer the same state of a case, only one is stored.
      key: `worklist:${stamp}`,
    };
    const outcome = await options.answer(id, answer, rowOf(viewer, `worklist-${action}`, id, answer.reasonCode ?? ''));
    if (outcome !== 'recorded') return { words: STALE, status: 409 };
  }
  return undefined;
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true;
}

const STALE = 'Somebody else changed this row meanwhile, or a new report came: nothing was changed. This is how it stands now.';

/** With htmx the row as it stands now and the message; else the list, or a page that tells what went wrong. */
async function back(
  options: WorklistOptions,
  viewer: Viewer,
  request: Request,
  wanted: readonly { readonly id: CaseId }[],
  words: string,
  status: number,
  told?: string,
): Promise<Answer> {
  const listPath = localPath(field(request, 'back', 1000), '/worklist');
  if (told !== undefined && request.get('hx-request') !== 'true') {
    return { goTo: `${listPath}${listPath.includes('?') ? '&' : '?'}told=${told}#row-${wanted[0]?.id ?? ''}` };
  }
  const rows = await rowsFor(options, await samePerson(options, wanted));
  const filter = readFilter(Object.fromEntries(new URLSearchParams(listPath.split('?')[1] ?? '')));
  const shared = { ...context(options, request, rows, viewer, filter), back: listPath };
  const list = html`${rows.map((row) => worklistRow(row, shared))}`;
  if (request.get('hx-request') === 'true') {
    return {
      piece: html`${list}<div id="told" role="status" class="note${status === 200 ? '' : ' warn'}" hx-swap-oob="true">${words} (${rows.map((row) => personName(row.lead.report.patient)).join('; ')})</div>`,
    };
  }
  const body = html`<p class="note warn" role="alert">${words}</p><ol class="worklist">${list}</ol><p><a href="${listPath}${rows[0] ? `#${rowId(rows[0])}` : ''}">Back to the worklist</a></p>`;
  return { title: 'Not changed', body, status };
}

/** The cases as they stand, whatever the list's filter says. */
async function samePerson(options: WorklistOptions, wanted: readonly { readonly id: CaseId }[]): Promise<readonly CaseSummary[]> {
  const found = await options.lists.byIds(wanted.map((one) => one.id));
  const key = found[0] && personKey(found[0]);
  return found.filter((one) => personKey(one) === key);
}

function fault(words: string, status: number): Answer {
  return {
    title: 'Not changed',
    body: html`<p class="note warn" role="alert">${words}</p><p><a href="/worklist">Back to the worklist</a></p>`,
    status,
  };
}
