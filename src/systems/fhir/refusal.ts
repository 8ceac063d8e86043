/** An answer of the health record that will be the same next time: 501, and 4xx other than 401, 408 and 429. Never leaves this folder as it is. */
export class Refusal extends Error {
  readonly status: number;
  /** Codes of the OperationOutcome's issues; no free text, which may hold patient data. */
  readonly issueCodes: readonly string[];

  constructor(status: number, issueCodes: readonly string[]) {
    super(`the health record answered ${status}${issueCodes.length > 0 ? ` (${issueCodes.join(', ')})` : ''}`);
    this.name = 'Refusal';
    this.status = status;
    this.issueCodes = issueCodes;
  }
}
