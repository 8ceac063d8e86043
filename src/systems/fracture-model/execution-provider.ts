/** Which of the configured execution providers can really be used: CUDA needs a library that the CPU package does not bring. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { GiveUp } from '#src/lib/errors.ts';

export interface ProviderChoice {
  /** For onnxruntime, in order. */
  readonly use: readonly string[];
  /** What to print: "cuda" or "cpu", with why something asked for is not used. */
  readonly name: string;
}

/** Folder of onnxruntime's own libraries on this machine. */
function libraryFolder(): string {
  const main = createRequire(import.meta.url).resolve('onnxruntime-node');
  return join(dirname(main), '..', 'bin', 'napi-v6', process.platform, process.arch);
}

export function cudaLibraryIsThere(folder: string = libraryFolder()): boolean {
  const name = process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
  return existsSync(join(folder, name));
}

/** Throws GiveUp when nothing that was asked for can be used: a site that asks for CUDA alone must not fall back in silence. */
export function chooseProvider(wanted: readonly string[], hasCuda: boolean = cudaLibraryIsThere()): ProviderChoice {
  const unknown = wanted.filter((name) => name !== 'cpu' && name !== 'cuda');
  if (unknown.length > 0 || wanted.length === 0) {
    throw new GiveUp(`execution providers are "cpu" and "cuda", not "${unknown.join(', ')}"`, { code: 'MODEL_PROVIDER', phase: 'compute' });
  }
  const use = wanted.filter((name) => name === 'cpu' || hasCuda);
  if (use.length === 0) {
    const text = 'CUDA was asked for, but this onnxruntime has no CUDA library: install with ONNXRUNTIME_NODE_INSTALL=cuda12, or add "cpu"';
    throw new GiveUp(text, { code: 'MODEL_CUDA_MISSING', phase: 'compute' });
  }
  const left = wanted.filter((name) => !use.includes(name));
  return { use, name: left.length > 0 ? `${use[0]} (${left.join(', ')} asked for, library missing)` : use[0]! };
}
