/** The backload's report for the lead of the fracture liaison service, as one HTML file: what was missed, and what the service must expect. */
import { html } from 'hono/html';
import type { BackloadFigures, BackloadShare } from '#src/case/backload-figures.ts';
import { plainTable, standalonePage } from './standalone-page.ts';

const number = (name: string) => ({ name, isNumber: true });
const share = ({ hits, of }: BackloadShare): string => (of === 0 ? 'none to count' : `${((100 * hits) / of).toFixed(1)} % (${hits} of ${of})`);

const why = (title: string, name: string, counts: Readonly<Record<string, number>>) =>
  Object.keys(counts).length === 0 ? html`<p>${title}: none.</p>` : plainTable(title, [{ name }, number('Reports')], Object.entries(counts));

export function backloadPage(figures: BackloadFigures): Promise<string> {
  const { from, to, weeks, reports, patients, measured, stated, advised } = figures;
  const missed = stated.of - stated.hits;
  return standalonePage(
    `Backload ${from} to ${to}`,
    html`<p>Past reports, read and measured in the shadow: nothing was written to the health record, the archive or any list. ${to} is not included.</p>
<ul class="tiles"><li><strong>${reports}</strong> reports of ${patients} patients</li><li><strong>${measured}</strong> measured</li><li><strong>${missed}</strong> fractures of grade 2 or 3 that the report does not state</li><li><strong>${advised.of - advised.hits}</strong> stated fractures without advice</li></ul>
<section><h2>What the reports said</h2>
<p>Stated, of the examinations with a measured fracture of grade 2 or 3: <strong>${share(stated)}</strong>. The measurement is a model’s and no radiologist has confirmed it: some of what looks missed will be the model’s error.</p>
<p>Advice, of the reports that state a fracture: <strong>${share(advised)}</strong>.</p>
${plainTable(
  'What the report says, against the worst measured grade',
  [{ name: 'Report' }, number('none'), number('grade 1'), number('grade 2'), number('grade 3'), number('cannot say')],
  figures.agreement.map((row) => [row.says, ...row.byGrade, row.cannotSay]),
)}</section>
<section><h2>Work that would come</h2>
<p>Over ${weeks.toFixed(1)} weeks, by today’s policy.</p>
${plainTable(
  'By rule',
  [{ name: 'Rule' }, { name: 'Outcome' }, { name: 'Priority' }, number('in all'), number('a week')],
  figures.byRule.map((row) => [row.rule, row.outcome.replaceAll('-', ' '), row.priority || '-', row.count, row.perWeek.toFixed(1)]),
)}</section>
<section><h2>What if</h2>
<p>Patients (each once) whose images show a vertebra that has lost at least so much height, at this age or over. Genant’s grades begin at 20, 25 and 40 percent.</p>
${plainTable(
  'Patients by loss and age',
  [
    number('Loss at least, %'),
    number('Age at least'),
    number('Patients'),
    number('a week'),
    number('report does not state it'),
    number('stated, no advice'),
  ],
  figures.whatIf.map((row) => [row.lossPercent, row.ageYears, row.patients, row.perWeek.toFixed(1), row.notStated, row.statedWithoutAdvice]),
)}</section>
<section class="two"><div>${why('Nothing can be said: why', 'Reason', figures.cannotSay)}</div>
<div>${why('Stopped: why', 'Code', figures.stopped)}</div></section>`,
  );
}
