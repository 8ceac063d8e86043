/** The measurements as a Comprehensive SR after TID 1500 Measurement Report (PS3.16), told by a device: no person has verified them. */
import type { ModelIdentity } from '#src/case/finding.ts';
import type { Vertebra } from '#src/case/vertebra.ts';
import {
  type Code,
  codedItem,
  containerItem,
  dcm,
  imageItem,
  numberItem,
  ours,
  sct,
  textItem,
  ucum,
  uidItem,
  vertebraCode,
} from './report-content.ts';
import { OUR_NAME, type ResultInput, resultHeader } from './result-header.ts';
import { type ResultVersion, resultUid } from './result-uid.ts';
import { SECONDARY_CAPTURE } from './secondary-capture.ts';
import { type DatasetByKeyword, writeDicomFile } from './write-dicom-file.ts';

export const COMPREHENSIVE_SR = '1.2.840.10008.5.1.4.1.1.88.33';
const SERIES_NUMBER = '9902';
const CT_IMAGE = '1.2.840.10008.5.1.4.1.1.2';

export interface StructuredReportInput extends ResultInput {
  /** The key image of the same version is stored beside it and referred to. */
  readonly withPicture: boolean;
  /** The version whose report this one replaces, if any was stored. */
  readonly replacesVersion: ResultVersion | null;
}

export function structuredReport(input: StructuredReportInput): Uint8Array {
  const { caseId, version } = input;
  return writeDicomFile({
    ...resultHeader({ ...input, models: input.finding.models }),
    SOPClassUID: COMPREHENSIVE_SR,
    SOPInstanceUID: resultUid(caseId, version, 'report-instance'),
    SeriesInstanceUID: resultUid(caseId, version, 'report-series'),
    Modality: 'SR',
    SeriesNumber: SERIES_NUMBER,
    SeriesDescription: `${OUR_NAME} measurements`,
    InstanceNumber: '1',
    CompletionFlag: 'COMPLETE',
    VerificationFlag: 'UNVERIFIED',
    ReferencedPerformedProcedureStepSequence: [],
    PerformedProcedureCodeSequence: [],
    CodingSchemeIdentificationSequence: [{ CodingSchemeDesignator: '99BACKSTOP', CodingSchemeName: 'Backstop vertebral measurements' }],
    CurrentRequestedProcedureEvidenceSequence: evidence(input),
    ...predecessor(input),
    ValueType: 'CONTAINER',
    ContinuityOfContent: 'SEPARATE',
    ConceptNameCodeSequence: [{ CodeValue: '126000', CodingSchemeDesignator: 'DCM', CodeMeaning: 'Imaging Measurement Report' }],
    ContentTemplateSequence: [{ MappingResource: 'DCMR', TemplateIdentifier: '1500' }],
    ContentSequence: content(input),
  });
}

function sources(input: StructuredReportInput): { sopClassUid: string; uids: readonly string[] } {
  const { series } = input.finding;
  return { sopClassUid: series.sopClassUid ?? CT_IMAGE, uids: series.sopInstanceUids };
}

function evidence(input: StructuredReportInput): DatasetByKeyword[] {
  const { sopClassUid, uids } = sources(input);
  const reference = (classUid: string, uid: string) => ({ ReferencedSOPClassUID: classUid, ReferencedSOPInstanceUID: uid });
  const source = { SeriesInstanceUID: input.finding.series.seriesInstanceUid, ReferencedSOPSequence: uids.map((uid) => reference(sopClassUid, uid)) };
  const picture = {
    SeriesInstanceUID: resultUid(input.caseId, input.version, 'picture-series'),
    ReferencedSOPSequence: [reference(SECONDARY_CAPTURE, resultUid(input.caseId, input.version, 'picture-instance'))],
  };
  return [{ StudyInstanceUID: input.study.studyInstanceUid, ReferencedSeriesSequence: input.withPicture ? [source, picture] : [source] }];
}

/** A corrected result names the one it replaces (PS3.3 C.17.2, Predecessor Documents Sequence). */
function predecessor(input: StructuredReportInput): DatasetByKeyword {
  if (input.replacesVersion === null) return {};
  const series = {
    SeriesInstanceUID: resultUid(input.caseId, input.replacesVersion, 'report-series'),
    ReferencedSOPSequence: [
      { ReferencedSOPClassUID: COMPREHENSIVE_SR, ReferencedSOPInstanceUID: resultUid(input.caseId, input.replacesVersion, 'report-instance') },
    ],
  };
  return { PredecessorDocumentsSequence: [{ StudyInstanceUID: input.study.studyInstanceUid, ReferencedSeriesSequence: [series] }] };
}

const PROCEDURES: Readonly<Record<string, Code>> = {
  CT: sct('77477000', 'Computed tomography'),
  MR: sct('113091000', 'Magnetic resonance imaging'),
};
const PROJECTION = sct('168537006', 'Plain radiography');

function content(input: StructuredReportInput): DatasetByKeyword[] {
  const { sopClassUid, uids } = sources(input);
  const pictures = uids.map((uid) => imageItem('CONTAINS', sopClassUid, uid));
  if (input.withPicture) pictures.push(imageItem('CONTAINS', SECONDARY_CAPTURE, resultUid(input.caseId, input.version, 'picture-instance')));
  return [
    codedItem('HAS CONCEPT MOD', dcm('121049', 'Language of Content Item and Descendants'), {
      value: 'en-US',
      scheme: 'RFC5646',
      meaning: 'English (United States)',
    }),
    codedItem('HAS OBS CONTEXT', dcm('121005', 'Observer Type'), dcm('121007', 'Device')),
    uidItem('HAS OBS CONTEXT', dcm('121012', 'Device Observer UID'), resultUid(input.caseId, 0, 'tracking-device')),
    textItem('HAS OBS CONTEXT', dcm('121013', 'Device Observer Name'), OUR_NAME),
    textItem('HAS OBS CONTEXT', dcm('121014', 'Device Observer Manufacturer'), OUR_NAME),
    codedItem('HAS CONCEPT MOD', dcm('121058', 'Procedure reported'), PROCEDURES[input.finding.modality] ?? PROJECTION),
    containerItem('CONTAINS', dcm('111028', 'Image Library'), [containerItem('CONTAINS', dcm('126200', 'Image Library Group'), pictures)]),
    containerItem(
      'CONTAINS',
      dcm('126010', 'Imaging Measurements'),
      input.finding.vertebrae.map((vertebra) => measurementGroup(vertebra, input)),
    ),
  ];
}

/** One vertebral body: TID 1501 Measurement and Qualitative Evaluation Group. */
function measurementGroup(vertebra: Vertebra, input: StructuredReportInput): DatasetByKeyword {
  const items = [
    textItem('HAS OBS CONTEXT', dcm('112039', 'Tracking Identifier'), `${vertebra.level} vertebral body`),
    // The same body of the same case keeps its tracking UID through every version.
    uidItem('HAS OBS CONTEXT', dcm('112040', 'Tracking Unique Identifier'), resultUid(input.caseId, 0, `tracking-${vertebra.level}`)),
    ...algorithm(input),
    codedItem('CONTAINS', dcm('121071', 'Finding'), sct('51282000', 'Vertebra')),
    codedItem('HAS CONCEPT MOD', sct('363698007', 'Finding Site'), vertebraCode(vertebra.level)),
    ...numbers(vertebra),
    codedItem('CONTAINS', ours('evaluation', 'Evaluation state'), stateCode(vertebra)),
  ];
  if (vertebra.grade !== null)
    items.push(codedItem('CONTAINS', ours('genant-grade', 'Genant grade'), ours(`genant-${vertebra.grade}`, `Genant grade ${vertebra.grade}`)));
  if (vertebra.levelProbability < 0.9) items.push(textItem('CONTAINS', ours('level-text', 'Level as displayed'), vertebra.levelText));
  return containerItem('CONTAINS', dcm('125007', 'Measurement Group'), items);
}

function stateCode(vertebra: Vertebra): Code {
  if (vertebra.state === 'graded') return ours('graded', 'Graded');
  if (vertebra.state === 'indeterminate') return ours('indeterminate', 'Indeterminate');
  return ours('not-evaluable', `Not evaluable: ${vertebra.reason ?? 'no reason given'}`);
}

/** TID 4019 Algorithm Identification: every network that had a part. */
function algorithm(input: StructuredReportInput): DatasetByKeyword[] {
  const list = (pick: (model: ModelIdentity) => string) => input.finding.models.map(pick).join(', ') || 'none';
  return [
    textItem('HAS CONCEPT MOD', dcm('111001', 'Algorithm Name'), `${OUR_NAME}: ${list((model) => model.id)}`),
    textItem(
      'HAS CONCEPT MOD',
      dcm('111003', 'Algorithm Version'),
      `${input.softwareVersion}: ${list((model) => `${model.version} (${model.sha256.slice(0, 12)})`)}`,
    ),
  ];
}

const MM = ucum('mm', 'millimeter');
const PERCENT = ucum('%', 'percent');

function numbers(vertebra: Vertebra): DatasetByKeyword[] {
  const { heights, loss } = vertebra;
  const items: DatasetByKeyword[] = [];
  // Pixels and detector millimetres are not lengths in the patient: they are left out.
  if (heights && heights.unit === 'mm') {
    items.push(numberItem('CONTAINS', ours('height-anterior', 'Anterior vertebral body height'), heights.anterior, MM, 1));
    items.push(numberItem('CONTAINS', ours('height-middle', 'Middle vertebral body height'), heights.middle, MM, 1));
    items.push(numberItem('CONTAINS', ours('height-posterior', 'Posterior vertebral body height'), heights.posterior, MM, 1));
  }
  if (loss) {
    items.push(numberItem('CONTAINS', ours('height-loss', 'Vertebral body height loss'), loss.percent, PERCENT, 0));
    items.push(numberItem('CONTAINS', ours('height-loss-sd', 'Standard deviation of the height loss'), loss.sd, PERCENT, 0));
  }
  if (vertebra.trabecularHu !== null)
    items.push(numberItem('CONTAINS', dcm('112031', 'Attenuation Coefficient'), vertebra.trabecularHu, ucum("[hnsf'U]", 'Hounsfield unit'), 0));
  return items;
}
