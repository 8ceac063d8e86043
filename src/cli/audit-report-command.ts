/** `backstop audit report`: the yearly report as one HTML file. */
import { writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { WithData } from './case-commands.ts';

interface ReportOptions {
  readonly year: string;
  readonly out: string;
  readonly intervention?: string;
  readonly sites?: readonly string[];
}

function year(text: string): string {
  if (!/^\d{4}$/.test(text)) throw new InvalidArgumentError('a year like 2026');
  return text;
}

function day(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(text))) throw new InvalidArgumentError('a day like 2026-07-01');
  return text;
}

export function addAuditReportCommand(audit: Command, withData: WithData): void {
  audit
    .command('report')
    .description('the yearly report as one HTML file: before and after with a control group, charts, how many scans a rise needs')
    .requiredOption('--year <year>', 'the calendar year', year)
    .requiredOption('--out <file>', 'where the HTML goes')
    .option('--intervention <day>', 'the day on which work with Backstop began', day)
    .option('--sites <names...>', 'sources that work with Backstop; all others are the control group (default: all)')
    .action((options: ReportOptions) =>
      withData(async (data) => {
        const { makeYearReport } = await import('../app/year-report.ts');
        const { yearPage } = await import('../web/audit/year-page.ts');
        const asked = { year: options.year, intervention: options.intervention ?? null, interventionSites: options.sites ?? [] };
        const report = await makeYearReport(data.pool, asked, new Date());
        await writeFile(options.out, await yearPage(report));
        console.log(`${report.audit.cases} reports of ${report.year}; the report is in ${options.out}`);
      }),
    );
}
