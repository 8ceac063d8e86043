/** A process of its own that fetches, decodes and assembles one study, and prints what it cost: memory can only be told per process. */
import { dicomUid } from '#src/case/ids.ts';
import { makeLog } from '#src/lib/log.ts';
import { assembleVolume } from '#src/measure/assemble-volume.ts';
import { pickSeries } from '#src/rules/pick-series.ts';
import { makeImageArchive } from '#src/systems/dicomweb/client.ts';

const [, , url, studyUid] = process.argv;
const archive = makeImageArchive({ url: url!, auth: { kind: 'none' }, log: makeLog({ level: 'silent' }) });
const study = dicomUid(studyUid!)!;
const [summary] = await archive.findStudies({ studyInstanceUid: study });
const pick = pickSeries(await archive.describeSeries(study), summary!);
if (!pick.ok) throw new Error(pick.text);
const started = performance.now();
const assembled = assembleVolume(await archive.readSlices(study, pick.choice), 'CT');
if (!assembled.ok) throw new Error(assembled.text);
const seconds = (performance.now() - started) / 1000;
const { volume } = assembled;
const middle = volume.values[(Math.floor(volume.slices / 2) * volume.rows + 200) * volume.columns + 200];
await archive.close();
console.log(JSON.stringify({ slices: volume.slices, middle, seconds, maxRssMb: process.resourceUsage().maxRSS / 1024 }));
