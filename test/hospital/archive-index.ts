/** What the stand-in archive knows of its files: read from headers only, searched by QIDO-RS rules (exact matching, `*` and `?` as wildcards, ranges of dates). */
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import dcmjs from 'dcmjs';
import dicomParser from 'dicom-parser';

export interface IndexedInstance {
  readonly path: string;
  /** Stored by STOW-RS: kept in memory. */
  readonly bytes: Uint8Array | undefined;
  readonly transferSyntax: string;
  /** Eight-digit tags to text. */
  readonly keys: Readonly<Record<string, string>>;
}
export interface Scope {
  readonly study?: string | undefined;
  readonly series?: string | undefined;
  readonly instance?: string | undefined;
}
type Level = 'studies' | 'series' | 'instances';

const HEAD_BYTES = 256 * 1024;
const UID = { study: '0020000D', series: '0020000E', instance: '00080018' } as const;
/** Tag, VR and keyword of what can be searched for; the level says which rows show it. */
const KEYS: readonly (readonly [tag: string, vr: string, keyword: string, level: Level])[] = [
  ['00080020', 'DA', 'StudyDate', 'studies'],
  ['00080050', 'SH', 'AccessionNumber', 'studies'],
  ['00081030', 'LO', 'StudyDescription', 'studies'],
  ['00100010', 'PN', 'PatientName', 'studies'],
  ['00100020', 'LO', 'PatientID', 'studies'],
  ['00100021', 'LO', 'IssuerOfPatientID', 'studies'],
  ['0020000D', 'UI', 'StudyInstanceUID', 'studies'],
  ['00080060', 'CS', 'Modality', 'series'],
  ['0008103E', 'LO', 'SeriesDescription', 'series'],
  ['00080070', 'LO', 'Manufacturer', 'series'],
  ['00081090', 'LO', 'ManufacturerModelName', 'series'],
  ['00180015', 'CS', 'BodyPartExamined', 'series'],
  ['0020000E', 'UI', 'SeriesInstanceUID', 'series'],
  ['00200011', 'IS', 'SeriesNumber', 'series'],
  ['00080016', 'UI', 'SOPClassUID', 'instances'],
  ['00080018', 'UI', 'SOPInstanceUID', 'instances'],
  ['00200013', 'IS', 'InstanceNumber', 'instances'],
];
const DEPTH: Readonly<Record<Level, number>> = { studies: 0, series: 1, instances: 2 };
const UID_OF: Readonly<Record<Level, string>> = { studies: UID.study, series: UID.series, instances: UID.instance };

export class ArchiveIndex {
  readonly #instances = new Map<string, IndexedInstance>();

  async addFolder(folder: string): Promise<{ taken: number; refused: number }> {
    let taken = 0;
    let refused = 0;
    for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      if (this.add(path, await head(path), undefined)) taken += 1;
      else refused += 1;
    }
    return { taken, refused };
  }

  /** Undefined when the file is not DICOM or lacks a UID: an archive does not take those. */
  add(path: string, header: Uint8Array, stored: Uint8Array | undefined): IndexedInstance | undefined {
    const instance = this.read(path, header, stored);
    if (instance) this.#instances.set(instance.keys[UID.instance]!, instance);
    return instance;
  }

  read(path: string, header: Uint8Array, stored: Uint8Array | undefined): IndexedInstance | undefined {
    try {
      const dataset = dicomParser.parseDicom(header, { untilTag: 'x00200013' });
      const keys = Object.fromEntries(KEYS.map(([tag]) => [tag, dataset.string(`x${tag.toLowerCase()}`)?.trim() ?? '']));
      if (!keys[UID.study] || !keys[UID.series] || !keys[UID.instance]) return undefined;
      return { path, bytes: stored, transferSyntax: dataset.string('x00020010') ?? '', keys };
    } catch {
      return undefined;
    }
  }

  has(sopInstanceUid: string): boolean {
    return this.#instances.has(sopInstanceUid);
  }

  instances(scope: Scope): IndexedInstance[] {
    const isIn = ({ keys }: IndexedInstance) =>
      (!scope.study || keys[UID.study] === scope.study) &&
      (!scope.series || keys[UID.series] === scope.series) &&
      (!scope.instance || keys[UID.instance] === scope.instance);
    return [...this.#instances.values()].filter(isIn);
  }

  /** QIDO-RS: one DICOM JSON row per study, series or instance. */
  search(level: Level, scope: Scope, query: URLSearchParams): object[] {
    const filters = KEYS.flatMap(([tag, , keyword]) => {
      const wanted = query.get(keyword) ?? query.get(tag);
      return wanted ? [{ tag, wanted }] : [];
    });
    const matching = this.instances(scope).filter(({ keys }) =>
      filters.every(({ tag, wanted }) => matches(keys[tag] ?? '', wanted, tag === STUDY_DATE)),
    );
    const groups = [...Map.groupBy(matching, ({ keys }) => keys[UID_OF[level]]!).values()];
    const offset = Number(query.get('offset') ?? 0);
    const limit = Number(query.get('limit') ?? groups.length);
    return groups.slice(offset, offset + limit).map((group) => this.#row(level, group[0]!));
  }

  #row(level: Level, { keys }: IndexedInstance): object {
    const shown = KEYS.filter((key) => DEPTH[key[3]] <= DEPTH[level]);
    const row = Object.fromEntries(shown.map(([tag, vr]) => [tag, attribute(vr, keys[tag] ?? '')]));
    const study = this.instances({ study: keys[UID.study] });
    const modalities = [...new Set(study.map((instance) => instance.keys['00080060']!))];
    const counts = { '00201206': new Set(study.map((instance) => instance.keys[UID.series])).size, '00201208': study.length };
    const ofStudy = { '00080061': { vr: 'CS', Value: modalities }, '00201206': number(counts['00201206']), '00201208': number(counts['00201208']) };
    if (level === 'studies') return { ...row, ...ofStudy };
    if (level === 'series') return { ...row, '00201209': number(this.instances({ series: keys[UID.series] }).length) };
    return row;
  }

  /** The whole header as DICOM JSON, without pixel data or other bulk. */
  async metadata(instance: IndexedInstance): Promise<object> {
    const bytes = instance.bytes ?? (await readFile(instance.path));
    const copy = new Uint8Array(bytes).buffer;
    const { dict } = dcmjs.data.DicomMessage.readFile(copy, { untilTag: '7FE00010', includeUntilTagValue: false, noCopy: true });
    return plain(dict as Record<string, { vr: string; Value?: unknown[] }>);
  }
}

const BULK = new Set(['OB', 'OW', 'OF', 'OD', 'OL', 'UN']);

function plain(dict: Record<string, { vr: string; Value?: unknown[] }>): object {
  const rows = Object.entries(dict).flatMap(([tag, { vr, Value }]) => {
    if (BULK.has(vr) || tag === '7FE00010') return [];
    if (vr === 'SQ') return [[tag, { vr, Value: (Value ?? []).map((item) => plain(item as Record<string, { vr: string }>)) }]];
    const values = (Value ?? []).filter((value) => value !== undefined && value !== '');
    return [[tag, values.length > 0 ? { vr, Value: vr === 'PN' ? values.map((name) => ({ Alphabetic: String(name) })) : values } : { vr }]];
  });
  return Object.fromEntries(rows);
}

function attribute(vr: string, text: string): object {
  if (text === '') return { vr };
  if (vr === 'PN') return { vr, Value: [{ Alphabetic: text }] };
  return { vr, Value: vr === 'IS' ? [Number(text)] : [text] };
}

function number(value: number): object {
  return { vr: 'IS', Value: [value] };
}

const STUDY_DATE = '00080020';

function matches(value: string, wanted: string, isDate: boolean): boolean {
  const range = /^(\d{8})?-(\d{8})?$/.exec(wanted);
  if (isDate && range && wanted !== '-') return value !== '' && value >= (range[1] ?? '') && value <= (range[2] ?? '99999999');
  if (!/[*?]/.test(wanted)) return value === wanted;
  const pattern = wanted
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`).test(value);
}

async function head(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const buffer = new Uint8Array(HEAD_BYTES);
    const { bytesRead } = await file.read(buffer, 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
