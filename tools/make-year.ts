/**
 * `npm run year`: a made hospital year with a known truth. Gives HL7 files, rows in a database, phantom images and the truth as CSV, whichever is asked for.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { migrate } from '#src/systems/postgres/migrate.ts';
import { makePool } from '#src/systems/postgres/pool.ts';
import { migrateQueue } from '#src/systems/queue/jobs.ts';
import { storeYear } from './year/store-year.ts';
import { yearCsv } from './year/year-csv.ts';
import { writeYearImages, YEAR_IMAGE_SIZES } from './year/year-images.ts';
import { yearMessage } from './year/year-message.ts';
import { DEFAULT_YEAR, type YearOptions } from './year/year-options.ts';
import { yearTruths } from './year/year-truth.ts';

interface Asked {
  readonly reports: string;
  readonly seed: string;
  readonly from: string;
  readonly days: string;
  readonly intervention: string;
  readonly drift: string;
  readonly imageShare: string;
  readonly imageSize: 'blank' | 'small' | 'full';
  readonly hl7?: string;
  readonly images?: string;
  readonly truth?: string;
  readonly database?: string;
}

const program = new Command('make-year')
  .description('makes a hospital year with known truth (invented people only)')
  .option('--reports <n>', 'how many reports', String(DEFAULT_YEAR.reports))
  .option('--seed <n>', 'another seed, another year', String(DEFAULT_YEAR.seed))
  .option('--from <day>', 'first day', DEFAULT_YEAR.from)
  .option('--days <n>', 'length in days', String(DEFAULT_YEAR.days))
  .option('--intervention <day>', 'day from which two of the four sites work with Backstop, or "never"', DEFAULT_YEAR.intervention ?? 'never')
  .option('--drift <share>', 'what every site gains by itself in a year, 0.02 = two points', '0')
  .option('--image-share <share>', 'share of the CT reports that have images', '0')
  .option('--image-size <size>', 'blank, small (quick) or full (for the model)', 'small')
  .option('--hl7 <dir>', 'one .hl7 file a report, in a folder for each site')
  .option('--images <dir>', 'DICOM studies of the reports that have images')
  .option('--truth <file>', 'the truth as CSV')
  .option('--database <url>', 'fills this database (empty, or migrated by Backstop)');

async function make(asked: Asked): Promise<void> {
  const options: YearOptions = {
    ...DEFAULT_YEAR,
    reports: Number(asked.reports),
    seed: Number(asked.seed),
    from: asked.from,
    days: Number(asked.days),
    intervention: asked.intervention === 'never' ? null : asked.intervention,
    drift: Number(asked.drift),
    imageShare: Number(asked.imageShare),
  };
  if (![asked.hl7, asked.images, asked.truth, asked.database].some((target) => target !== undefined))
    program.error('nothing asked for: give --hl7, --images, --truth or --database');
  let images = 0;
  for (const truth of yearTruths(options)) {
    if (asked.hl7 !== undefined) {
      const folder = join(asked.hl7, truth.site.name);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, `${truth.accession}.hl7`), yearMessage(truth));
    }
    if (asked.images !== undefined && truth.hasImages) {
      await writeYearImages(truth, asked.images, YEAR_IMAGE_SIZES[asked.imageSize]);
      images += 1;
    }
  }
  if (asked.truth !== undefined) await writeFile(asked.truth, yearCsv([...yearTruths(options)]));
  if (asked.database !== undefined) await fill(asked.database, options);
  console.log(`${options.reports} reports from ${options.from}, seed ${options.seed}${asked.images === undefined ? '' : `, ${images} with images`}`);
}

async function fill(url: string, options: YearOptions): Promise<void> {
  const pool = makePool({ url, max: 2, applicationName: 'make-year', onError: () => undefined });
  try {
    await migrate(pool, migrateQueue);
    await storeYear(pool, options);
  } finally {
    await pool.end();
  }
}

if (import.meta.main) await program.action(make).parseAsync();
