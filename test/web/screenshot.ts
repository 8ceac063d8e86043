/** Pictures of the pages as the stories meet them: BACKSTOP_SCREENSHOTS, else test-results/screenshots (not in git; CI keeps it). */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const FOLDER = process.env['BACKSTOP_SCREENSHOTS'] ?? 'test-results/screenshots';

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  await page.screenshot({ path: join(FOLDER, `${name}.png`), fullPage: true });
}
