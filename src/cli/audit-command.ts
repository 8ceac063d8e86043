/** `backstop audit`: the audit page's figures as CSV, or the FLS-DB file, from the database. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { makeAudit } from '../app/audit.ts';
import { addAuditReportCommand } from './audit-report-command.ts';
import { addAuditVerifyCommand } from './audit-verify-command.ts';
import type { WithData } from './case-commands.ts';

interface AuditOptions {
  readonly from?: string;
  readonly to?: string;
  readonly by: 'week' | 'month' | 'quarter';
  readonly flsDb?: boolean;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function addAuditCommand(program: Command, withData: WithData): void {
  const audit = program
    .command('audit')
    .description('prints the audit of a period: the same CSV as the audit page, or the FLS-DB file')
    .option('--from <day>', 'first day, YYYY-MM-DD')
    .option('--to <day>', 'the day after the last, YYYY-MM-DD')
    .addOption(new Option('--by <step>', 'one row for each').choices(['week', 'month', 'quarter']).default('month'))
    .option('--csv', 'as CSV (the default)')
    .option('--fls-db', 'one row a patient, with the field names of the FLS-DB')
    .action((options: AuditOptions) =>
      withData(async (data) => {
        const question = { from: dayOf('--from', options.from), to: dayOf('--to', options.to), by: options.by, only: null };
        const figures = makeAudit(data.pool, () => new Date());
        process.stdout.write(await (options.flsDb ? figures.flsDb(question) : figures.csv(question)));
      }),
    );
  addAuditReportCommand(audit, withData);
  addAuditVerifyCommand(audit, withData);
}

function dayOf(name: string, day: string | undefined): string {
  if (day === undefined) throw new Error(`${name} is missing: a day like 2026-11-30`);
  if (!DAY.test(day)) throw new Error(`${name} is no day like 2026-11-30: ${day}`);
  return day;
}
