/** One vertebra as an R4 Observation: the Genant grade as value, heights, loss and attenuation as components (shape of DICOM TID 1501 groups). */
import type { CodeableConcept, Observation, ObservationComponent } from '@medplum/fhirtypes';
import type { Grade, Level, Vertebra } from '../../case/vertebra.ts';
import { CODES, GRADES, SNOMED, UCUM } from './names.ts';
import { own } from './planned.ts';

/** SNOMED CT "body structure" of the vertebral bodies (design/clinical-rules). */
const VERTEBRAL_BODY: Readonly<Record<Level, string>> = {
  T1: '56094003',
  T2: '50060007',
  T3: '73138009',
  T4: '86197001',
  T5: '6105006',
  T6: '32430008',
  T7: '71737002',
  T8: '77435000',
  T9: '33766003',
  T10: '48405002',
  T11: '52120002',
  T12: '280849005',
  L1: '61032001',
  L2: '53983007',
  L3: '55492004',
  L4: '71996003',
  L5: '21799000',
};

const GRADE_WORDS = ['no fracture', 'mild, 20-25 % height loss', 'moderate, 25-40 % height loss', 'severe, over 40 % height loss'] as const;

export function gradeConcept(grade: Grade): CodeableConcept {
  return {
    coding: [{ system: GRADES, code: `grade-${grade}`, display: `Genant grade ${grade}` }],
    text: `Genant grade ${grade}: ${GRADE_WORDS[grade]}`,
  };
}

export function bodyConcept(level: Level): CodeableConcept {
  return { coding: [{ system: SNOMED, code: VERTEBRAL_BODY[level] }], text: `Body of vertebra ${level}` };
}

export function quantity(value: number, unit: string, code: string, digits: number) {
  return { value: Number(value.toFixed(digits)), unit, system: UCUM, code };
}

/** Millimetres are told only where the picture has true ones. `frame` holds what all Observations of a case share. */
export function vertebraObservation(vertebra: Vertebra, frame: Omit<Observation, 'code' | 'resourceType'>): Observation {
  const grade = vertebra.grade ?? 0;
  return {
    resourceType: 'Observation',
    ...frame,
    code: own('genant-grade', 'Genant grade of a vertebral body'),
    valueCodeableConcept: gradeConcept(grade),
    interpretation: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', code: grade > 0 ? 'A' : 'N' }] }],
    bodySite: bodyConcept(vertebra.level),
    method: own('morphometry-six-point', 'Six-point morphometry by software, graded after Genant 1993'),
    component: components(vertebra),
    ...(vertebra.levelText !== vertebra.level && { note: [{ text: `The level is not certain: ${vertebra.levelText}.` }] }),
  };
}

function components({ heights, loss, shape, trabecularHu }: Vertebra): ObservationComponent[] {
  const parts: ObservationComponent[] = [];
  if (heights?.unit === 'mm') {
    for (const side of ['anterior', 'middle', 'posterior'] as const) {
      parts.push({
        code: own(`${side}-height`, `${side[0]?.toUpperCase()}${side.slice(1)} height`),
        valueQuantity: quantity(heights[side], 'mm', 'mm', 1),
      });
    }
  }
  if (loss) parts.push({ code: own('height-loss', 'Largest height loss'), valueQuantity: quantity(loss.percent, '%', '%', 1) });
  if (shape)
    parts.push({
      code: own('deformity', 'Kind of deformity'),
      valueCodeableConcept: { coding: [{ system: CODES, code: shape, display: shape }], text: shape },
    });
  if (trabecularHu !== null)
    parts.push({ code: own('trabecular-attenuation', 'Mean trabecular attenuation'), valueQuantity: quantity(trabecularHu, 'HU', "[hnsf'U]", 0) });
  return parts;
}
