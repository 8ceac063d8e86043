/** Our own DiagnosticReport with the key picture, beside the radiologist's, which is never touched; and the gap in care (rule R15). */
import type { DetectedIssue, Device, DiagnosticReport, Observation, Patient, Reference } from '@medplum/fhirtypes';
import type { Decision } from '../../case/referral.ts';
import type { Artifact } from '../../ports.ts';
import { LOINC, SNOMED } from './names.ts';
import { imagingStudy, own } from './planned.ts';

/** A larger picture stays in our own store: an EHR should not carry it in a text. */
const KEY_IMAGE_LIMIT_BYTES = 2_000_000;

export interface ReportFrame {
  readonly status: 'preliminary' | 'final';
  readonly patient: Reference<Patient>;
  readonly decision: Decision;
  readonly summary: Reference<Observation>;
  /** Study Instance UID. */
  readonly study: string | null;
  /** FHIR dateTime of the examination. */
  readonly effective: string | undefined;
  readonly keyImage: Artifact | undefined;
  /** A radiologist changed or refuted what is drawn in the picture. */
  readonly outdated: boolean;
}

/** Without `identifier` and `meta`: the plan adds them. */
export function opportunisticReport(frame: ReportFrame): DiagnosticReport {
  const { decision, study, effective, keyImage } = frame;
  const picture = keyImage && keyImage.bytes.length <= KEY_IMAGE_LIMIT_BYTES ? keyImage : undefined;
  return {
    resourceType: 'DiagnosticReport',
    status: frame.status,
    category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0074', code: 'IMG', display: 'Diagnostic Imaging' }] }],
    code: { coding: [{ system: LOINC, code: '18748-4', display: 'Diagnostic imaging study' }], text: 'Opportunistic vertebral fracture assessment' },
    subject: frame.patient,
    ...(effective && { effectiveDateTime: effective }),
    ...(study && { imagingStudy: [imagingStudy(study)] }),
    result: [frame.summary],
    conclusion: decision.because.map((reason) => `${reason.rule}: ${reason.text}`).join(' '),
    ...(decision.confirmedBy && { conclusionCode: [{ coding: [{ system: SNOMED, code: '42942008' }], text: 'Vertebral fracture' }] }),
    ...(picture && {
      presentedForm: [
        {
          contentType: picture.contentType,
          data: Buffer.from(picture.bytes).toString('base64'),
          title: frame.outdated ? 'Key picture as the software measured it, before a radiologist changed it' : 'Key picture',
        },
      ],
    }),
  };
}

/** R15: reported without advice. */
export function careGap(
  decision: Decision,
  patient: Reference<Patient>,
  author: Reference<Device>,
  report: Reference<DiagnosticReport> | undefined,
): DetectedIssue {
  return {
    resourceType: 'DetectedIssue',
    status: 'preliminary',
    code: own('care-gap-no-advice', 'Vertebral fracture reported without advice to refer'),
    severity: 'moderate',
    patient,
    ...(decision.inputs && { identifiedDateTime: decision.inputs.decidedOn }),
    author,
    ...(report && { implicated: [report] }),
    detail: decision.because
      .filter((reason) => reason.rule === 'R15')
      .map((reason) => reason.text)
      .join(' '),
  };
}
