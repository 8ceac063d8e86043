/** `backstop doctor`: every model folder that a worker or the shadow would load, read, hashed and run as they would. */
import { liveDirs, type ModelDirs, shadowDirs } from '../app/model-dirs.ts';
import type { Config } from '../config.ts';
import { checkModelFolder } from '../systems/fracture-model/check-model-folder.ts';
import type { Contract } from '../systems/fracture-model/manifest.ts';
import { readModelFolder } from '../systems/fracture-model/read-model-folder.ts';
import { WHOLE_CONTRACTS } from '../systems/fracture-model/whole-volume-model.ts';
import type { DoctorRow } from './doctor-row.ts';

interface Place {
  readonly setting: string;
  readonly folder: string;
  readonly contracts: readonly Contract[];
}

/** The folders that are really loaded: with one model for all, the three settings are not read. */
function placesOf(dirs: ModelDirs, prefix: 'MODEL_' | 'MODEL_SHADOW_'): readonly Place[] {
  if (dirs.wholeDir !== '') return [{ setting: `${prefix}DIR`, folder: dirs.wholeDir, contracts: WHOLE_CONTRACTS }];
  return [
    { setting: `${prefix}LOCALIZER_DIR`, folder: dirs.localizerDir, contracts: ['localizer3d@1'] },
    { setting: `${prefix}DETECTOR_DIR`, folder: dirs.detectorDir, contracts: ['detector2d@1'] },
    { setting: `${prefix}LANDMARKS_DIR`, folder: dirs.landmarksDir, contracts: ['landmarks2d@1'] },
  ];
}

export async function checkModels(config: Config): Promise<readonly DoctorRow[]> {
  const live = placesOf(liveDirs(config), 'MODEL_');
  const rows: DoctorRow[] = [];
  for (const place of live) rows.push(...(await checkPlace('model', place, config)));
  const second = shadowDirs(config);
  if (second === null) return [...rows, { system: 'shadow model', phase: 'manifest', ok: null, text: 'no second set is configured' }];
  const isLive = (place: Place): boolean => live.some((one) => one.folder === place.folder && one.contracts[0] === place.contracts[0]);
  for (const place of placesOf(second, 'MODEL_SHADOW_')) {
    if (isLive(place)) rows.push({ system: 'shadow model', phase: 'manifest', ok: null, text: `${place.folder}: as the live one` });
    else rows.push(...(await checkPlace('shadow model', place, config)));
  }
  return rows;
}

/** The manifest with all that it promises of the files, then the network's own self-test. */
async function checkPlace(system: string, { setting, folder, contracts }: Place, config: Config): Promise<readonly DoctorRow[]> {
  if (folder === '') {
    const isOptional = setting.endsWith('LOCALIZER_DIR');
    return [{ system, phase: 'manifest', ok: isOptional ? null : false, text: `${setting} is empty${isOptional ? ': no localizer' : ''}` }];
  }
  const row = (phase: string, problems: readonly string[], good: string): DoctorRow =>
    problems.length === 0
      ? { system, phase, ok: true, text: `${folder}: ${good}` }
      : { system, phase, ok: false, text: `${setting} ${folder}: ${problems.join('; ')}` };
  const read = await readModelFolder(folder);
  const untried = { system, phase: 'self-test', ok: null, text: `${folder}: not tried` };
  if (!read.ok) return [row('manifest', read.problems, ''), untried];
  const { id, version, contract, file } = read.model.manifest;
  if (!contracts.includes(contract)) return [row('manifest', [`its contract is ${contract}, ${contracts.join(' or ')} is needed here`], ''), untried];
  const { problems } = await checkModelFolder(folder, config.EXECUTION_PROVIDERS);
  return [
    row('manifest', [], `${id} ${version}, ${contract}, SHA-256 ${file.sha256.slice(0, 8)} as the manifest says`),
    row('self-test', problems, 'the numbers that the manifest wants'),
  ];
}
