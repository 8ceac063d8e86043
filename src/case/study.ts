/** Images of one examination as an archive describes them, before any pixel is read. */
import type { DicomUid } from './ids.ts';

export interface StudySummary {
  readonly studyInstanceUid: DicomUid;
  readonly accession: string;
  readonly patientId: string;
  readonly issuerOfPatientId: string | null;
  /** YYYY-MM-DD or null */
  readonly studyDate: string | null;
  readonly modalities: readonly string[];
  readonly description: string;
  readonly instanceCount: number | null;
}

/** One image's header facts as /metadata gives them (geometry in LPS mm). */
export interface InstanceSummary {
  readonly sopInstanceUid: DicomUid;
  readonly sopClassUid: string;
  readonly instanceNumber: number | null;
  readonly imageType: readonly string[];
  readonly imagePosition: readonly number[] | null;
  readonly imageOrientation: readonly number[] | null;
  readonly pixelSpacing: readonly number[] | null;
  readonly imagerPixelSpacing: readonly number[] | null;
  readonly sliceThickness: number | null;
  readonly rows: number;
  readonly columns: number;
  readonly numberOfFrames: number;
  readonly acquisitionNumber: number | null;
  readonly contentTime: string | null;
  readonly viewPosition: string | null;
  readonly patientOrientation: readonly string[] | null;
}

export interface SeriesSummary {
  readonly seriesInstanceUid: DicomUid;
  readonly modality: string;
  readonly seriesNumber: number | null;
  readonly description: string;
  readonly bodyPart: string;
  readonly kernel: readonly string[];
  readonly kvp: number | null;
  readonly contrastAgent: string | null;
  readonly manufacturer: string;
  readonly model: string;
  readonly sequenceName: string;
  readonly echoTimeMs: number | null;
  readonly repetitionTimeMs: number | null;
  /** Instances the archive says the series has (0020,1209). */
  readonly instanceCount: number | null;
  readonly instances: readonly InstanceSummary[];
  /** Present when `instances` are a sample (first, second, middle, last) that lies evenly: where it foretells all the others. */
  readonly stack?: EvenStack;
}

/** Slices of one kind that lie evenly behind one another, as a few headers foretell it. Positions are along the normal, mm. */
export interface EvenStack {
  readonly count: number;
  /** SOP Class, Image Type, size, direction and pixel spacing in one text: another text is a foreign slice. */
  readonly kind: string;
  readonly normal: readonly [number, number, number];
  readonly startMm: number;
  readonly endMm: number;
  /** Between the first two. */
  readonly gapMm: number;
}

/** The rule's choice and the reasons against the others, kept with the result. */
export interface SeriesChoice {
  readonly seriesInstanceUid: DicomUid;
  readonly kind: 'ct-volume' | 'mr-sagittal' | 'xray-lateral';
  readonly modality: string;
  /** Instances of the series that belong to the picture (others are localizers, captures, duplicates). */
  readonly sopInstanceUids: readonly DicomUid[];
  /** Chosen by a sample: the whole series is meant, `sopInstanceUids` are the sample's, and each slice has to prove its place when it is read. */
  readonly stack?: EvenStack;
  /** SOP Class of those instances: what a result that refers to them has to name. */
  readonly sopClassUid?: string;
  /** Instances the whole series had when it was chosen: another count later means that it changed. */
  readonly seriesInstanceCount?: number | null;
  readonly sliceThicknessMm: number | null;
  readonly kernel: readonly string[];
  readonly kvp: number | null;
  readonly contrast: boolean;
  readonly scanner: string;
  readonly because: readonly string[];
  readonly rejected: readonly { readonly seriesInstanceUid: string; readonly because: string }[];
}
