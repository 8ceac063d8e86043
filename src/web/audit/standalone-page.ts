/** One HTML file that needs nothing beside it: for reports that are sent, kept and printed. */
import { html, raw } from 'hono/html';
import type { Markup } from '../layout.ts';

const STYLE = `
:root { color-scheme: light; --ink: #1c2733; --soft: #5b6876; --rule: #d5dce3; --accent: #0b5cad; --warn: #a8310f; --aim: #1d7a46; }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: #fff; margin: 0 auto; padding: 24px 32px; max-width: 980px; }
h1 { font-size: 1.7rem; margin: 0 0 .2em; } h2 { font-size: 1.2rem; margin: 1.8em 0 .4em; border-bottom: 1px solid var(--rule); padding-bottom: .2em; }
h3 { font-size: 1rem; margin: 1.2em 0 .3em; } p { margin: .4em 0; max-width: 78ch; } .note { color: var(--soft); font-size: .92em; }
table { border-collapse: collapse; margin: .6em 0; font-variant-numeric: tabular-nums; } caption { text-align: left; font-weight: 600; padding-bottom: .3em; }
th, td { border: 1px solid var(--rule); padding: 3px 9px; text-align: left; vertical-align: top; } td.n, th.n { text-align: right; } thead th { background: #f1f4f7; }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; padding: 0; list-style: none; } .tiles li { border: 1px solid var(--rule); border-radius: 6px; padding: 8px 14px; }
.tiles strong { display: block; font-size: 1.5rem; } .two { display: grid; grid-template-columns: 1fr 1fr; gap: 8px 28px; }
svg.chart { width: 100%; height: auto; display: block; } svg text { font: 11px system-ui, sans-serif; fill: var(--soft); stroke: none; }
svg .grid { stroke: var(--rule); } svg .limits { stroke: #9aa7b4; fill: none; } svg .line { stroke: var(--accent); stroke-width: 1.8; fill: none; }
svg .point { fill: var(--accent); } svg circle.outside { fill: none; stroke: var(--warn); stroke-width: 2; } svg path.outside { stroke: var(--warn); stroke-width: 1.6; fill: none; }
svg line.baseline { stroke: var(--warn); stroke-dasharray: 2 3; } svg line.target { stroke: var(--aim); stroke-dasharray: 6 3; } svg line.centre { stroke: var(--soft); }
svg line.limit { stroke: #9aa7b4; stroke-dasharray: 3 3; } svg text.baseline { fill: var(--warn); } svg text.target { fill: var(--aim); }
svg .control { stroke: #7a8793; fill: #7a8793; } svg path.control { fill: none; stroke-dasharray: 5 3; stroke-width: 1.6; } svg .fit { stroke: var(--ink); stroke-width: 1.4; fill: none; }
svg .event { stroke: var(--ink); stroke-dasharray: 4 3; }
@media (max-width: 700px) { .two { grid-template-columns: 1fr; } body { padding: 12px; } }
@media print { body { padding: 0; max-width: none; font-size: 11pt; } section { break-inside: avoid; } h2 { break-after: avoid; } @page { size: A4; margin: 16mm; } }
`;

export async function standalonePage(title: string, body: Markup): Promise<string> {
  return String(
    await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
<footer><p class="note">AI measurements, research use. Trained on synthetic spines only, not clinically validated. Not a medical device.</p></footer>
</body>
</html>
`,
  );
}

export interface Column {
  readonly name: string;
  /** Right aligned. */
  readonly isNumber?: boolean;
}

export function plainTable(caption: string, columns: readonly Column[], rows: readonly (readonly (string | number)[])[]): Markup {
  const kind = (index: number): Markup | string => (columns[index]?.isNumber ? raw(' class="n"') : '');
  return html`<table><caption>${caption}</caption><thead><tr>${columns.map((column, index) => html`<th scope="col"${kind(index)}>${column.name}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((value, index) => html`<td${kind(index)}>${value}</td>`)}</tr>`)}</tbody></table>`;
}
