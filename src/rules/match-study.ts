/** Which of the studies an archive found belongs to this report? Same accession or UID, same patient, and exactly one. */
import type { Report } from '#src/case/report.ts';
import type { StudySummary } from '#src/case/study.ts';

export type StudyMatch =
  | { readonly kind: 'study'; readonly study: StudySummary; readonly because: readonly string[] }
  | { readonly kind: 'none'; readonly because: readonly string[] }
  | { readonly kind: 'ambiguous'; readonly because: readonly string[] }
  | { readonly kind: 'patient-mismatch'; readonly because: readonly string[] };

const MEASURABLE = /^(CT|MR|CR|DX|RG|RF)$/;

/** The reasons carry counts and rules only: no identifier, so that they may stand on a page or in a log. */
export function matchStudy(report: Report, found: readonly StudySummary[]): StudyMatch {
  const named = byIdentifier(report, found);
  if (named.studies.length === 0) return { kind: 'none', because: [`the archive has no study with this ${named.by}`] };
  const checked = named.studies.map((study) => ({ study, check: patientCheck(report, study) }));
  const same = checked.filter(({ check }) => check.isSame);
  if (same.length === 0) {
    const unchecked = checked.some(({ study }) => study.patientId.trim() === '');
    const text = unchecked
      ? 'the study in the archive has no patient id to check'
      : 'the study in the archive belongs to another patient id than the report';
    return { kind: 'patient-mismatch', because: [text, `${named.studies.length} found by ${named.by}`] };
  }
  const because = [`found by ${named.by}`, ...new Set(same.map(({ check }) => check.because))];
  if (same.length < checked.length) because.push(`${checked.length - same.length} studies of other patients set aside`);
  return oneOf(
    report,
    same.map(({ study }) => study),
    because,
  );
}

/** The UID is stronger than the accession number: one accession may cover several studies. */
function byIdentifier(report: Report, found: readonly StudySummary[]): { by: string; studies: readonly StudySummary[] } {
  const byUid = found.filter((study) => study.studyInstanceUid === report.studyInstanceUid);
  if (byUid.length > 0) return { by: 'Study Instance UID', studies: byUid };
  const wanted = new Set([report.accession ?? '', ...report.accessionCandidates.map((candidate) => candidate.value)].map((value) => value.trim()));
  wanted.delete('');
  return { by: 'accession number', studies: found.filter((study) => wanted.has(study.accession.trim())) };
}

interface PatientCheck {
  readonly isSame: boolean;
  readonly because: string;
}

/** PID-3 against Patient ID (0010,0020). Issuers are spelled too differently in HL7 and DICOM to be compared. */
function patientCheck(report: Report, study: StudySummary): PatientCheck {
  const inArchive = study.patientId.trim();
  const chosen = report.patient.id.value.trim();
  if (inArchive === '') return { isSame: false, because: 'no patient id in the archive' };
  if (inArchive === chosen) return { isSame: true, because: 'patient id is the report’s' };
  const others = report.patient.otherIds.map((id) => id.value.trim());
  if (others.includes(inArchive)) return { isSame: true, because: 'patient id is another one of the report’s identifiers' };
  const isPadded = /^\d+$/.test(inArchive) && /^\d+$/.test(chosen) && BigInt(inArchive) === BigInt(chosen);
  if (isPadded) return { isSame: true, because: 'patient id is the report’s but for leading zeros' };
  return { isSame: false, because: 'another patient id' };
}

/** Narrows several studies of the right patient by what the report says of itself; never by chance. */
function oneOf(report: Report, studies: readonly StudySummary[], because: readonly string[]): StudyMatch {
  const day = report.examinedAt?.slice(0, 10) ?? null;
  const narrowings: readonly [string, (study: StudySummary) => boolean][] = [
    ['has pictures that can be measured', (study) => study.modalities.length === 0 || study.modalities.some((modality) => MEASURABLE.test(modality))],
    ['has the report’s modality', (study) => report.modality === null || study.modalities.includes(report.modality)],
    ['is of the day of the examination', (study) => day === null || study.studyDate === null || study.studyDate === day],
  ];
  let left = studies;
  const reasons = [...because];
  for (const [reason, keeps] of narrowings) {
    const kept = left.filter(keeps);
    // A narrowing that leaves none proves nothing: the archive may simply not tell.
    if (left.length > 1 && kept.length > 0 && kept.length < left.length) {
      reasons.push(`${kept.length} of ${left.length} ${reason}`);
      left = kept;
    }
  }
  if (left.length === 1) return { kind: 'study', study: left[0]!, because: reasons };
  return { kind: 'ambiguous', because: [...reasons, `${left.length} studies fit and nothing tells them apart`] };
}
