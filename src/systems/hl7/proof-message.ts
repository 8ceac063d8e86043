/** The report of an invented patient that proves the way: ORU^R01 (HL7 v2.5.1, section 7.3.1) with a stated fracture and no advice. */
import { buildMessage, hl7Timestamp } from './build-message.ts';

/** The level that a reading of it must find. */
export const PROOF_LEVEL = 'L1';

export function proofMessage(controlId: string, at: Date): Buffer {
  const examined = hl7Timestamp(at);
  const envelope = {
    sendingApplication: 'BACKSTOP-PROOF',
    sendingFacility: 'NOWHERE',
    receivingApplication: 'BACKSTOP',
    receivingFacility: 'NOWHERE',
    controlId,
    at,
    processingId: 'T' as const,
  };
  return buildMessage(['ORU', 'R01', 'ORU_R01'], envelope, [
    ['PID', { '1': '1', '3.1': 'PROOF-0', '3.4': 'NOWHERE', '3.5': 'MR', '5.1': 'Nobody', '5.2': 'Proof', '7': '19480101', '8': 'F' }],
    ['OBR', { '1': '1', '3.1': controlId, '4.1': 'CCHES', '4.2': 'CT chest', '7': examined, '18': controlId, '22': examined, '24': 'CT', '25': 'F' }],
    ['OBX', { '1': '1', '2': 'TX', '3.1': 'CCHES', '5': `FINDINGS: Vertebral compression fracture of ${PROOF_LEVEL}, grade 2.`, '11': 'F' }],
  ]);
}
