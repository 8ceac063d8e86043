/** The yearly report: did the reports get better where Backstop works, against where it does not? */
import type { AuditFigures, MeasureText } from './audit-figures.ts';

export interface Counts {
  readonly hits: number;
  readonly counted: number;
}

export interface Estimate {
  readonly value: number;
  readonly error: number;
  /** 95 % interval. */
  readonly low: number;
  readonly high: number;
  readonly p: number;
}

export interface SeriesPoint {
  readonly period: string;
  readonly after: boolean;
  /** Share of the intervention arm less that of the control arm (or the share itself without one). */
  readonly difference: number;
  readonly fitted: number;
}

export interface SeriesResult {
  readonly withControl: boolean;
  /** The jump at the change, 0 to 1 (points / 100). */
  readonly level: Estimate;
  /** The bend at the change, for each period. */
  readonly slope: Estimate;
  readonly lags: number;
  readonly degrees: number;
  readonly points: readonly SeriesPoint[];
}

export interface DifferenceInDifferences extends Estimate {
  /** After less before in the arm that works with Backstop. */
  readonly own: number;
  readonly control: number | null;
}

export interface PhaseChart {
  readonly centreBefore: number;
  readonly centreAfter: number | null;
  readonly points: readonly (Counts & {
    readonly period: string;
    /** Null: the period in which the change came. */
    readonly after: boolean | null;
    readonly share: number | null;
    readonly low: number | null;
    readonly high: number | null;
    readonly outside: boolean;
  })[];
}

export interface YearMeasure {
  readonly measure: MeasureText;
  readonly before: Counts;
  readonly after: Counts;
  readonly controlBefore: Counts | null;
  readonly controlAfter: Counts | null;
  readonly did: DifferenceInDifferences | null;
  /** By week. */
  readonly series: SeriesResult | null;
  /** By month, of each arm. */
  readonly chart: PhaseChart | null;
  readonly controlChart: PhaseChart | null;
}

export interface PowerLine {
  readonly measure: string;
  /** Shares, 0 to 1. */
  readonly from: number;
  readonly to: number;
  /** Counted examinations in each of two groups. */
  readonly inEachGroup: number;
  /** Scans that hold so many of them, by this year's own rate; null when nothing was counted. */
  readonly scans: number | null;
  /** Chance that the weekly series of this year's size shows the step. */
  readonly seriesPower: number | null;
}

export interface YearReport {
  readonly year: string;
  readonly from: string;
  readonly to: string;
  /** YYYY-MM-DD; null: no change was named, and before and after are not compared. */
  readonly intervention: string | null;
  readonly interventionSites: readonly string[];
  readonly controlSites: readonly string[];
  readonly measures: readonly YearMeasure[];
  readonly power: readonly PowerLine[];
  readonly simulatedYears: number;
  /** The whole year by month, every site. */
  readonly audit: AuditFigures;
}
