/** The review's routes: the list, one case, the radiologist's answer. */
import express, { type Request, type Router } from 'express';
import { html } from 'hono/html';
import type { Case } from '#src/case/case.ts';
import type { Measured } from '#src/case/finding.ts';
import { caseId } from '#src/case/ids.ts';
import type { HumanAnswer } from '#src/case/referral.ts';
import { type Grade, LEVELS, type Level, type Vertebra } from '#src/case/vertebra.ts';
import type { CaseLists, CaseStore, Clock } from '#src/ports.ts';
import { studyLink } from '../case-routes.ts';
import { type Answer, field, fields, NOT_FOUND, type Pages, rowOf } from '../page.ts';
import type { Viewer } from '../viewer.ts';
import { personName } from '../words.ts';
import type { AnswerPort } from '../worklist/worklist-routes.ts';
import { stampOf } from '../worklist/worklist-row.ts';
import { type Chosen, type Points, readChosen } from './moved-points.ts';
import { isRefuteReason } from './refute-reasons.ts';
import { inReviewOrder, reviewList } from './review-list.ts';
import { reviewPage, words } from './review-page.ts';

export interface ReviewPorts {
  /** The vertebra with its points moved, by the rules of measurement; null when they make no body. */
  readonly remeasure: (finding: Measured, level: Level, points: Points, subject: Case) => Vertebra | null;
  /** Words for an addendum on what the radiologist gave last, else on what was measured. */
  readonly addendum: (subject: Case) => string;
}

export interface ReviewOptions extends ReviewPorts {
  readonly pages: Pages;
  readonly lists: CaseLists;
  readonly store: Pick<CaseStore, 'load'>;
  readonly answer: AnswerPort;
  readonly clock: Clock;
  readonly viewerUrl: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const TOLD: Readonly<Record<string, string>> = {
  confirm: 'Confirmed: the case is decided anew.',
  change: 'Your levels and grades are kept: the case is decided anew.',
  refute: 'Kept: there is no fracture. What was written is withdrawn.',
};

export function makeReviewRouter(options: ReviewOptions): Router {
  const { pages } = options;
  const router = express.Router();
  router.get(
    '/review',
    pages.for(['radiologist'], (viewer) => showList(options, viewer)),
  );
  router.get(
    '/review/:id',
    pages.for(['radiologist'], (viewer, request) => withCase(options, request, (subject) => showReview(options, viewer, request, subject))),
  );
  router.post(
    '/review/:id',
    pages.for(['radiologist'], (viewer, request) => withCase(options, request, (subject) => answer(options, viewer, request, subject))),
  );
  return router;
}

async function withCase(options: ReviewOptions, request: Request, then: (subject: Case) => Promise<Answer>): Promise<Answer> {
  const id = String(request.params['id']);
  const subject = UUID.test(id) ? await options.store.load(caseId(id)) : undefined;
  return subject ? await then(subject) : NOT_FOUND;
}

const today = (options: ReviewOptions): string => options.clock.now().toISOString().slice(0, 10);

async function showList(options: ReviewOptions, viewer: Viewer): Promise<Answer> {
  const cases = await options.lists.reviews();
  await options.pages.note(viewer, 'review-list-read', null, `${cases.length} cases`);
  return { title: 'Review', body: reviewList(cases, today(options), '') };
}

/** With the chosen vertebra measured again, when points were moved. */
function asMoved(options: ReviewOptions, subject: Case, chosen: Chosen): { readonly finding: Measured | null; readonly moved: boolean } {
  const { finding } = subject.facts;
  if (finding?.state !== 'measured') return { finding: null, moved: false };
  const { level, points } = chosen;
  const again = level !== null && Object.keys(points).length > 0 ? options.remeasure(finding, level, points, subject) : null;
  if (!again) return { finding, moved: false };
  return { finding: { ...finding, vertebrae: finding.vertebrae.map((one) => (one.level === again.level ? again : one)) }, moved: true };
}

function chosenIn(subject: Case, values: Readonly<Record<string, unknown>>): Chosen {
  const { finding } = subject.facts;
  return readChosen(values, finding?.state === 'measured' ? finding.picture : { columns: 0, rows: 0 });
}

async function showReview(options: ReviewOptions, viewer: Viewer, request: Request, subject: Case): Promise<Answer> {
  await options.pages.note(viewer, 'case-read', subject.id, 'review');
  const waiting = inReviewOrder(await options.lists.reviews());
  const at = waiting.findIndex((one) => one.id === subject.id);
  const next = waiting[at + 1] ?? waiting.find((one) => one.id !== subject.id);
  const told = request.query['told'];
  if (typeof told === 'string' && Object.hasOwn(TOLD, told))
    return afterAnswer(options, subject, TOLD[told] ?? '', next?.id ?? null, told !== 'refute');
  const chosen = chosenIn(subject, request.query);
  const { finding, moved } = asMoved(options, subject, chosen);
  return {
    title: `Review: ${personName(subject.facts.report.patient)}`,
    body: reviewPage({
      subject,
      finding,
      chosen,
      moved,
      stamp: stampOf({ reportVersion: subject.reportVersion, answers: subject.facts.answers }),
      csrf: options.pages.csrf(request),
      today: today(options),
      viewerUrl: studyLink(options.viewerUrl, subject),
      nextUrl: next ? `/review/${next.id}` : null,
      waiting: waiting.length,
      // Words with the old figures beside the new ones would be copied: after the answer there are new words.
      addendum: moved ? null : (subject.facts.decision?.addendumText ?? null),
    }),
  };
}

function afterAnswer(options: ReviewOptions, subject: Case, told: string, next: string | null, withWords: boolean): Answer {
  return {
    title: `Review: ${personName(subject.facts.report.patient)}`,
    body: html`<p class="note" role="status">${told}</p>
<p class="actions">${next ? html`<a class="button" id="next-case" href="/review/${next}" accesskey="n">Next case (n)</a>` : 'This was the last one.'}<a href="/review">List</a><a href="/cases/${subject.id}">Case page</a><button type="button" class="quiet" id="key-switch" hidden aria-pressed="true">Single keys are on</button></p>
${withWords ? words(options.addendum(subject)) : ''}<script src="/static/review.js" defer></script>`,
  };
}

async function answer(options: ReviewOptions, viewer: Viewer, request: Request, subject: Case): Promise<Answer> {
  const action = field(request, 'action');
  const stamp = stampOf({ reportVersion: subject.reportVersion, answers: subject.facts.answers });
  if (!Object.hasOwn(TOLD, action)) return trouble('The form is not complete.', 400, subject);
  if (field(request, 'stamp') !== stamp) return trouble('Somebody else answered meanwhile, or a new report came: nothing was changed.', 409, subject);
  const human = readAnswer(options, viewer, request, subject, action, stamp);
  if (typeof human === 'string') return trouble(human, 400, subject);
  if ((await options.answer(subject.id, human, rowOf(viewer, `review-${action}`, subject.id, human.reasonCode ?? ''))) !== 'recorded')
    return trouble('Somebody else answered meanwhile: nothing was changed.', 409, subject);
  return { goTo: `/review/${subject.id}?told=${action}` };
}

/** The answer, or a sentence that says what is missing. */
function readAnswer(options: ReviewOptions, viewer: Viewer, request: Request, subject: Case, action: string, stamp: string): HumanAnswer | string {
  const base = { at: options.clock.now().toISOString(), by: viewer.id, reasonCode: null, reasonText: null, key: `review:${stamp}` };
  if (action === 'confirm') return { ...base, kind: 'finding-confirmed' };
  if (action === 'refute') {
    const reason = field(request, 'reason');
    const reasonText = field(request, 'reasonText', 500).trim() || null;
    if (!isRefuteReason(reason)) return 'Choose a reason: nothing was changed.';
    if (reason === 'other' && reasonText === null) return 'Say in words what the other reason is: nothing was changed.';
    return { ...base, kind: 'finding-refuted', reasonCode: reason, reasonText };
  }
  const changes = readChanges(request);
  if (!changes) return 'Each level may stand once, and at least one vertebra needs a grade: nothing was changed.';
  if (changes.every((change) => change.grade === 0)) return 'Every grade is 0: use "There is no fracture" and give the reason.';
  const chosen = chosenIn(subject, request.body as Readonly<Record<string, unknown>>);
  const moved = chosen.level !== null && Object.keys(chosen.points).length > 0 ? { level: chosen.level, points: chosen.points } : null;
  return { ...base, kind: 'finding-changed', changes, ...(moved ? { moved } : {}) };
}

function readChanges(request: Request): readonly { readonly level: Level; readonly grade: Grade }[] | undefined {
  const grades = fields(request, 'grades');
  const given = fields(request, 'levels').flatMap((text, index) => {
    const level = LEVELS.find((one) => one === text);
    const grade = grades[index] ?? '';
    return level && /^[0-3]$/.test(grade) ? [{ level, grade: Number(grade) as Grade }] : [];
  });
  return given.length > 0 && new Set(given.map((one) => one.level)).size === given.length ? given : undefined;
}

function trouble(sentence: string, status: number, subject: Case): Answer {
  return {
    title: 'Not changed',
    body: html`<p class="note warn" role="alert">${sentence}</p><p><a href="/review/${subject.id}">Look at the case as it stands now</a></p>`,
    status,
  };
}
