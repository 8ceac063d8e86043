/** Errors of the hook as FHIR R4 OperationOutcome (CDS Hooks 3.0, "Returning OperationOutcome"). No patient data, no stack. */

/** Members of the FHIR R4 value set issue-type that we use. */
export type IssueType =
  | 'invalid'
  | 'structure'
  | 'required'
  | 'value'
  | 'not-found'
  | 'login'
  | 'processing'
  | 'conflict'
  | 'transient'
  | 'timeout'
  | 'too-long';

export interface Fault {
  readonly code: IssueType;
  /** For the integrator; never a value out of the request. */
  readonly diagnostics: string;
  /** The element at fault: "context.patientId". */
  readonly element?: string;
}

export interface OperationOutcome {
  readonly resourceType: 'OperationOutcome';
  readonly issue: readonly { severity: 'error' | 'warning'; code: IssueType; diagnostics: string; expression?: string[] }[];
}

export function operationOutcome(faults: readonly Fault[], severity: 'error' | 'warning' = 'error'): OperationOutcome {
  return {
    resourceType: 'OperationOutcome',
    issue: faults.map(({ code, diagnostics, element }) => ({ severity, code, diagnostics, ...(element && { expression: [element] }) })),
  };
}

/** An answer other than 200, thrown on the way and turned into a response in one place. */
export class Refusal extends Error {
  readonly status: 400 | 401 | 404 | 412 | 413 | 415 | 503;
  readonly code: string;
  readonly faults: readonly Fault[];
  constructor(status: Refusal['status'], code: string, faults: readonly Fault[]) {
    super(code);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.faults = faults;
  }
}
