/** `backstop patient export | erase`: what a site needs when a person asks for their data, or for its erasure. docs/safety/retention.md. */
import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { identifiersIn } from '../systems/hl7/identifiers-in.ts';
import { erasePatientData, exportPatientData, findPatientData, type PatientExport, type PatientQuestion } from '../systems/postgres/patient-data.ts';
import type { WithData } from './case-commands.ts';

interface Which {
  readonly source?: string;
  readonly authority?: string;
}

export function addPatientCommand(program: Command, withData: WithData): void {
  const patient = program.command('patient').description("one person's data: give it out, or erase it");
  const which = (command: Command): Command =>
    command
      .argument('<id>', 'patient identifier as in the HL7 messages, or the reference in the health record (Patient/123)')
      .option('--source <name>', 'only what came from this HL7 source')
      .option('--authority <name>', 'only the number that this authority gave out');
  which(patient.command('export').description('writes all that is held of one patient as JSON; audited'))
    .requiredOption('--out <file>', 'file to write; made readable for its owner alone')
    .option('--by <name>', 'who exports, for the audit trail')
    .action((id: string, options: Which & { out: string; by?: string }) =>
      withData(async (data) => {
        const held = await exportPatientData(data.pool, question(id, options));
        const counts = Object.entries(held).map(([table, rows]) => `${table} ${rows.length}`);
        await data.pool.query(`INSERT INTO backstop.audit_trail (actor, action, detail) VALUES ($1, 'patient-exported', $2)`, [
          actor(options.by),
          counts.join(', '),
        ]);
        writeFileSync(options.out, `${JSON.stringify({ madeAt: new Date().toISOString(), elsewhere: elsewhere(held), held }, null, 2)}\n`, {
          mode: 0o600,
          flag: 'wx',
        });
        console.log(`written to ${options.out}: ${counts.join(', ')}`);
      }),
    );
  which(patient.command('erase').description('erases all that is held of one patient; audited'))
    .requiredOption('--reason <text>', 'why, for the audit trail: no name and no number of the patient')
    .option('--by <name>', 'who erases, for the audit trail')
    .option('--dry-run', 'only say what would go')
    .action((id: string, options: Which & { reason: string; by?: string; dryRun?: boolean }) =>
      withData(async (data) => {
        const asked = question(id, options);
        const found = await findPatientData(data.pool, asked);
        const count = `${found.cases.length} cases, ${found.messages.length} messages and ${found.backload.length} past reports`;
        if (options.dryRun) {
          console.log(`would erase ${count}`);
          return;
        }
        const held = await exportPatientData(data.pool, asked);
        const reason = options.reason.trim().slice(0, 200);
        if (namesPatient(reason, id, held))
          throw new Error('the reason names the patient: the audit trail is kept, so write it without name and number');
        const erased = await erasePatientData(data.pool, asked, { actor: actor(options.by), reason });
        console.log(`erased ${erased.cases} cases, ${erased.messages} messages and ${erased.backload} past reports`);
        for (const place of elsewhere(held)) console.log(`still in another system: ${place}`);
      }),
    );
}

function question(id: string, options: Which): PatientQuestion {
  if (id.trim() === '') throw new Error('the patient identifier is empty');
  return { id: id.trim(), source: options.source ?? null, authority: options.authority ?? null, identifiersIn };
}

function actor(by: string | undefined): string {
  return `${(by ?? userInfo().username).slice(0, 100)} (command line)`;
}

interface HeldFacts {
  readonly report?: { readonly patient?: { readonly familyName?: string; readonly givenName?: string } };
  readonly resources?: readonly { readonly resourceType: string; readonly id: string }[];
  readonly study?: { readonly studyInstanceUid?: string } | null;
}

/** What lies in systems that are not ours to erase. */
function elsewhere(held: PatientExport): readonly string[] {
  const facts = (held['cases'] ?? []).map((row) => row['facts'] as HeldFacts);
  const resources = facts.flatMap((one) => one.resources ?? []).filter((one) => one.id !== '');
  const stored = new Set((held['artifact'] ?? []).filter((row) => row['name'] === 'stored-results.json').map((row) => row['case_id']));
  const studies = (held['cases'] ?? []).filter((row) => stored.has(row['id'])).map((row) => (row['facts'] as HeldFacts).study?.studyInstanceUid);
  return [
    ...resources.map((one) => `health record ${one.resourceType}/${one.id}`),
    ...studies.map((uid) => `image archive, our results in study ${uid}`),
  ];
}

function namesPatient(reason: string, id: string, held: PatientExport): boolean {
  const words = (held['cases'] ?? []).flatMap((row) => {
    const person = (row['facts'] as HeldFacts).report?.patient;
    return [person?.familyName ?? '', person?.givenName ?? ''];
  });
  const lower = reason.toLowerCase();
  return [id, ...words].some((word) => word.length > 2 && lower.includes(word.toLowerCase()));
}
