/** The API, typed by the OpenAPI document. What goes wrong is thrown as a {@link Fault} that can be shown as it is. */
import createClient, { type Middleware } from 'openapi-fetch'
import type { components, paths } from './schema'

/** Schemas of the document by name. */
export type Schema = components['schemas']

/** A refusal or failure: what happened, and what to do. */
export class Fault extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly code: string,
  ) {
    super(`${title}${detail ? `：${detail}` : ''}`)
  }

  /** The network or the server failed, not the request: trying again may help. */
  get isPassing(): boolean {
    return this.status === 0 || this.status >= 502
  }
}

/** Called when the server says that nobody is signed in. */
let onSignedOut: () => void = () => undefined

export function whenSignedOut(act: () => void): void {
  onSignedOut = act
}

/** Only our own script can send this header: a form on another site cannot act in the user's name. */
const ours: Middleware = {
  onRequest({ request }) {
    request.headers.set('X-Yibao-Console', '1')
    return request
  },
}

export const api = createClient<paths>({ baseUrl: globalThis.location?.origin, credentials: 'same-origin' })
api.use(ours)

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** The data of an answer, or its fault thrown. */
export async function take<T>(asked: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await asked.catch((reason: unknown) => {
    if (reason instanceof DOMException && reason.name === 'AbortError') throw reason
    throw new Fault(0, '', '', 'unreachable')
  })
  if (response.ok) return data as T
  const fault = faultOf(response.status, error)
  if (fault.status === 401) onSignedOut()
  throw fault
}

/** Reads problem+json. */
export function faultOf(status: number, body: unknown): Fault {
  const said = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const text = (name: string): string => (typeof said[name] === 'string' ? said[name] : '')
  return new Fault(status, text('title'), text('detail'), text('code'))
}

/** Names one attempt, so that sending it twice acts once. */
export function attempt(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
