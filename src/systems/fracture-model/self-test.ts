/** Runs a network on its self-test and on probes of other batch sizes: shapes, NaN and numbers must be what the manifest says. */
import { GiveUp } from '#src/lib/errors.ts';
import type { Manifest } from './manifest.ts';
import type { ModelFolder } from './read-model-folder.ts';
import type { NetworkSession, WireTensor } from './session.ts';

/** True when real dimensions fit the manifest's shape; the same letter must stand for the same number wherever it is a plain letter. */
function fits(shape: readonly (number | string)[], dims: readonly number[], letters: Map<string, number>): boolean {
  if (shape.length !== dims.length) return false;
  return shape.every((want, axis) => {
    const got = dims[axis]!;
    if (typeof want === 'number') return want === got;
    if (!/^[a-z]+$/i.test(want)) return true;
    const known = letters.get(want);
    letters.set(want, got);
    return known === undefined || known === got;
  });
}

/** `every(Number.isFinite)` without a boxed number for each value: outputs are looked at on every run. */
function areFinite(values: Float32Array): boolean {
  const count = values.length;
  for (let at = 0; at < count; at += 1) if (!Number.isFinite(values[at]!)) return false;
  return true;
}

/** What is wrong with the outputs of one run: missing, wrong shape, not finite. */
export function outputProblems(
  manifest: Manifest,
  feeds: Readonly<Record<string, WireTensor>>,
  outputs: Readonly<Record<string, WireTensor>>,
): string[] {
  const problems: string[] = [];
  const letters = new Map<string, number>();
  for (const input of manifest.inputs) {
    const fed = feeds[input.name];
    if (!fed) problems.push(`input ${input.name} was not given`);
    else if (!fits(input.shape, fed.dims, letters)) problems.push(`input ${input.name} is [${fed.dims}], the manifest says [${input.shape}]`);
  }
  for (const output of manifest.outputs) {
    const got = outputs[output.name];
    if (!got) problems.push(`output ${output.name} does not exist`);
    else if (!fits(output.shape, got.dims, letters)) problems.push(`output ${output.name} is [${got.dims}], the manifest says [${output.shape}]`);
    else if (!areFinite(got.data)) problems.push(`output ${output.name} holds NaN or infinity`);
  }
  return problems;
}

function furthest(a: Float32Array, b: Float32Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}

/** A smaller and a larger batch of the first self-test's own input: a graph with a fixed batch fails here. */
function otherBatches(feeds: Readonly<Record<string, WireTensor>>): Readonly<Record<string, WireTensor>>[] {
  const [name, tensor] = Object.entries(feeds)[0] ?? [];
  if (!name || !tensor) return [];
  const perItem = tensor.data.length / tensor.dims[0]!;
  const first = tensor.data.slice(0, perItem);
  const three = new Float32Array(3 * perItem);
  for (let n = 0; n < 3; n++) three.set(first, n * perItem);
  const rest = tensor.dims.slice(1);
  return [{ [name]: { data: first, dims: [1, ...rest] } }, { [name]: { data: three, dims: [3, ...rest] } }];
}

/** Sentences; empty when the network does what its manifest says. */
export async function selfTestProblems(model: ModelFolder, name: string, session: NetworkSession): Promise<string[]> {
  const problems: string[] = [];
  try {
    for (const [n, test] of model.selfTests.entries()) {
      const outputs = await session.run(name, test.inputs);
      problems.push(...outputProblems(model.manifest, test.inputs, outputs));
      for (const [output, expected] of Object.entries(test.outputs)) {
        const got = outputs[output];
        if (!got || got.data.length !== expected.data.length) problems.push(`self-test ${n}: output ${output} has another size than expected`);
        else {
          const off = furthest(got.data, expected.data);
          if (!(off <= test.tolerance))
            problems.push(`self-test ${n}: output ${output} is off by ${off.toPrecision(3)}, ${test.tolerance} is allowed`);
        }
      }
    }
    for (const feeds of otherBatches(model.selfTests[0]?.inputs ?? {})) {
      problems.push(...outputProblems(model.manifest, feeds, await session.run(name, feeds)));
    }
  } catch (error) {
    if (!(error instanceof GiveUp)) throw error;
    problems.push(error.message);
  }
  return problems;
}
