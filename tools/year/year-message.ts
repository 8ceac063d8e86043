/** The ORU^R01 of a report of the made year. */
import { reportMessage } from '../samples/report-message.ts';
import type { YearTruth } from './year-options.ts';
import { yearText } from './year-text.ts';

export function yearMessage(truth: YearTruth): string {
  return reportMessage({
    controlId: `RAD${truth.accession.slice(3)}`,
    accession: truth.accession,
    person: truth.person,
    date: truth.examinedAt.slice(0, 10),
    time: truth.examinedAt.slice(11, 19).replaceAll(':', ''),
    procedure: truth.procedure,
    studyUid: { in: 'ZDS', uid: truth.studyInstanceUid },
    report: yearText(truth),
    modality: truth.modality,
    authority: truth.site.authority,
    address: truth.address,
  });
}
