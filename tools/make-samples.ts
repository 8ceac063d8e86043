/** `npm run samples`: writes samples/ and the machine-made files of test/stories. The output is committed; a test proves that it is repeatable. */
import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Volume } from '#src/case/volume.ts';
import { dicomUidFrom } from '#test/hospital/phantom/dicom-uid-from.ts';
import { makePhantom, type Phantom, scoutOf } from '#test/hospital/phantom/make-phantom.ts';
import type { DicomStudy, SeriesOptions } from '#test/hospital/phantom/series-options.ts';
import { writeDicomSeries } from '#test/hospital/phantom/write-dicom.ts';
import { BAD_INPUTS, BAD_PEOPLE, type BadInput, badStudyUid } from './samples/bad-input.ts';
import { healthRecord } from './samples/health-record.ts';
import { dicomPatient } from './samples/people.ts';
import { reportMessage } from './samples/report-message.ts';
import { SAMPLE_STUDIES, type SampleStudy } from './samples/sample-studies.ts';
import { type StudyTruth, studyTruth } from './samples/study-truth.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** HU per stored step: noise is twice that, so nothing is lost and the files stay small. */
const STORED_STEP_HU = 4;

export function sampleStudyUid(sample: SampleStudy): string {
  return dicomUidFrom(`sample study ${sample.accession}`);
}

export function sampleMessage(sample: SampleStudy): string {
  const { studyUidIn } = sample;
  const studyUid = studyUidIn === 'nowhere' ? {} : { studyUid: { in: studyUidIn, uid: sampleStudyUid(sample) } };
  return reportMessage({ ...sample, controlId: `RAD${sample.accession.slice(3)}`, ...studyUid });
}

/** What the story of a sample must end in: the rule by hand, the levels and grades from the phantom's truth. */
export function sampleExpected(sample: SampleStudy, truth: StudyTruth): object {
  const whole = truth.vertebrae.filter((vertebra) => vertebra.wholeInView);
  const shown = whole.some((vertebra) => vertebra.grade > 0) ? whole.filter((vertebra) => vertebra.grade > 0) : whole;
  const vertebrae = shown.map(({ level, grade }) => ({ level, grade }));
  return { accession: sample.accession, study: sampleStudyUid(sample), ...sample.expected, vertebrae };
}

export function pixelHash(volume: Volume): string {
  return createHash('sha256').update(new Uint8Array(volume.values.buffer)).digest('hex');
}

function dicomStudy(sample: SampleStudy): DicomStudy {
  const { accession, procedure, time } = sample;
  return {
    studyInstanceUid: sampleStudyUid(sample),
    accession,
    date: sample.date.replaceAll('-', ''),
    time,
    description: procedure.text,
    referrer: 'Marsh^Helen',
  };
}

async function writeStudy(sample: SampleStudy): Promise<StudyTruth> {
  const phantom = makePhantom(sample.phantom);
  const folder = join(ROOT, 'samples', sample.id);
  await rm(folder, { recursive: true, force: true });
  const options: SeriesOptions = {
    patient: dicomPatient(sample.person),
    study: dicomStudy(sample),
    series: {
      number: 2,
      description: `${sample.procedure.text} 1.5 mm soft`,
      kernel: sample.kernel,
      bodyPart: sample.bodyPart,
      slope: STORED_STEP_HU,
      patientPosition: sample.bodyPart === 'CHEST' ? 'FFS' : 'HFS',
      ...(sample.phantom.contrast ? { contrastAgent: 'Iohexol 300' } : {}),
    },
    transferSyntax: 'jpegls',
  };
  await writeDicomSeries(phantom.volume, options, folder);
  await writeBeside(sample, phantom, options, folder);
  return studyTruth(sample, sampleStudyUid(sample), phantom.truth, pixelHash(phantom.volume));
}

/** Series that the choice must pass over. */
async function writeBeside(sample: SampleStudy, { volume }: Phantom, options: SeriesOptions, folder: string): Promise<void> {
  if (sample.beside === 'scout') {
    const series = { ...options.series, number: 1, description: 'Scout', imageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'], kernel: 'T20f' };
    await writeDicomSeries(scoutOf(volume), { ...options, series }, folder);
  }
  if (sample.beside === 'sharp') {
    const sharp = makePhantom({ ...sample.phantom, sharpness: 1, sliceMm: 5, from: 'T6', to: 'T10' });
    const series = { ...options.series, number: 3, description: 'CT chest 5 mm lung', kernel: 'B70f' };
    await writeDicomSeries(sharp.volume, { ...options, series }, folder);
  }
}

async function writeBadStudy({ id, study }: BadInput): Promise<void> {
  if (!study) return;
  const folder = join(ROOT, 'samples/bad', id);
  await rm(folder, { recursive: true, force: true });
  const about = {
    studyInstanceUid: badStudyUid(study.accession),
    accession: study.accession,
    date: '20261117',
    time: '090000',
    description: 'CT chest',
  };
  const series = { number: 2, description: 'CT chest', bodyPart: 'CHEST', slope: STORED_STEP_HU };
  const options: SeriesOptions = { patient: dicomPatient(study.person), study: about, series, transferSyntax: 'jpegls', faults: study.faults };
  await writeDicomSeries(makePhantom(study.phantom).volume, options, folder);
}

async function writeAll(): Promise<void> {
  const put = async (path: string, content: string | Buffer): Promise<void> => {
    await mkdir(join(ROOT, path, '..'), { recursive: true });
    await writeFile(join(ROOT, path), content);
  };
  const asJson = (content: unknown): string => `${JSON.stringify(content, null, 2)}\n`;
  const truths: StudyTruth[] = [];
  for (const sample of SAMPLE_STUDIES) {
    process.stdout.write(`${sample.id} ${sample.story}\n`);
    const truth = await writeStudy(sample);
    truths.push(truth);
    await put(`samples/messages/${sample.id}.hl7`, sampleMessage(sample));
    await put(`test/stories/${sample.story}/report.hl7`, sampleMessage(sample));
    await put(`test/stories/${sample.story}/expected.json`, asJson(sampleExpected(sample, truth)));
  }
  for (const bad of BAD_INPUTS) {
    await writeBadStudy(bad);
    await put(`samples/bad/${bad.id}.hl7`, bad.message);
    await put(`test/stories/${bad.story}/report.hl7`, bad.message);
    await put(`test/stories/${bad.story}/expected.json`, asJson(bad.expected));
  }
  await put('samples/truth.json', asJson({ studies: truths }));
  await put('samples/patients.json', asJson(healthRecord([...SAMPLE_STUDIES.map((sample) => sample.person), ...BAD_PEOPLE])));
}

if (import.meta.main) await writeAll();
