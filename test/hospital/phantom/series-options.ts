/** What a series of DICOM files is about: patient, study, series, encoding and faults. */
import type { Element, TransferSyntax } from './dicom-part10.ts';
import type { SeriesFault } from './planes.ts';

export interface DicomPatient {
  readonly id: string;
  readonly issuer?: string;
  /** Family^Given */
  readonly name: string;
  /** YYYYMMDD */
  readonly birthDate: string;
  readonly sex: 'F' | 'M' | 'O';
}

export interface DicomStudy {
  readonly studyInstanceUid: string;
  readonly accession: string;
  /** YYYYMMDD and HHMMSS */
  readonly date: string;
  readonly time: string;
  readonly description: string;
  readonly referrer?: string;
}

export interface DicomSeries {
  readonly number: number;
  readonly description: string;
  /** Default: made from the study's UID and the series number. */
  readonly seriesInstanceUid?: string;
  readonly kernel?: string | readonly string[];
  readonly kvp?: number;
  readonly bodyPart?: string;
  readonly manufacturer?: string;
  readonly model?: string;
  readonly contrastAgent?: string;
  readonly patientPosition?: 'HFS' | 'FFS' | 'HFP' | 'FFP';
  readonly imageType?: readonly string[];
  /** HU per stored step (CT). 1 by default; samples use 4 to save room. */
  readonly slope?: number;
  /** Stored as signed 16-bit HU instead of unsigned from -1024. */
  readonly signed?: boolean;
  /** MR only. */
  readonly sequence?: { readonly name: string; readonly echoMs: number; readonly repetitionMs: number };
}

export interface SeriesOptions {
  readonly patient: DicomPatient;
  readonly study: DicomStudy;
  readonly series: DicomSeries;
  readonly transferSyntax: TransferSyntax;
  readonly faults?: readonly SeriesFault[];
  /** Further elements in every image. */
  readonly more?: readonly Element[];
}

export interface DicomFile {
  readonly name: string;
  readonly sopInstanceUid: string;
  readonly bytes: Uint8Array;
}
