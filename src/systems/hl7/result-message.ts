/** What was measured on the images as ORU^R01 (HL7 v2.5.1 chapter 7), for a health record or RIS that takes results. Pure. */
import type { Case } from '#src/case/case.ts';
import { buildMessage, type Envelope, hl7Timestamp, type SegmentContent } from './build-message.ts';
import { findingLines, pid, pv1, reasonLines, resultStatus, xcn } from './outbound-segments.ts';

type Row = Readonly<Record<string, string>>;

function measuredRows(subject: Case, status: string): Row[] {
  const { finding } = subject.facts;
  if (finding?.state !== 'measured') return [];
  return finding.vertebrae.flatMap((body) => {
    const sub = { 4: body.levelText.replace(/[^A-Z0-9/]/g, ''), 11: status };
    const loss = body.loss
      ? [{ 2: 'NM', '3.1': 'VCF-LOSS', '3.2': 'Vertebral height loss', '3.3': 'L', 5: body.loss.percent.toFixed(0), '6.1': '%', ...sub }]
      : [];
    const grade = body.grade === null ? [] : [{ 2: 'ST', '3.1': 'VCF-GENANT', '3.2': 'Genant grade', '3.3': 'L', 5: body.gradeText, ...sub }];
    return [...grade, ...loss];
  });
}

/** OBX rows: graded vertebrae as numbers, then the finding and the reasons as text. */
export function resultMessage(subject: Case, envelope: Envelope): Buffer {
  const { report } = subject.facts;
  const status = resultStatus(subject);
  const text = (lines: readonly string[], code: string, name: string): Row[] =>
    lines.map((line) => ({ 2: 'TX', '3.1': code, '3.2': name, '3.3': 'L', 5: line, 11: status }));
  const rows = [
    ...measuredRows(subject, status),
    ...text(findingLines(subject.facts.finding), 'VCF', 'Vertebral fracture finding'),
    ...text(reasonLines(subject), 'VCF-WHY', 'Why this was decided'),
  ];
  const study: SegmentContent[] =
    report.studyInstanceUid === null ? [] : [['ZDS', { '1.1': report.studyInstanceUid, '1.3': 'Application', '1.4': 'DICOM' }]];
  return buildMessage(['ORU', 'R01', 'ORU_R01'], envelope, [
    pid(report.patient),
    ...pv1(report.visitNumber),
    ['ORC', { 1: 'RE', 3: subject.id }],
    [
      'OBR',
      {
        1: '1',
        2: report.accession ?? '',
        3: subject.id,
        '4.1': 'VCF',
        '4.2': 'Vertebral fracture assessment of existing images',
        '4.3': 'L',
        ...xcn('16', report.orderer),
        22: hl7Timestamp(envelope.at),
        24: report.modality ?? '',
        25: status,
      },
    ],
    ...rows.map((row, index): SegmentContent => ['OBX', { 1: String(index + 1), ...row }]),
    ...study,
  ]);
}
