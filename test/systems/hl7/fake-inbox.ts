/** An intake in memory that keeps the port's promises: duplicates told apart by sender, control id and bytes. Can be down, slow or both. What it keeps it also reads. */
import { createHash, randomUUID } from 'node:crypto';
import { messageId } from '#src/case/ids.ts';
import type { PatientMerge } from '#src/case/merge.ts';
import type { Report } from '#src/case/report.ts';
import { TryLater } from '#src/lib/errors.ts';
import type { Intake, Kept as KeptAs, RawMessage } from '#src/ports.ts';
import { readMessage } from '#src/systems/hl7/read-message.ts';
import type { SourceProfile } from '#src/systems/hl7/source-profile.ts';

export interface Kept {
  readonly message: RawMessage;
  readonly report: Report | null;
  readonly unusable: { readonly code: string; readonly text: string } | null;
  readonly merges: readonly PatientMerge[];
  readonly more: readonly { readonly report: Report }[];
}

export class FakeInbox implements Intake {
  readonly #profile: SourceProfile;
  readonly kept: Kept[] = [];
  readonly #ids = new Map<string, ReturnType<typeof messageId>>();
  down = false;
  /** Runs before each commit: a delay, for one. */
  before: () => Promise<void> = async () => {};
  duplicates = 0;

  constructor(profile: SourceProfile) {
    this.#profile = profile;
  }

  keep(message: RawMessage, next: 'file' | 'nothing', unusable: Kept['unusable']): Promise<KeptAs> {
    const plain = { message, report: null, unusable, merges: [], more: [] };
    if (next === 'nothing') return this.#keep(plain);
    const verdict = readMessage(message, this.#profile);
    if (verdict.kind === 'merge') return this.#keep({ ...plain, merges: verdict.merges });
    return this.#keep({ ...plain, ...verdict });
  }

  controlIds(): string[] {
    return this.kept.map((kept) => kept.message.controlId);
  }

  async #keep(kept: Kept): Promise<KeptAs> {
    await this.before();
    if (this.down) throw new TryLater('the store is down', { code: 'STORE_DOWN', phase: 'store' });
    const { source, sendingApplication, sendingFacility, controlId, bytes } = kept.message;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const key = JSON.stringify([source, sendingApplication, sendingFacility, controlId, sha256]);
    const known = this.#ids.get(key);
    if (known) {
      this.duplicates++;
      return { kind: 'duplicate', messageId: known };
    }
    const id = messageId(randomUUID());
    this.#ids.set(key, id);
    this.kept.push(kept);
    return { kind: 'stored', messageId: id };
  }
}
