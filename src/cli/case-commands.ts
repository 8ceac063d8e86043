/** Commands on cases in the database: explain, what-if, withdraw. */
import type { Command } from 'commander';
import type { Data } from '../app/open-data.ts';
import { caseId } from '../case/ids.ts';
import type { Config } from '../config.ts';
import type { Log } from '../lib/log.ts';
import { loadPolicy } from '../load-policy.ts';
import { explain } from '../rules/explain.ts';
import type { Policy } from '../rules/policy.ts';
import { addWhatIf, type WhatIf, whatIf } from '../rules/what-if.ts';
import { makeCaseBrowser } from '../systems/postgres/case-browser.ts';

/** Opens the configured database for one command. */
export type WithData = (work: (data: Data, config: Config, log: Log) => Promise<void>) => Promise<void>;

export function addCaseCommands(program: Command, withData: WithData): void {
  program
    .command('explain')
    .description('says which rule decided a case, from which inputs and sources')
    .argument('<case>', 'case id, or accession number')
    .action((wanted: string) =>
      withData(async (data) => {
        const found = await findCase(data, wanted);
        if (!found) throw new Error(`there is no case ${wanted}`);
        for (const line of explain(found)) console.log(line);
      }),
    );
  program
    .command('withdraw')
    .description(
      'takes a case back: off the lists, out of the health record, cancelled by HL7, rejected in the archive; what a person has taken on stays',
    )
    .argument('<case>', 'case id, or accession number')
    .action((wanted: string) =>
      withData(async (data, config, log) => {
        const found = await findCase(data, wanted);
        if (!found) throw new Error(`there is no case ${wanted}`);
        const { withdrawCase } = await import('../app/withdraw-case.ts');
        const { resources, messages, results } = await withdrawCase(found, data, config, log, program.version() ?? '');
        console.log(`case ${found.id} is closed`);
        console.log(resources === null ? 'no health record is set' : `${resources} resources withdrawn in the health record`);
        console.log(messages === null ? 'no receiver of HL7 messages is set' : `${messages} cancellations in the outbox`);
        if (results.standing > 0)
          console.log(
            `${results.standing} results in the archive ${results.left === null ? 'marked as rejected' : `stay as they are: ${results.left}`}`,
          );
        // Run again it does what is left, and nothing twice.
        if (results.failed) process.exitCode = 1;
      }),
    );
  program
    .command('what-if')
    .description('tries a policy on past cases and says what it would change; nothing is written')
    .requiredOption('--policy <file>', 'the policy to try')
    .option('--limit <n>', 'how many of the newest cases', '10000')
    .option('--json', 'as one JSON object')
    .action((options: { policy: string; limit: string; json?: boolean }) =>
      withData(async (data) => {
        if (!/^[1-9]\d*$/.test(options.limit)) throw new Error(`--limit is no number of cases: ${options.limit}`);
        const policy = loadPolicy(options.policy);
        const result = await tried(data, policy, Number(options.limit));
        if (options.json) {
          console.log(JSON.stringify(result, null, 2));
          return;
        }
        console.log(
          `policy ${result.policyVersion}: ${result.tried} cases tried, ${result.notTried} could not be, ${result.changed.length} would change`,
        );
        for (const row of result.counts) console.log(`  ${row.decision.padEnd(32)} ${String(row.was).padStart(6)} -> ${row.becomes}`);
        for (const one of result.changed) console.log(`  ${one.caseId}: ${one.was} -> ${one.becomes}. ${one.because}`);
      }),
    );
}

const PAGE = 200;

/** Page by page, newest first: whole cases are large. */
async function tried(data: Data, policy: Policy, limit: number): Promise<WhatIf> {
  const browser = makeCaseBrowser(data.pool);
  let result = whatIf(policy, []);
  for (let offset = 0; offset < limit; offset += PAGE) {
    const page = await browser.list({ limit: Math.min(PAGE, limit - offset), offset });
    result = addWhatIf(result, whatIf(policy, page));
    if (page.length < PAGE) break;
  }
  return result;
}

async function findCase(data: Data, wanted: string) {
  if (/^[0-9a-f-]{36}$/i.test(wanted)) return await data.store.load(caseId(wanted));
  const found = await data.pool.query<{ id: string }>('SELECT id FROM backstop.cases WHERE case_key LIKE $1 ORDER BY updated_at DESC LIMIT 1', [
    `%|accession|${wanted.replace(/[\\%_]/g, '\\$&')}`,
  ]);
  return found.rows[0] && (await data.store.load(caseId(found.rows[0].id)));
}
