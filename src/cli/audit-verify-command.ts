/** `backstop audit verify`: proves that the audit trail is whole, from its beginning (or the last purge) to its head. */
import type { Command } from 'commander';
import { readAuditHead, verifyAuditChain } from '../systems/postgres/audit-chain.ts';
import type { WithData } from './case-commands.ts';

export function addAuditVerifyCommand(audit: Command, withData: WithData): void {
  audit
    .command('verify')
    .description('checks the hash chain of the audit trail; exit 1 when a row was changed or is missing')
    .option('--head <id:hash>', 'a head that was written down earlier: it must still be part of the chain')
    .option('--json', 'one JSON object')
    .action((options: { head?: string; json?: boolean }) =>
      withData(async (data) => {
        const known = options.head === undefined ? null : readAuditHead(options.head);
        if (known === undefined) throw new Error('--head is no ID:HASH as "backstop audit verify" prints it');
        const chain = await verifyAuditChain(data.pool, known);
        if (options.json) console.log(JSON.stringify(chain));
        else {
          console.log(chain.fault ? `BROKEN ${chain.fault.code}: ${chain.fault.text}` : `the audit trail is whole: ${chain.rows} rows`);
          if (chain.purgedTo !== '0') console.log(`rows up to ${chain.purgedTo} were purged by the retention policy`);
          console.log(`head ${chain.head.id}:${chain.head.hash}`);
        }
        if (chain.fault) process.exitCode = 1;
      }),
    );
}
