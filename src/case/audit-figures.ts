/** The figures of an audit: shares by period with their charts' lines, times, reasons. Counts under 5 are not told (null). */
import type { CaseSummary } from './case-summary.ts';

export type AuditCase = CaseSummary & {
  /** When its work first stood in the health record. */
  readonly writtenAt: string | null;
};

export const PERIODS = ['week', 'month', 'quarter'] as const;
export type Period = (typeof PERIODS)[number];
export const STRATA = ['age', 'sex', 'site', 'scanner', 'modality', 'model'] as const;
export type Stratum = (typeof STRATA)[number];

export interface AuditQuestion {
  /** YYYY-MM-DD, the first day. */
  readonly from: string;
  /** YYYY-MM-DD, the day after the last. */
  readonly to: string;
  readonly by: Period;
  /** Only cases of one stratum, e.g. { name: 'sex', value: 'female' }; null: all. */
  readonly only: { readonly name: Stratum; readonly value: string } | null;
}

export interface MeasureText {
  /** M1, M2, M3-C1 ... B1 ... */
  readonly id: string;
  readonly name: string;
  /** Which cases are counted, and which of them are a hit. */
  readonly counted: string;
  readonly hit: string;
  /** Percent, with where it comes from. */
  readonly baseline: { readonly percent: number; readonly source: string } | null;
  readonly targetPercent: number | null;
  readonly kind: 'main' | 'wording' | 'balance';
}

export interface SharePoint {
  /** 2026-10, 2026-Q4 or 2026-W47. */
  readonly period: string;
  /** Null: under 5, not told. */
  readonly hits: number | null;
  readonly counted: number | null;
  /** 0 to 1; null where a count is not told or nothing was counted. */
  readonly share: number | null;
  /** 3-sigma limits of the p-chart, 0 to 1. */
  readonly low: number | null;
  readonly high: number | null;
  readonly outside: boolean;
}

export interface RunSignals {
  /** Points that do not lie on the median. */
  readonly useful: number;
  readonly longestRun: number;
  readonly longestRunLimit: number;
  readonly crossings: number;
  readonly crossingsLimit: number;
  /** Anhøj: the longest run is too long, or there are too few crossings. */
  readonly shift: boolean;
}

export interface ShareFigure {
  readonly measure: MeasureText;
  readonly points: readonly SharePoint[];
  /** Of all counted cases, 0 to 1; null where a count is not told. */
  readonly overall: { readonly hits: number; readonly counted: number; readonly share: number } | null;
  readonly median: number | null;
  readonly run: RunSignals | null;
  /** By the values of each stratum. */
  readonly strata: readonly {
    readonly name: Stratum;
    readonly value: string;
    readonly hits: number | null;
    readonly counted: number | null;
    readonly share: number | null;
  }[];
}

export interface TimePoint {
  readonly period: string;
  /** Median of the period; null with fewer than 5 cases. */
  readonly value: number | null;
  readonly counted: number | null;
  readonly outside: boolean;
}

export interface TimeFigure {
  readonly id: string;
  readonly name: string;
  readonly unit: 'h';
  readonly points: readonly TimePoint[];
  readonly mean: number | null;
  /** Natural process limits of the XmR chart. */
  readonly low: number | null;
  readonly high: number | null;
}

export interface ReasonFigure {
  readonly name: string;
  /** Count null: under 5, not told. */
  readonly reasons: readonly { readonly code: string; readonly count: number | null }[];
}

export interface AuditFigures {
  readonly question: AuditQuestion;
  readonly cases: number;
  readonly shares: readonly ShareFigure[];
  readonly times: readonly TimeFigure[];
  readonly reasons: readonly ReasonFigure[];
  /** Referrals that are neither done nor declined, at this moment. */
  readonly backlog: number;
  /** Measures that Backstop holds no data for, with why. */
  readonly cannotSay: readonly { readonly id: string; readonly name: string; readonly because: string }[];
}
