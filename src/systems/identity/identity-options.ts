/** What signing in needs to know: our own address, the site's provider, and the EHRs that may launch us. */
import type { Log } from '#src/lib/log.ts';

export interface IdentityOptions {
  readonly publicUrl: string;
  /** OpenID Connect issuer of our own users; null: only EHR launches. */
  readonly oidc: {
    readonly issuer: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly roleClaim: string;
    readonly mock: boolean;
  } | null;
  /** FHIR bases whose EHR may launch us, with the client id that each gave. */
  readonly smart: readonly { readonly issuer: string; readonly clientId: string }[];
  /** http issuers on loopback (demo and tests). */
  readonly allowHttp: boolean;
  readonly log: Log;
  /** Who has signed in, for the audit trail; nobody is let in whose sign-in cannot be written down. */
  readonly signedIn: (userId: string, how: 'provider' | 'ehr-launch') => Promise<void>;
}
