/** What came of each case, as printed and as JSON, and how it differs from what was expected. */
import { setTimeout as pause } from 'node:timers/promises';
import { markText } from '#src/reading/describe-reading.ts';
import { type CaseRow, toCase } from '#src/systems/postgres/case-row.ts';
import type { Pool } from '#src/systems/postgres/pool.ts';
import type { PrintableCard } from './narrate.ts';
import type { Story } from './samples.ts';

export interface CaseResult {
  readonly caseId: string;
  readonly accession: string | null;
  readonly study: string | null;
  readonly state: string;
  readonly rule: string | null;
  readonly because: string | null;
  readonly stopped: { readonly code: string; readonly text: string } | null;
  readonly fracture: string | null;
  /** The report with what was read in it marked: [+ affirmed +], [- denied -], [? doubtful ?]. */
  readonly markedText: string;
  readonly images: string;
  /** What was noted about the images: slices far apart, a tilt that was taken out. */
  readonly imageNotes: readonly string[];
  readonly vertebrae: readonly {
    readonly level: string;
    /** With its doubt: "T7/T8?". */
    readonly levelText: string;
    readonly grade: number | null;
    readonly lossPercent: number | null;
    readonly state: string;
  }[];
  readonly resources: readonly string[];
  readonly card: PrintableCard | null;
  readonly stepMs: Readonly<Record<string, number>>;
}

const AT_REST = ['written', 'answered', 'parked', 'closed'];

/** Waits until that many messages are stored and every case is at rest. False when the time is over. */
export async function settled(
  pool: Pool,
  options: { readonly reports: number; readonly timeLimitMs: number; readonly poll: () => Promise<void> },
): Promise<boolean> {
  const end = performance.now() + options.timeLimitMs;
  while (performance.now() < end) {
    await options.poll();
    const row = await pool.query<{ messages: string; moving: string }>(
      'SELECT (SELECT count(*) FROM backstop.message WHERE unfiled IS NULL) AS messages, (SELECT count(*) FROM backstop.message WHERE unfiled IS NOT NULL) + (SELECT count(*) FROM backstop.cases WHERE state <> ALL ($1)) AS moving',
      [AT_REST],
    );
    if (Number(row.rows[0]?.messages) >= options.reports && Number(row.rows[0]?.moving) === 0) {
      await options.poll();
      return true;
    }
    await pause(150);
  }
  return false;
}

/** Every case with its card, oldest first. `cardsOf` asks the CDS service; a patient is asked once. */
export async function caseResults(pool: Pool, cardsOf: (patientId: string) => Promise<readonly PrintableCard[]>): Promise<readonly CaseResult[]> {
  const rows = await pool.query<CaseRow>('SELECT * FROM backstop.cases ORDER BY created_at, id');
  const results: CaseResult[] = [];
  for (const row of rows.rows) {
    const { id, state, facts } = toCase(row);
    const events = await pool.query<{ step: string; ms: number | null }>('SELECT step, ms FROM backstop.case_event WHERE case_id = $1 ORDER BY id', [
      id,
    ]);
    const patient = facts.history?.patientReference.replace(/^Patient\//, '');
    const cards = patient ? await cardsOf(patient) : [];
    results.push({
      caseId: id,
      accession: facts.report.accession,
      study: facts.study?.studyInstanceUid ?? facts.report.studyInstanceUid,
      state,
      rule: facts.decision?.rule ?? null,
      because: facts.decision?.because[0]?.text ?? facts.stopped?.text ?? null,
      stopped: facts.stopped,
      fracture: facts.reading?.fracture ?? null,
      markedText: markText(facts.report.text, facts.reading?.statements ?? []),
      images:
        facts.finding === null
          ? 'not looked at'
          : facts.finding.state === 'measured'
            ? `${facts.finding.vertebrae.length} vertebrae measured`
            : `cannot say (${facts.finding.reason})`,
      imageNotes: facts.finding?.notes ?? [],
      vertebrae: (facts.finding?.vertebrae ?? []).map((vertebra) => ({
        level: vertebra.level,
        levelText: vertebra.levelText,
        grade: vertebra.grade,
        lossPercent: vertebra.loss ? Math.round(vertebra.loss.percent * 10) / 10 : null,
        state: vertebra.state,
      })),
      resources: facts.resources.map((resource) => `${resource.resourceType}/${resource.id}`),
      card: cards[0] ?? null,
      stepMs: Object.fromEntries(events.rows.flatMap((event) => (event.ms === null ? [] : [[event.step, event.ms]]))),
    });
  }
  return results;
}

/** One sentence for each expectation that does not hold. */
export function differences(stories: readonly Story[], results: readonly CaseResult[], studyAccession?: string, modelAlerts = false): string[] {
  const faults: string[] = [];
  for (const { name, expected } of stories) {
    const found = results.filter((one) => one.accession === expected.accession && one.accession !== studyAccession);
    const result = expected.accession === null ? results.find((one) => one.accession === null && one.stopped?.code === expected.stopped) : found[0];
    if (expected.state === 'none') continue;
    if (!result) {
      faults.push(`${name}: no case`);
      continue;
    }
    if (result.state !== expected.state) faults.push(`${name}: is ${result.state}, expected ${expected.state}`);
    if (expected.rule !== null && result.rule !== expected.rule) faults.push(`${name}: decided by ${result.rule}, expected ${expected.rule}`);
    if (expected.stopped !== undefined && result.stopped?.code !== expected.stopped)
      faults.push(`${name}: stopped by ${result.stopped?.code}, expected ${expected.stopped}`);
    if (expected.fracture !== undefined && result.fracture !== expected.fracture)
      faults.push(`${name}: the report reads ${result.fracture}, expected ${expected.fracture}`);
    // Under the demo's policy the model's finding may be told before a radiologist confirmed it (R05).
    const card = expected.card === undefined ? undefined : expected.card || (modelAlerts && expected.rule === 'R05');
    if (card !== undefined && (result.card !== null) !== card)
      faults.push(`${name}: ${result.card ? 'a card' : 'no card'}, expected ${card ? 'one' : 'none'}`);
    for (const vertebra of expected.vertebrae ?? []) {
      const measured = result.vertebrae.find((one) => one.level === vertebra.level);
      if (measured?.grade !== vertebra.grade)
        faults.push(`${name}: ${vertebra.level} is ${measured ? `grade ${measured.grade}` : 'not found'}, expected grade ${vertebra.grade}`);
    }
  }
  return faults;
}
