/** The pictures of docs/user-guide.md: opens each page in Chromium on invented people and stores it below 150 kB. */
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { openBrowser, signIn } from '#test/web/browser.ts';
import { openWeb } from '#test/web/open-web.ts';
import { GUIDE_PAGES, inventGuide, seedGuide } from './guide/guide-pages.ts';

const [folder = 'docs/pictures', ...wanted] = process.argv.slice(2);
const today = new Date().toISOString().slice(0, 10);
await mkdir(folder, { recursive: true });
const invented = await inventGuide(today);
const web = await openWeb({ settings: { VIEWER_URL: 'https://viewer.example/viewer?StudyInstanceUIDs={studyInstanceUid}' } });
const browser = await openBrowser();
try {
  const seeded = await seedGuide(web.pool, invented);
  for (const shot of GUIDE_PAGES.filter((page) => wanted.length === 0 || wanted.includes(page.name))) {
    web.become(shot.person, shot.roles);
    const context = await browser.newContext({
      colorScheme: shot.scheme ?? 'light',
      viewport: { width: shot.width ?? 1080, height: shot.height ?? 800 },
    });
    const page = await signIn(context, web.url);
    await page.goto(`${web.url}${shot.path(seeded)}`);
    await shot.before?.(page);
    if (shot.print) await page.emulateMedia({ media: 'print' });
    const file = join(folder, `${shot.name}.png`);
    const bytes = await page.screenshot({ fullPage: shot.full ?? false });
    await sharp(bytes).png({ palette: true, colours: 48, dither: 0, compressionLevel: 9, effort: 10 }).toFile(file);
    console.log(`${file} ${Math.round((await stat(file)).size / 1024)} kB`);
    await context.close();
  }
} finally {
  await browser.close();
  await web.close();
}
