/** Whether a database URL makes the driver check who it talks to, and encrypt. Patient data never crosses a network in the clear by accident. Pure. */

/** sslmode values under which pg encrypts and checks certificate and name; with uselibpqcompat it takes `require` as libpq does: unchecked. */
const CHECKED = new Set(['verify-full', 'verify-ca', 'require']);
const CHECKED_LIKE_LIBPQ = new Set(['verify-full', 'verify-ca']);

/** Null: fine. Else why not, without the URL (it holds a password). */
export function whyUnsafe(url: string): string | null {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    // A form that only the driver knows: it has to say no by itself.
    return null;
  }
  const host = parsed.searchParams.get('host') ?? decodeURIComponent(parsed.hostname);
  if (isThisMachine(host)) return null;
  const mode = parsed.searchParams.get('sslmode') ?? (parsed.searchParams.get('ssl') === 'true' ? 'require' : 'none');
  const checked = parsed.searchParams.get('uselibpqcompat') === 'true' ? CHECKED_LIKE_LIBPQ : CHECKED;
  if (checked.has(mode)) return null;
  return mode === 'no-verify' || mode === 'require'
    ? `the database's certificate would not be checked (sslmode=${mode})`
    : 'the database is on another machine and its URL asks for no TLS';
}

function isThisMachine(host: string): boolean {
  return host === '' || host.startsWith('/') || host === 'localhost' || host === '[::1]' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
