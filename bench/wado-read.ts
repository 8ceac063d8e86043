/** A process of its own for `wado`: memory can only be told per process. Prints one JSON object. Arguments: URL of the archive (with user and password), rounds. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { dicomUid } from '#src/case/ids.ts';
import { makeLog } from '#src/lib/log.ts';
import { assembleVolume } from '#src/measure/assemble-volume.ts';
import { pickSeries } from '#src/rules/pick-series.ts';
import { makeImageArchive } from '#src/systems/dicomweb/client.ts';
import { uidOf } from '#test/systems/dicomweb/make-slices.ts';
import { median, type Spread, spread } from './median.ts';

export interface WadoCost {
  /** curl's time over ours: 1 would be as fast as throwing the bytes away. */
  readonly ratio: number;
  readonly oursSeconds: Spread;
  readonly curlSeconds: Spread;
  /** By curl's own clock, which leaves out that its process has to be started: .02 to .06 s, more the more memory this process holds. */
  readonly curlOwnSeconds: Spread;
  /** That over ours: the stricter ratio. */
  readonly ratioOfCurlsOwnClock: number;
  /** Processor time of one fetch of ours, all threads: what stays comparable on a busy machine. */
  readonly oursCpuSeconds: Spread;
  readonly pixelMb: number;
  /** Most resident memory of the first fetch above what the process held before it, over the bytes of the volume. */
  readonly memoryOverPixels: number;
}

const [, , address = '', rounds = '5'] = process.argv;
const url = new URL(address);
const [user, password] = [url.username, url.password];
url.username = '';
url.password = '';
const base = url.href.replace(/\/+$/, '');
const auth = user === '' ? ({ kind: 'none' } as const) : ({ kind: 'basic', user, password } as const);
const archive = makeImageArchive({ url: base, auth, log: makeLog({ level: 'silent' }) });
const study = dicomUid(uidOf('study'))!;
const [summary] = await archive.findStudies({ studyInstanceUid: study });
const pick = pickSeries(await archive.describeSeries(study), summary!);
if (!pick.ok) throw new Error(pick.text);
const { choice } = pick;

async function ours(): Promise<{ seconds: number; cpuSeconds: number; bytes: number }> {
  const started = performance.now();
  const used = process.cpuUsage();
  const slices = await archive.readSlices(study, choice);
  const assembled = assembleVolume(slices, 'CT');
  if (!assembled.ok) throw new Error(assembled.text);
  const { user: inUser, system } = process.cpuUsage(used);
  const cost = { seconds: (performance.now() - started) / 1000, cpuSeconds: (inUser + system) / 1e6, bytes: assembled.volume.values.byteLength };
  // As the step that measures does when it is done.
  archive.release?.(slices);
  return cost;
}

async function curl(): Promise<{ seconds: number; ownSeconds: number }> {
  const started = performance.now();
  const login = user === '' ? [] : ['--user', `${user}:${password}`];
  const accept = 'accept: multipart/related; type="application/dicom"; transfer-syntax=*';
  const target = `${base}/studies/${study}/series/${choice.seriesInstanceUid}`;
  const args = ['--silent', '--fail', '--output', '/dev/null', '--write-out', '%{time_total}', ...login, '--header', accept, target];
  const child = spawn('curl', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const [told, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error(`curl ended with ${String(code)}`);
  return { seconds: (performance.now() - started) / 1000, ownSeconds: Number(told) };
}

const before = process.memoryUsage.rss();
const { bytes } = await ours();
const peak = process.resourceUsage().maxRSS * 1024;
await curl();
const [our, cpu, bare, own]: [number[], number[], number[], number[]] = [[], [], [], []];
for (let round = 0; round < Number(rounds); round += 1) {
  const { seconds, cpuSeconds } = await ours();
  our.push(seconds);
  cpu.push(cpuSeconds);
  const theirs = await curl();
  bare.push(theirs.seconds);
  own.push(theirs.ownSeconds);
}
await archive.close();
const cost: WadoCost = {
  ratio: median(bare) / median(our),
  oursSeconds: spread(our),
  curlSeconds: spread(bare),
  curlOwnSeconds: spread(own),
  ratioOfCurlsOwnClock: Number((median(own) / median(our)).toFixed(3)),
  oursCpuSeconds: spread(cpu),
  pixelMb: Math.round(bytes / 1e6),
  memoryOverPixels: Number(((peak - before) / bytes).toFixed(2)),
};
console.log(JSON.stringify(cost));
