/** Starts a listener on a free port for one test and closes it afterwards. */
import type { TestContext } from 'node:test';
import { makeLog } from '#src/lib/log.ts';
import { type ListenerOptions, startListener } from '#src/systems/hl7/listener.ts';
import { type SourceProfile, sourceProfileSchema } from '#src/systems/hl7/source-profile.ts';
import { FakeInbox } from './fake-inbox.ts';

export function profile(settings: Record<string, unknown> = {}): SourceProfile {
  return sourceProfileSchema.parse({ name: 'ris-north', ...settings });
}

export interface ListenerSettings {
  readonly profile?: Record<string, unknown>;
  readonly limits?: NonNullable<ListenerOptions['limits']>;
}

export async function withListener(t: TestContext, settings: ListenerSettings = {}) {
  const own = profile(settings.profile);
  const inbox = new FakeInbox(own);
  const listener = await startListener({
    profile: own,
    intake: inbox,
    log: makeLog({ level: 'silent' }),
    clock: { now: () => new Date('2026-03-02T10:15:01Z') },
    port: 0,
    limits: settings.limits ?? {},
  });
  t.after(() => listener.close());
  return { listener, port: listener.port, inbox };
}
