/** What a log line may tell of a database error: its SQLSTATE or socket code, else its class; never its message. */

export function faultCode(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /^[A-Z0-9_]{3,40}$/.test(code) ? code : error.name;
}
