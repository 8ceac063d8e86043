/** A second thread that dies of its first task. */
import { parentPort } from 'node:worker_threads';

parentPort?.on('message', (request: { readonly kind: string }) => {
  if (request.kind === 'task') throw new Error('this thread dies');
});
