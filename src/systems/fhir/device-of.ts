/** The software and each model as an R4 Device, with version and fingerprint (HL7 AI Transparency on FHIR). */
import type { Device } from '@medplum/fhirtypes';
import type { ModelIdentity } from '../../case/finding.ts';
import { keyOfModel } from './keys.ts';
import { identifierOf, type MetaOptions, metaOf, type Planned } from './planned.ts';

/** Code system of the HL7 AI Transparency guide (STU1 ballot). */
const AI_DEVICE_TYPE = 'http://hl7.org/fhir/uv/aitransparency/CodeSystem/AIdeviceTypeCS';

/** Written once: another version or other weights are another Device. */
export function deviceOf(model: ModelIdentity, meta: Omit<MetaOptions, 'caseId' | 'profileName' | 'madeByModel'>): Planned<Device> {
  const key = keyOfModel(model);
  return {
    key,
    role: `device ${model.id}`,
    immutable: true,
    resource: {
      resourceType: 'Device',
      meta: metaOf({ ...meta, profileName: 'ai-device', madeByModel: false }),
      identifier: identifierOf(key),
      status: 'active',
      manufacturer: 'Backstop',
      deviceName: [{ name: model.id, type: 'model-name' }],
      type: {
        coding: [{ system: AI_DEVICE_TYPE, code: 'Artificial-Intelligence', display: 'Artificial Intelligence' }],
        text: 'Artificial intelligence',
      },
      version: [{ value: model.version }],
      note: [{ text: `SHA-256 of the model ${model.sha256}, of its manifest ${model.manifestSha256}. ${trained(model)}` }],
    },
  };
}

function trained(model: ModelIdentity): string {
  return model.clinicalData ? 'Tested on clinical data.' : 'Not tested on clinical data.';
}
