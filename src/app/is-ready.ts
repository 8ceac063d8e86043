/** `backstop healthcheck`: asks the web process on this machine, over its own TLS if it has it. */
import { readFileSync } from 'node:fs';
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import type { Config } from '../config.ts';

const LONGEST_MS = 4_000;

export async function isReady(config: Config): Promise<boolean> {
  const where = { host: '127.0.0.1', port: config.WEB_PORT, path: '/health/ready', timeout: LONGEST_MS };
  return await new Promise((resolve) => {
    const request =
      config.WEB_TLS_CERT_FILE === ''
        ? getHttp(where)
        : // Exactly the certificate that this server is set up with, whoever signed it; its name is not 127.0.0.1.
          getHttps({
            ...where,
            ca: readFileSync(config.WEB_TLS_CERT_FILE),
            allowPartialTrustChain: true,
            checkServerIdentity: () => undefined,
          });
    request.once('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}
