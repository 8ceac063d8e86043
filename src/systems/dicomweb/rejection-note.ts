/**
 * Says in the archive that a result of ours no longer stands: a Key Object Selection with the title "Rejected for Quality Reasons" that names the
 * report and the picture (PS3.3 A.35.4, PS3.16 TID 2010; IHE Imaging Object Change Management). Nothing is ever deleted from an archive.
 */
import type { CaseId } from '#src/case/ids.ts';
import type { Report } from '#src/case/report.ts';
import type { StudySummary } from '#src/case/study.ts';
import { dcm, imageItem, textItem } from './report-content.ts';
import { OUR_NAME, resultHeader } from './result-header.ts';
import { type ResultVersion, resultUid } from './result-uid.ts';
import { SECONDARY_CAPTURE } from './secondary-capture.ts';
import { COMPREHENSIVE_SR } from './structured-report.ts';
import { type DatasetByKeyword, writeDicomFile } from './write-dicom-file.ts';

const KEY_OBJECT_SELECTION = '1.2.840.10008.5.1.4.1.1.88.59';
const SERIES_NUMBER = '9903';
const REJECTED = dcm('113001', 'Rejected for Quality Reasons');

export interface RejectionInput {
  readonly caseId: CaseId;
  /** Version of the result that no longer stands. */
  readonly rejects: ResultVersion;
  readonly withPicture: boolean;
  readonly study: StudySummary;
  readonly patient: Report['patient'];
  /** Why, in words without a name. */
  readonly because: string;
  /** When this was found, UTC. */
  readonly madeAt: Date;
  readonly softwareVersion: string;
}

/** The same UIDs at every attempt, so that it is stored once. */
export function rejectionNote(input: RejectionInput): Uint8Array {
  const { caseId, rejects, study } = input;
  const report = { series: resultUid(caseId, rejects, 'report-series'), instance: resultUid(caseId, rejects, 'report-instance') };
  const picture = { series: resultUid(caseId, rejects, 'picture-series'), instance: resultUid(caseId, rejects, 'picture-instance') };
  const series = [seriesOf(report.series, COMPREHENSIVE_SR, report.instance)];
  const content: DatasetByKeyword[] = [
    textItem('CONTAINS', dcm('113012', 'Key Object Description'), input.because),
    compositeItem(COMPREHENSIVE_SR, report.instance),
  ];
  if (input.withPicture) {
    series.push(seriesOf(picture.series, SECONDARY_CAPTURE, picture.instance));
    content.push(imageItem('CONTAINS', SECONDARY_CAPTURE, picture.instance));
  }
  return writeDicomFile({
    ...resultHeader({ ...input, models: [] }),
    SOPClassUID: KEY_OBJECT_SELECTION,
    SOPInstanceUID: resultUid(caseId, rejects, 'rejection-instance'),
    SeriesInstanceUID: resultUid(caseId, rejects, 'rejection-series'),
    Modality: 'KO',
    SeriesNumber: SERIES_NUMBER,
    SeriesDescription: `${OUR_NAME}: result withdrawn`,
    InstanceNumber: '1',
    ReferencedPerformedProcedureStepSequence: [],
    CurrentRequestedProcedureEvidenceSequence: [{ StudyInstanceUID: study.studyInstanceUid, ReferencedSeriesSequence: series }],
    ValueType: 'CONTAINER',
    ContinuityOfContent: 'SEPARATE',
    ConceptNameCodeSequence: [{ CodeValue: REJECTED.value, CodingSchemeDesignator: REJECTED.scheme, CodeMeaning: REJECTED.meaning }],
    ContentTemplateSequence: [{ MappingResource: 'DCMR', TemplateIdentifier: '2010' }],
    ContentSequence: content,
  });
}

function seriesOf(seriesUid: string, classUid: string, instanceUid: string): DatasetByKeyword {
  return {
    SeriesInstanceUID: seriesUid,
    ReferencedSOPSequence: [{ ReferencedSOPClassUID: classUid, ReferencedSOPInstanceUID: instanceUid }],
  };
}

/** An object that is no image. */
function compositeItem(classUid: string, instanceUid: string): DatasetByKeyword {
  return {
    RelationshipType: 'CONTAINS',
    ValueType: 'COMPOSITE',
    ReferencedSOPSequence: [{ ReferencedSOPClassUID: classUid, ReferencedSOPInstanceUID: instanceUid }],
  };
}
