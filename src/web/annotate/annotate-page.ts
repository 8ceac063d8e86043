/** The pages of annotation: the list of studies, and one study with its picture, its points and what stands of each vertebra. */
import { html, raw } from 'hono/html';
import { type AnnotatedVertebra, type Annotation, type Proposal, SIX_POINTS, type SixOnPicture } from '#src/case/annotation.ts';
import { LEVELS, type Level } from '#src/case/vertebra.ts';
import type { Markup } from '../layout.ts';
import { startingPoints } from './starting-points.ts';

export interface StudyParts {
  /** Every link begins with it: "/<key of this run>". */
  readonly base: string;
  readonly proposal: Proposal;
  readonly mine: Annotation;
  /** What other readers marked, shown to the adjudicator alone. */
  readonly others: readonly { readonly reader: string; readonly vertebrae: readonly AnnotatedVertebra[] }[];
  /** Levels to decide, with what is in dispute; null: every level is marked. */
  readonly disputes: ReadonlyMap<Level, readonly string[]> | null;
  readonly chosen: Level | null;
  readonly told: string;
}

export function annotateDocument(title: string, base: string, body: Markup): Markup {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${title} - Backstop</title>
<link rel="stylesheet" href="${base}/static/backstop.css"></head>
<body><header><div class="bar"><a class="brand" href="${base}/">Backstop: annotation</a></div></header>
<main id="content"><h1>${title}</h1>
${body}</main></body></html>`;
}

export function studyList(base: string, mine: Annotation, studies: readonly { readonly study: string; readonly what: string }[]): Markup {
  const marked = (study: string): number => mine.vertebrae.filter((one) => one.study === study).length;
  const stateOf = (study: string): string => (mine.finished.includes(study) ? 'finished' : marked(study) > 0 ? 'begun' : 'not begun');
  return html`<p>${studies.filter(({ study }) => mine.finished.includes(study)).length} of ${studies.length} finished by ${mine.reader}.</p>
<table><thead><tr><th scope="col">Study</th><th scope="col">Images</th><th scope="col" class="number">Vertebrae marked</th><th scope="col">State</th></tr></thead>
<tbody>${studies.map(({ study, what }) => html`<tr><th scope="row"><a href="${base}/study/${study}">${study}</a></th><td>${what}</td><td class="number">${marked(study)}</td><td>${stateOf(study)}</td></tr>`)}</tbody></table>`;
}

const marksOf = (vertebrae: readonly AnnotatedVertebra[], study: string, level: Level): AnnotatedVertebra | undefined =>
  vertebrae.find((one) => one.study === study && one.level === level);

export function studyPage(parts: StudyParts): Markup {
  const { base, proposal, mine, chosen } = parts;
  const here = `${base}/study/${proposal.study}`;
  const isFinished = mine.finished.includes(proposal.study);
  const levels = parts.disputes ? LEVELS.filter((level) => parts.disputes?.has(level)) : LEVELS;
  return html`<p class="actions"><a href="${base}/">All studies</a></p>
<div role="status" class="${parts.told ? 'note' : ''}">${parts.told}</div>
<div class="columns"><section class="panel stays"><h2>Picture</h2>${figure(parts)}</section>
<div><section class="panel"><h2>${chosen ? `Points of ${chosen}` : 'Vertebrae'}</h2>
${chosen ? pointsForm(parts, chosen, here) : html`<p>Choose a vertebra, put its six points on the edges of its endplates, and save it. A level that the model did not find can be chosen as well.</p>`}
<ul>${levels.map((level) => levelLine(parts, level, here))}</ul></section>
<section class="panel"><h2>This study</h2><p>${isFinished ? 'You have finished it.' : 'When every vertebra that can be seen whole is saved or said to be not evaluable:'}</p>
<form method="post" action="${here}/finish"><button type="submit" name="finished" value="${isFinished ? 'no' : 'yes'}">${isFinished ? 'Open it again' : 'Finish this study'}</button></form></section></div></div>
<script src="${base}/static/annotate.js" defer></script>`;
}

function levelLine(parts: StudyParts, level: Level, here: string): Markup {
  const own = marksOf(parts.mine.vertebrae, parts.proposal.study, level);
  const isProposed = parts.proposal.bodies.some((one) => one.level === level);
  const state = own ? (own.points ? 'saved' : 'cannot be judged') : isProposed ? 'found by the model, not looked at' : 'not found by the model';
  const dispute = parts.disputes?.get(level)?.join(', ');
  return html`<li>${level === parts.chosen ? html`<strong>${level}</strong>` : html`<a href="${here}?level=${level}">${level}</a>`}: ${state}${dispute ? html` <span class="badge warn">${dispute}</span>` : ''}</li>`;
}

function outline(points: SixOnPicture, kind: string, level: Level, handles: boolean): Markup {
  const ring = (['AS', 'MS', 'PS', 'PI', 'MI', 'AI'] as const).map((name) => points[name].map((value) => value.toFixed(1)).join(','));
  const dot = (name: (typeof SIX_POINTS)[number]): Markup =>
    html`<circle class="${kind}" cx="${points[name][0].toFixed(1)}" cy="${points[name][1].toFixed(1)}" r="1.6" data-point="${name}"><title>${name}</title></circle>`;
  return html`<polygon class="${kind}" points="${ring.join(' ')}"${handles ? raw(' data-ring') : ''}/>${handles ? SIX_POINTS.map(dot) : ''}<text x="${(Math.max(points.PS[0], points.PI[0]) + 3).toFixed(1)}" y="${((points.PS[1] + points.PI[1]) / 2).toFixed(1)}">${level}</text>`;
}

function figure(parts: StudyParts): Markup {
  const { base, proposal, mine, chosen, others } = parts;
  const shown = LEVELS.filter((level) => level !== chosen).flatMap((level) => {
    const points = marksOf(mine.vertebrae, proposal.study, level)?.points;
    const proposed = proposal.bodies.find((one) => one.level === level)?.points;
    return points ? [outline(points, 'grade0', level, false)] : proposed ? [outline(proposed, 'unseen', level, false)] : [];
  });
  const theirs = chosen ? others.flatMap((one) => marksOf(one.vertebrae, proposal.study, chosen)?.points ?? []) : [];
  return html`<figure class="spine-figure"><div class="spine"><svg viewBox="0 0 ${proposal.columns} ${proposal.rows}" role="img" aria-label="Straightened spine, front on the left">
<image href="${base}/study/${proposal.study}/picture.png" width="${proposal.columns}" height="${proposal.rows}" preserveAspectRatio="none"/>
${shown}${theirs.map((points, at) => outline(points, at === 0 ? 'grade1' : 'unsure', chosen!, false))}${chosen ? outline(startingPoints(parts, chosen), 'grade2', chosen, true) : ''}
</svg></div><figcaption>Straightened along the spine: front left, back right. Dashed orange with dots: the vertebra in hand. Thin: saved. Grey: the model's proposal.${theirs.length > 0 ? ` Yellow dots and blue dashes: ${others.map((one) => one.reader).join(', ')}.` : ''}</figcaption></figure>`;
}

function pointsForm(parts: StudyParts, level: Level, here: string): Markup {
  const points = startingPoints(parts, level);
  const { columns, rows } = parts.proposal;
  const inputs = SIX_POINTS.map(
    (name) => html`<fieldset><legend>${name}</legend>
<label>column <input type="number" name="${name}-x" value="${points[name][0].toFixed(1)}" min="0" max="${columns}" step="0.1"></label>
<label>row <input type="number" name="${name}-y" value="${points[name][1].toFixed(1)}" min="0" max="${rows}" step="0.1"></label></fieldset>`,
  );
  return html`<form method="post" action="${here}/points" id="annotate-form" data-columns="${columns}" data-rows="${rows}"><input type="hidden" name="level" value="${level}">
<p>Drag the dots on the picture, or change the numbers (picture pixels). A corner is where endplate and wall would meet without an osteophyte.</p>
<div class="points">${inputs}</div>
<p><button type="submit" name="action" value="save">Save ${level}</button> <button type="submit" name="action" value="not-evaluable" class="quiet">${level} cannot be judged</button> <button type="submit" name="action" value="remove" class="quiet">There is no ${level} here</button></p></form>`;
}
