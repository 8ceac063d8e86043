/**
 * `npm run demo`: the whole way on embedded defaults. Starts a hospital on loopback, sends the sample reports over MLLP, shows each stage,
 * fires the patient-view hook as an EHR would and prints the card. Stays until Ctrl-C; `--once` ends by itself, `--json` ends stdout
 * with one JSON object, `--study DIR` adds a folder of DICOM files with a plain negative report.
 */
import { createPostgresBackend, withBackend } from 'bullmq';
import { asConnection } from '#src/systems/queue/transactional-pool.ts';
import { sendHl7 } from '#test/hospital/hl7-sender.ts';
import { type Hospital, startHospital } from '#test/hospital/start-hospital.ts';
import { cardLines, followEvents, makeNarrator, stageLine } from './demo/narrate.ts';
import { openChart } from './demo/open-chart.ts';
import { demoOptions } from './demo/options.ts';
import { type CaseResult, caseResults, differences, settled } from './demo/results.ts';
import { readStories, sampleFolders, samplePatients } from './demo/samples.ts';
import { negativeReport, patientFor, readStudyFolder } from './demo/study-folder.ts';

const { QueueEvents } = withBackend(createPostgresBackend);
const narrator = makeNarrator(process.stdout);
let hospital: Hospital | undefined;
let stopping = false;

async function stop(code: number): Promise<never> {
  if (stopping) process.exit(130);
  stopping = true;
  narrator.say('stopping ...');
  await hospital?.close();
  process.exit(code);
}
process.on('SIGINT', () => void stop(0));
process.on('SIGTERM', () => void stop(0));

async function main(): Promise<void> {
  const options = demoOptions(process.argv.slice(2));
  const study = options.study === undefined ? undefined : readStudyFolder(options.study);
  const stories = readStories();
  narrator.heading('Backstop demo: invented patients, phantom images, nothing leaves this machine');
  narrator.say('The model is trained on synthetic spines only. Research use: it is not clinically validated and not a medical device.');
  narrator.heading('1. A hospital on loopback');
  hospital = await startHospital({
    studyFolders: [...sampleFolders(), ...(study ? [study.folder] : [])],
    seed: [...samplePatients(), ...(study ? [patientFor(study)] : [])] as never,
    ...(options.port === undefined ? {} : { webPort: options.port }),
    ...(options.hl7Port === undefined ? {} : { hl7Port: options.hl7Port }),
    // A study that is not there is told at once, not after two days.
    settings: { POLICY_FILE: 'policy/demo-policy.json', IMAGES_GIVE_UP_HOURS: '0', ...options.settings },
    onReady: (part, address) => narrator.say(`  ${part.padEnd(26)} ${address}`),
    onLine: (_role, line) => {
      if (line.event === 'model.loaded')
        narrator.say(`  ${String(line['model']).padEnd(26)} ${String(line['version'])}, runs on ${String(line['executionProvider'])}`);
    },
  });
  narrator.say(`  ${'HL7 listener (MLLP)'.padEnd(26)} 127.0.0.1:${hospital.hl7Port}`);
  narrator.say(`  ${'pages and CDS Hooks'.padEnd(26)} ${hospital.webUrl}`);

  narrator.heading('2. Reports arrive (ORU^R01 over MLLP)');
  const started = performance.now();
  for (const story of stories) await send(hospital, story.name, story.message);
  if (study) {
    narrator.say(`  --study: ${study.files} DICOM files, ${study.modality}, accession ${study.accession || '(none, found by Study Instance UID)'}`);
    await send(hospital, 'study-folder', negativeReport(study));
  }

  narrator.heading('3. Each case on its way');
  const events = new QueueEvents('model', { connection: asConnection(hospital.pool) });
  events.on('error', () => undefined);
  events.on('progress', ({ data }) => {
    const step = data as { stage?: string; done?: number; of?: number };
    narrator.passing(`  ... ${step.stage ?? ''} ${step.done === undefined ? '' : `${step.done}/${step.of}`}`);
  });
  const follower = followEvents(hospital.pool, (row) => narrator.say(stageLine(row)));
  const wanted = stories.length + (study ? 1 : 0);
  const complete = await settled(hospital.pool, { reports: wanted, timeLimitMs: options.timeLimitMs, poll: () => follower.poll() });
  await events.close();

  narrator.heading('4. The clinician opens the chart (CDS Hooks patient-view)');
  const running = hospital;
  const results = await caseResults(running.pool, (patientId) => openChart(running, patientId));
  narrator.say('  In the reports: [+ affirmed +]  [- denied -]  [? doubtful ?]');
  for (const one of results) tellCase(one);
  narrator.say(`\n${results.length} cases in ${((performance.now() - started) / 1000).toFixed(1)} s`);

  const faults = [...(complete ? [] : ['not every report came to an end in time']), ...differences(stories, results, study?.accession, true)];
  for (const fault of faults) narrator.say(`NOT AS EXPECTED: ${fault}`);
  if (!options.once) await stay(hospital, options.json, results);
  await hospital.close();
  if (options.json) process.stdout.write(`${JSON.stringify({ cases: results })}\n`);
  process.exit(faults.length === 0 ? 0 : 1);
}

async function send(to: Hospital, name: string, bytes: Buffer): Promise<void> {
  const ack = await sendHl7(to.hl7Port, bytes, { timeoutMs: 10_000 });
  narrator.say(`  ${name.padEnd(34)} ${String(bytes.length).padStart(6)} bytes  ->  ${ack.code ?? 'no answer'}`);
}

function tellCase(one: CaseResult): void {
  narrator.say('');
  const seen = one.vertebrae
    .filter((vertebra) => (vertebra.grade ?? 0) >= 1)
    .map((vertebra) => `${vertebra.level} grade ${vertebra.grade} (${vertebra.lossPercent} % loss)`);
  narrator.say(`  ${one.accession ?? '(no accession)'}: ${one.state}, ${one.rule ?? 'no rule'}${one.because ? `: ${one.because}` : ''}`);
  narrator.say(`    images: ${one.images}${seen.length > 0 ? `; ${seen.join(', ')}` : ''}`);
  if (one.fracture !== null) for (const line of one.markedText.split('\n')) narrator.say(`    | ${line}`);
  if (one.resources.length > 0) narrator.say(`    written: ${one.resources.join(', ')}`);
  if (one.card) for (const line of cardLines(one.card)) narrator.say(line);
  else narrator.say('    card: none');
}

async function stay(running: Hospital, json: boolean, results: readonly CaseResult[]): Promise<void> {
  narrator.heading('5. Look around');
  narrator.say(`  pages        ${running.webUrl}/`);
  narrator.say(`  CDS services ${running.webUrl}/cds-services`);
  narrator.say(`  EHR (FHIR)   ${running.ehr.url}`);
  narrator.say(`  archive      ${running.archive.url}`);
  narrator.say(`  log          ${running.logFile}`);
  narrator.say('\nCtrl-C ends everything.');
  if (json) process.stdout.write(`${JSON.stringify({ cases: results })}\n`);
  await new Promise(() => setInterval(() => undefined, 3_600_000));
}

main().catch(async (error: unknown) => {
  narrator.say(`demo: ${error instanceof Error ? error.message : String(error)}`);
  await hospital?.close();
  process.exit(2);
});
