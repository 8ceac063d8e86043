/** Refuses U+0000 in an address or a form with 400: nobody types it, and the database takes no text that holds it. */
import type { RequestHandler } from 'express';

/** Mount after the form parser. */
export const refuseNul: RequestHandler = (request, response, next) => {
  const values = Object.values((request.body as Record<string, unknown> | undefined) ?? {}).flat();
  const isIn = request.originalUrl.includes('%00') || values.some((value) => typeof value === 'string' && value.includes('\0'));
  if (isIn) response.status(400).set('Cache-Control', 'no-store').type('text').send('What was sent could not be read.\n');
  else next();
};
