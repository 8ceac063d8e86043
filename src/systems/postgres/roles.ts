/**
 * One database role for each process, with the rights that it needs and no other: `backstop database roles`. The owner migrates and nothing else.
 * Every table stands here; one that does not may be read and written (not deleted from) by work and web, and fails test/security/roles.test.ts.
 */

export const ROLES = ['listen', 'work', 'web', 'audit'] as const;
export type DatabaseRole = (typeof ROLES)[number];

type Rights = Readonly<Partial<Record<DatabaseRole, string>>>;

const AUDIT_ROW = 'INSERT (actor, action, case_id, detail)';
/** Everything of a message but its bytes. */
const ABOUT_MESSAGES =
  'SELECT (id, source, received_at, sending_application, sending_facility, control_id, message_type, sha256, case_id, unusable_code, purged_at, unfiled)';

/** Rights on each table of schema `backstop`. */
export const TABLE_RIGHTS: Readonly<Record<string, Rights>> = {
  message: {
    listen: `INSERT, SELECT (id, source, sending_application, sending_facility, control_id, sha256, unfiled), UPDATE (case_id, unfiled, unusable_code, unusable_text)`,
    work: ABOUT_MESSAGES,
    web: 'SELECT, UPDATE (case_id)',
  },
  cases: {
    // What was found is not the listener's business: it sees of a case its key, and through functions its report.
    listen: 'INSERT (id, case_key, source, source_patient, state, facts), SELECT (id, case_key)',
    work: 'SELECT, UPDATE',
    web: 'SELECT, INSERT, UPDATE',
  },
  case_report: { listen: 'INSERT', work: 'SELECT', web: 'SELECT, INSERT' },
  case_event: { listen: 'INSERT', work: 'SELECT, INSERT', web: 'SELECT, INSERT' },
  artifact: { work: 'SELECT, INSERT, UPDATE', web: 'SELECT, INSERT, UPDATE' },
  answer: { work: 'SELECT, INSERT', web: 'SELECT, INSERT' },
  card: { work: 'SELECT', web: 'SELECT, INSERT' },
  jti: { work: 'SELECT (expires_at), DELETE', web: 'SELECT, INSERT' },
  case_note: { web: 'SELECT, INSERT' },
  audit_trail: { work: `SELECT, ${AUDIT_ROW}`, web: `SELECT, ${AUDIT_ROW}`, audit: 'SELECT' },
  audit_head: { work: 'SELECT', web: 'SELECT', audit: 'SELECT' },
  cause_mute: { work: 'SELECT (until), DELETE', web: 'SELECT, INSERT, UPDATE' },
  outbox: { work: 'SELECT, INSERT, UPDATE', web: 'SELECT' },
  delivery: { work: 'SELECT, INSERT, UPDATE, DELETE', web: 'SELECT' },
  session: { work: 'SELECT (expire), DELETE', web: 'SELECT, INSERT, UPDATE, DELETE' },
  proof: { listen: 'INSERT', work: 'SELECT, UPDATE, DELETE', web: 'SELECT' },
  // What the second set of models saw is for the owner's commands; no page may know it.
  shadow_finding: { work: 'SELECT, INSERT' },
  // `backstop backload` is a command of the owner.
  backload: {},
  // Filled by backstop.feeds() with the owner's rights.
  message_week: {},
  migration: {},
};

const FUNCTION_RIGHTS: Readonly<Record<string, readonly DatabaseRole[]>> = {
  'door_unfiled(text[], integer, bigint)': ['listen'],
  'door_lock_case(text)': ['listen', 'web'],
  'door_reopen_case(uuid, text, jsonb, jsonb)': ['listen', 'web'],
  'door_lock_patient(text, text)': ['listen'],
  'door_move_case(uuid, text, jsonb, text)': ['listen'],
  'feeds()': ['web'],
  'purge_messages(integer, integer, boolean)': ['work'],
  'purge_cases(integer, integer, boolean)': ['work'],
  'purge_audit(integer, integer, boolean)': ['work'],
  'purge_backload(integer, integer, boolean)': ['work'],
};

const WITH_JOBS: readonly DatabaseRole[] = ['listen', 'work', 'web'];

/** `ABC: 'X'` as SQL text: SQL of its own, safe to run again, also after a migration. `prefix`: role names are the whole server's. */
export function rolesSql(prefix: string): string {
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(prefix)) throw new RangeError('a prefix is small letters, digits and underscores');
  const role = (name: DatabaseRole): string => `${prefix}_${name}`;
  const all = ROLES.map(role).join(', ');
  const lines = [
    `-- Roles of Backstop's processes. Run as the database's owner, and again after each migration.`,
    `-- They cannot log in: CREATE USER backstop_web_1 PASSWORD '...' IN ROLE ${role('web')};`,
    ...ROLES.map((name) => `DO $$ BEGIN CREATE ROLE ${role(name)} NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;`),
    `REVOKE ALL ON SCHEMA backstop, bullmq FROM PUBLIC;`,
    `REVOKE ALL ON ALL TABLES IN SCHEMA backstop FROM PUBLIC, ${all};`,
    `REVOKE ALL ON ALL TABLES IN SCHEMA bullmq FROM PUBLIC, ${all};`,
    `GRANT USAGE ON SCHEMA backstop TO ${all};`,
  ];
  for (const name of WITH_JOBS) {
    lines.push(`GRANT USAGE ON SCHEMA bullmq TO ${role(name)};`);
    // Jobs hold a case's id and a step's name. The listener adds them and removes none.
    lines.push(`GRANT SELECT, INSERT, UPDATE${name === 'listen' ? '' : ', DELETE'} ON ALL TABLES IN SCHEMA bullmq TO ${role(name)};`);
    lines.push(`GRANT USAGE ON ALL SEQUENCES IN SCHEMA bullmq TO ${role(name)};`);
  }
  lines.push(`GRANT USAGE ON SEQUENCE backstop.message_arrival TO ${role('listen')};`);
  for (const [table, rights] of Object.entries(TABLE_RIGHTS))
    for (const name of ROLES) if (rights[name]) lines.push(`GRANT ${rights[name]} ON backstop.${table} TO ${role(name)};`);
  for (const [signature, names] of Object.entries(FUNCTION_RIGHTS))
    lines.push(`GRANT EXECUTE ON FUNCTION backstop.${signature} TO ${names.map(role).join(', ')};`);
  lines.push(unlisted(role('work'), role('web')));
  return `${lines.join('\n')}\n`;
}

function unlisted(work: string, web: string): string {
  const listed = Object.keys(TABLE_RIGHTS)
    .map((table) => `'${table}'`)
    .join(', ');
  return `DO $$ DECLARE t text; BEGIN
  FOR t IN SELECT table_name FROM information_schema.tables WHERE table_schema = 'backstop' AND table_type = 'BASE TABLE' AND table_name NOT IN (${listed}) LOOP
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON backstop.%I TO ${work}, ${web}', t);
  END LOOP;
END $$;`;
}
