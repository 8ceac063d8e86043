/** Reads from the client's FHIR server with its transient token: allow-listed servers only, no redirects, bounded size and time. */
import { z } from 'zod';
import type { FhirAccess } from './request.ts';

const MAX_BYTES = 2_000_000;
const MAX_PAGES = 5;
const resource = z.looseObject({ resourceType: z.string() });
const searchset = z.looseObject({
  resourceType: z.literal('Bundle'),
  entry: z.array(z.looseObject({})).optional(),
  link: z.array(z.looseObject({ relation: z.string(), url: z.string() })).optional(),
});

export type FhirResource = z.infer<typeof resource>;

export interface FhirReader {
  /** `path` is relative: "Patient/123". Undefined when it can't be had, for whatever reason. */
  read(path: string): Promise<FhirResource | undefined>;
  /** Follows `next` of a bundle that we have, as far as it stays on the same server. Undefined when a page is missing. */
  pages(first: unknown): Promise<readonly unknown[] | undefined>;
}

/** Undefined when there is no token or its server is not one of `allowed` (the issuer's list). `signal` ends every read. */
export function makeFhirReader(
  access: FhirAccess | null,
  allowed: readonly string[],
  signal: () => AbortSignal,
  fetcher: typeof fetch = fetch,
): FhirReader | undefined {
  const base = allowed.map(withSlash).find((candidate) => access !== null && candidate === withSlash(access.server));
  if (!access || base === undefined) return undefined;
  const get = (url: string) => fetchJson(fetcher, url, access.token, signal());
  return {
    read: async (path) => {
      const found = resource.safeParse(await get(base + path));
      return found.success ? found.data : undefined;
    },
    pages: async (first) => {
      const bundles: unknown[] = [];
      let page = first;
      for (;;) {
        const bundle = searchset.safeParse(page);
        if (!bundle.success) return undefined;
        bundles.push(bundle.data);
        const next = bundle.data.link?.find((link) => link.relation === 'next')?.url;
        if (next === undefined || bundles.length === MAX_PAGES) return bundles;
        const url = onServer(next, base);
        if (url === undefined) return undefined;
        page = await get(url);
      }
    },
  };
}

/** The absolute URL when it lies under the base, else undefined: a link must not carry the token elsewhere. */
export function onServer(link: string, base: string): string | undefined {
  const root = new URL(withSlash(base));
  const target = URL.canParse(link, root.href) ? new URL(link, root) : undefined;
  if (!target || target.origin !== root.origin || target.username !== '' || target.password !== '') return undefined;
  // Some servers page with `[base]?_getpages=...`, without a slash.
  const inside = target.pathname.startsWith(root.pathname) || `${target.pathname}/` === root.pathname;
  return inside && !/%2e|%2f|%5c/i.test(target.pathname) ? target.href : undefined;
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

async function fetchJson(fetcher: typeof fetch, url: string, token: string, signal: AbortSignal): Promise<unknown> {
  try {
    const response = await fetcher(url, {
      headers: { accept: 'application/fhir+json', authorization: `Bearer ${token}`, 'cache-control': 'no-cache' },
      redirect: 'manual',
      signal,
    });
    if (response.status !== 200 || !/json/.test(response.headers.get('content-type') ?? '')) {
      await response.body?.cancel();
      return undefined;
    }
    return JSON.parse(await bounded(response));
  } catch {
    return undefined;
  }
}

async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new RangeError('answer too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
