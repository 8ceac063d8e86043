/** The process that holds the networks. It owns onnxruntime, so that a network that hangs, crashes or eats memory takes only this process along. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ChildReply, ChildRequest, WireTensor } from './session.ts';

const sessions = new Map<string, InferenceSession>();
const send = (reply: ChildReply): void => void process.send?.(reply);

async function load(request: Extract<ChildRequest, { kind: 'load' }>): Promise<void> {
  for (const model of request.models) {
    const session = await InferenceSession.create(model.file, {
      executionProviders: [...request.executionProviders],
      intraOpNumThreads: request.intraOpThreads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      // Idle threads sleep at once: spinning, they would take a core from the worker that makes the next tensor (docs/decisions/0013).
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
    sessions.set(model.name, session);
  }
  send({ id: request.id, ok: true, outputs: {} });
}

async function run(request: Extract<ChildRequest, { kind: 'run' }>): Promise<void> {
  const session = sessions.get(request.model);
  if (!session) throw new Error(`no network is called ${request.model}`);
  const feeds = Object.fromEntries(
    Object.entries(request.feeds).map(([name, tensor]) => [name, new Tensor('float32', tensor.data, [...tensor.dims])]),
  );
  const results = await session.run(feeds);
  const outputs: Record<string, WireTensor> = {};
  for (const [name, tensor] of Object.entries(results)) {
    if (!(tensor.data instanceof Float32Array)) throw new Error(`output ${name} is ${tensor.type}, not float32`);
    outputs[name] = { data: tensor.data, dims: [...tensor.dims] };
  }
  send({ id: request.id, ok: true, outputs });
}

process.on('message', (request: ChildRequest) => {
  const work = request.kind === 'load' ? load(request) : run(request);
  work.catch((error: unknown) =>
    send({ id: request.id, ok: false, message: error instanceof Error ? error.message.slice(0, 500) : 'unknown fault' }),
  );
});
process.on('disconnect', () => process.exit(0));
