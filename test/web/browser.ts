/** Chromium without network of its own, for tests and screenshots; axe-core in an isolated world, because the pages' CSP allows no foreign script. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const PATH = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
export const hasBrowser = existsSync(PATH);

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: PATH,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface Fault {
  readonly rule: string;
  readonly impact: string;
  readonly where: string;
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Violations of WCAG 2.2 AA and axe's best practice on the page as it stands. */
export async function axeFaults(page: Page): Promise<readonly Fault[]> {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = (await session.send('Page.getFrameTree')) as { frameTree: { frame: { id: string } } };
  const { executionContextId } = (await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id })) as { executionContextId: number };
  const run = async (expression: string): Promise<{ value?: unknown }> => {
    const answer = await session.send('Runtime.evaluate', { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true });
    if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.exception?.description ?? answer.exceptionDetails.text);
    return answer.result;
  };
  await run(`${AXE};0`);
  const { value } = await run(`axe.run(document, { runOnly: ${JSON.stringify(TAGS)}, resultTypes: ['violations'] }).then((result) =>
    result.violations.flatMap((one) => one.nodes.map((node) => ({ rule: one.id, impact: one.impact, where: node.target.join(' ') + ': ' + (node.failureSummary || '').slice(0, 200) }))))`);
  await session.detach();
  return value as readonly Fault[];
}

/** Signs in through the (mock) identity provider, as the browser does it. */
export async function signIn(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${url}/login`);
  return page;
}
