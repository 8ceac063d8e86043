/** COPY ... FROM STDIN over node-postgres: the fastest way in (https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-COPY). */
import type pg from 'pg';

export type CopyCell = string | number | Buffer | null;

/** What node-postgres hands to a query object that takes part in the protocol itself. Its types leave these calls out. */
interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** COPY's text format: tab between cells, \N for null, a backslash before what would end a cell. */
export function copyLine(cells: readonly CopyCell[]): string {
  const text = (cell: CopyCell): string => {
    if (cell === null) return '\\N';
    if (Buffer.isBuffer(cell)) return `\\\\x${cell.toString('hex')}`;
    return String(cell).replace(/[\\\n\r\t]/g, (mark) => ({ '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' })[mark] ?? mark);
  };
  return `${cells.map(text).join('\t')}\n`;
}

/** Sends rows into `table (columns)`; resolves when the server has taken them all. */
export function copyIn(client: pg.PoolClient, target: string, rows: readonly (readonly CopyCell[])[]): Promise<void> {
  return new Promise((resolve, reject) => {
    client.query({
      submit: (connection: CopyConnection) => connection.query(`COPY ${target} FROM STDIN`),
      handleCopyInResponse: (connection: CopyConnection) => {
        for (let from = 0; from < rows.length; from += 200)
          connection.sendCopyFromChunk(
            Buffer.from(
              rows
                .slice(from, from + 200)
                .map(copyLine)
                .join(''),
            ),
          );
        connection.endCopyFrom();
      },
      // After an error the client asks this query nothing any more: it would wait for ever.
      handleError: reject,
      handleCommandComplete: () => undefined,
      handleReadyForQuery: () => resolve(),
    } as unknown as pg.Submittable);
  });
}
