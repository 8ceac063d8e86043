/** An outbox in memory that keeps the port's promises (see outbox-contract.ts). Survives its users: a channel may be stopped and another started on it. */
import type { Outbox, OutboxItem } from '#src/ports.ts';

interface Row {
  readonly id: string;
  readonly channel: string;
  readonly key: string;
  readonly controlId: string;
  readonly bytes: Uint8Array;
  tries: number;
  state: 'waiting' | 'sent' | 'aside';
  code: string | null;
}

export class FakeOutbox implements Outbox {
  readonly rows: Row[] = [];

  async add(channel: string, item: { readonly key: string; readonly controlId: string; readonly bytes: Uint8Array }): Promise<boolean> {
    if (this.rows.some((row) => row.channel === channel && row.key === item.key)) return false;
    this.rows.push({ id: String(this.rows.length + 1), channel, ...item, tries: 0, state: 'waiting', code: null });
    return true;
  }

  async next(channel: string): Promise<OutboxItem | undefined> {
    const row = this.rows.find((candidate) => candidate.channel === channel && candidate.state === 'waiting');
    return row && { id: row.id, controlId: row.controlId, bytes: row.bytes, tries: row.tries };
  }

  async sent(id: string): Promise<void> {
    this.#row(id).state = 'sent';
  }

  async tried(id: string, code: string): Promise<void> {
    const row = this.#row(id);
    row.tries++;
    row.code = code;
  }

  async setAside(id: string, code: string): Promise<void> {
    Object.assign(this.#row(id), { state: 'aside', code });
  }

  #row(id: string): Row {
    const row = this.rows.find((candidate) => candidate.id === id);
    if (!row) throw new RangeError(`no such message: ${id}`);
    return row;
  }
}
