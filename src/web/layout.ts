/** The frame of every page: one heading, a way past the navigation, no script inline, nothing from another origin. */
import { html, raw } from 'hono/html';
import { hasRole, type Viewer } from './viewer.ts';

export type Markup = ReturnType<typeof html>;

export interface PageParts {
  readonly title: string;
  readonly viewer: Viewer | undefined;
  readonly csrf: string;
  /** Path of the page, to mark it in the navigation. */
  readonly path: string;
  readonly body: Markup;
}

interface NavigationItem {
  readonly path: string;
  readonly text: string;
  readonly may: (viewer: Viewer) => boolean;
}
const NAVIGATION: readonly NavigationItem[] = [
  { path: '/worklist', text: 'Worklist', may: (viewer) => hasRole(viewer, 'fls') },
  { path: '/review', text: 'Review', may: (viewer) => hasRole(viewer, 'radiologist') },
  { path: '/cases', text: 'Cases', may: (viewer) => hasRole(viewer, 'fls', 'radiologist', 'auditor', 'ops') },
  { path: '/audit', text: 'Audit', may: (viewer) => hasRole(viewer, 'auditor', 'fls') },
  { path: '/operations', text: 'Operations', may: (viewer) => hasRole(viewer, 'ops') },
];

/** The whole document as text. */
export async function renderPage(parts: PageParts): Promise<string> {
  const { viewer } = parts;
  const items = viewer ? NAVIGATION.filter((item) => item.may(viewer)) : [];
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${parts.title} - Backstop</title>
<link rel="stylesheet" href="/static/backstop.css">
<link rel="icon" href="/static/backstop.svg" type="image/svg+xml">
<meta name="htmx-config" content='{"includeIndicatorStyles":false,"allowEval":false,"selfRequestsOnly":true,"responseHandling":[{"code":"[23]..","swap":true},{"code":"[45]..","swap":true,"error":true,"target":"#told","swapOverride":"innerHTML"}]}'>
<script src="/static/htmx.min.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<div class="bar">
<a class="brand" href="/">Backstop</a>
${
  items.length === 0
    ? ''
    : html`<nav aria-label="Pages"><ul>${items.map((item) => html`<li><a href="${item.path}"${parts.path.startsWith(item.path) ? raw(' aria-current="page"') : ''}>${item.text}</a></li>`)}</ul></nav>`
}
${viewer ? signedIn(viewer, parts.csrf) : html`<a class="who" href="/login">Sign in</a>`}
</div>
${viewer?.mock ? html`<p class="banner">Demo: sign-in is by a mock identity provider, all people are invented.</p>` : ''}
</header>
<main id="content" tabindex="-1">
<h1>${parts.title}</h1>
${parts.body}
</main>
<footer><p>AI measurements, research use. Trained on synthetic spines only, not clinically validated. Not a medical device.</p></footer>
</body>
</html>`;
  return String(await document);
}

function signedIn(viewer: Viewer, csrf: string): Markup {
  return html`<form class="who" method="post" action="/logout"><input type="hidden" name="_csrf" value="${csrf}"><span>${viewer.name}${viewer.roles.length > 0 ? ` (${viewer.roles.join(', ')})` : ''}</span> <button type="submit" class="quiet">Sign out</button></form>`;
}
