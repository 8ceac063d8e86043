/** A page for somebody who is not signed in (any more): what happened and where to go on. Nothing of the request stands in it. */

/** `onward` is one of our own addresses or the provider's; `at once`: the browser goes there by itself. */
export function plainPage(
  title: string,
  sentence: string,
  onward: { readonly url: string; readonly words: string; readonly atOnce?: boolean },
): string {
  const address = onward.url.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  const refresh = onward.atOnce ? `<meta http-equiv="refresh" content="0;url=${address}">\n` : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} - Backstop</title>
<link rel="stylesheet" href="/static/backstop.css">
<link rel="icon" href="/static/backstop.svg" type="image/svg+xml">
${refresh}</head>
<body>
<header><div class="bar"><a class="brand" href="/">Backstop</a></div></header>
<main id="content"><h1>${title}</h1><p>${sentence}</p><p><a href="${address}">${onward.words}</a></p></main>
</body>
</html>
`;
}
