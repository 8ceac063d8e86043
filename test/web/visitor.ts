/** A person with a browser's cookies and no JavaScript: follows the sign-in, reads pages, sends their forms. */
import type { OpenWeb } from './open-web.ts';

export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Address after redirects, without the origin. */
  readonly path: string;
}

export interface Visitor {
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Page>;
  /** Without following redirects. */
  peek(path: string): Promise<Page>;
  /** Sends a form with the page's own token; `_csrf: null` leaves it out. */
  post(path: string, values: Readonly<Record<string, string | readonly string[] | null>>, headers?: Readonly<Record<string, string>>): Promise<Page>;
  cookie(): string;
}

/** `signIn` goes through /login and the mock provider as `become` has set it. */
export async function visitor(web: OpenWeb, person?: { readonly name: string; readonly roles: readonly string[] }): Promise<Visitor> {
  const jar = new Map<string, string>();
  const send = async (url: string, init: RequestInit, follow: boolean): Promise<Page> => {
    const own = url.startsWith(web.url);
    const headers = new Headers(init.headers);
    if (own && jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    if (own) {
      for (const line of response.headers.getSetCookie()) {
        const [pair = ''] = line.split(';');
        jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
      }
    }
    const next = response.headers.get('location');
    if (follow && next) return await send(new URL(next, url).href, {}, true);
    return { status: response.status, headers: response.headers, text: await response.text(), path: url.replace(web.url, '') };
  };
  let token = '';
  const kept = (page: Page): Page => {
    token = /name="_csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? token;
    return page;
  };
  if (person) {
    web.become(person.name, person.roles);
    kept(await send(`${web.url}/login`, {}, true));
  }
  return {
    get: async (path, headers = {}) => kept(await send(`${web.url}${path}`, { headers }, true)),
    peek: (path) => send(`${web.url}${path}`, {}, false),
    post: async (path, values, headers = {}) => {
      const body = new URLSearchParams();
      for (const [name, value] of Object.entries({ _csrf: token, ...values })) {
        for (const one of Array.isArray(value) ? (value as readonly string[]) : [value as string | null]) if (one !== null) body.append(name, one);
      }
      return kept(await send(`${web.url}${path}`, { method: 'POST', body, headers: { 'sec-fetch-site': 'same-origin', ...headers } }, true));
    },
    cookie: () => [...jar.values()].join(),
  };
}

export const NURSE = { name: 'Nora Nurse', roles: ['fls'] } as const;
export const RADIOLOGIST = { name: 'Rafael Reader', roles: ['radiologist'] } as const;
export const LEAD = { name: 'Lena Lead', roles: ['auditor'] } as const;
export const INTEGRATOR = { name: 'Ines Integrator', roles: ['ops'] } as const;
export const STRANGER = { name: 'Sten Stranger', roles: [] } as const;
