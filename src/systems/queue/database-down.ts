/** Is a fault the database's weather (gone, starting, full, a deadlock), and no bug of the step that met it? Pure. */

/** SQLSTATE: connection lost (08), rolled back by another (40), out of disk, memory or connections (53), shut down (57P), the disk's own fault (58). */
const SQLSTATE = /^(08\w{3}|40\w{3}|53\w{3}|57P0\w|58\w{3})$/;
const SOCKET: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);
/** pg gives these no code. */
const WORDS = /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed)/;

/** Outside systems word their own faults (TryLater), so a bare socket error is the database's. */
export function isDatabaseDown(fault: unknown): boolean {
  if (!(fault instanceof Error)) return false;
  const code = 'code' in fault && typeof fault.code === 'string' ? fault.code : '';
  return SQLSTATE.test(code) || SOCKET.has(code) || WORDS.test(fault.message);
}
