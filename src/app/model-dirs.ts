/** Which model folders the configuration names: those that are live, and the second set that runs in the shadow. */
import type { Config } from '../config.ts';

export interface ModelDirs {
  /** One model that replaces the three networks, or empty. */
  readonly wholeDir: string;
  readonly localizerDir: string;
  readonly detectorDir: string;
  readonly landmarksDir: string;
}

export function liveDirs(config: Config): ModelDirs {
  return {
    wholeDir: config.MODEL_DIR,
    localizerDir: config.MODEL_LOCALIZER_DIR,
    detectorDir: config.MODEL_DETECTOR_DIR,
    landmarksDir: config.MODEL_LANDMARKS_DIR,
  };
}

/** Null when no second set is configured. A folder that is not named is the live one. */
export function shadowDirs(config: Config): ModelDirs | null {
  const { MODEL_SHADOW_DIR, MODEL_SHADOW_LOCALIZER_DIR, MODEL_SHADOW_DETECTOR_DIR, MODEL_SHADOW_LANDMARKS_DIR } = config;
  const three = [MODEL_SHADOW_LOCALIZER_DIR, MODEL_SHADOW_DETECTOR_DIR, MODEL_SHADOW_LANDMARKS_DIR];
  if (MODEL_SHADOW_DIR === '' && three.every((folder) => folder === '')) return null;
  return {
    wholeDir: MODEL_SHADOW_DIR,
    localizerDir: MODEL_SHADOW_LOCALIZER_DIR || config.MODEL_LOCALIZER_DIR,
    detectorDir: MODEL_SHADOW_DETECTOR_DIR || config.MODEL_DETECTOR_DIR,
    landmarksDir: MODEL_SHADOW_LANDMARKS_DIR || config.MODEL_LANDMARKS_DIR,
  };
}

/** In the order in which the server names its networks. */
export function foldersOf({ wholeDir, localizerDir, detectorDir, landmarksDir }: ModelDirs): readonly string[] {
  return wholeDir === '' ? [localizerDir, detectorDir, landmarksDir].filter((folder) => folder !== '') : [wholeDir];
}

/** The settings that make the second set the live one. */
export function promotionSettings(dirs: ModelDirs): readonly string[] {
  if (dirs.wholeDir !== '') return [`MODEL_DIR=${dirs.wholeDir}`];
  return [`MODEL_LOCALIZER_DIR=${dirs.localizerDir}`, `MODEL_DETECTOR_DIR=${dirs.detectorDir}`, `MODEL_LANDMARKS_DIR=${dirs.landmarksDir}`];
}
