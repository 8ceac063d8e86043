/** A program for listener-killed.test.ts: a listener whose inbox is a file, synced at each message. With "kill" it dies between commit and ACK. */
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { messageId } from '#src/case/ids.ts';
import { makeLog } from '#src/lib/log.ts';
import type { Intake, Kept, RawMessage } from '#src/ports.ts';
import { startListener } from '#src/systems/hl7/listener.ts';
import { DEFAULT_PROFILE } from '#src/systems/hl7/source-profile.ts';

const [, , file = '', mode = ''] = process.argv;

async function commit(message: RawMessage): Promise<Kept> {
  const key = `${message.source} ${message.controlId} ${createHash('sha256').update(message.bytes).digest('hex')}`;
  const known = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  if (known.includes(key)) return { kind: 'duplicate', messageId: messageId(randomUUID()) };
  const handle = openSync(file, 'a');
  writeSync(handle, `${key}\n`);
  fsyncSync(handle);
  closeSync(handle);
  if (mode === 'kill') process.kill(process.pid, 'SIGKILL');
  return { kind: 'stored', messageId: messageId(randomUUID()) };
}

const intake: Intake = { keep: commit };
const log = makeLog({ level: 'silent' });
const listener = await startListener({ profile: DEFAULT_PROFILE, intake, log, clock: { now: () => new Date() }, port: 0 });
process.stdout.write(`${listener.port}\n`);
process.on('SIGTERM', () => void listener.close());
