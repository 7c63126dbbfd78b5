import type { JsonObject, Role } from '#lib/core';
import type { z } from 'zod';

/** A schema: of zod, or by the name of a component of the document. */
export type Described = z.ZodType | string;

/** One operation of the API, as its document shows it. The route file does it. */
export interface Operation {
  readonly method: 'get' | 'put' | 'post' | 'delete';
  /** Below `/api/v1`, as OpenAPI writes it: `/servers/{id}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** `session`: every signed-in person; `public`: anybody. */
  readonly auth: readonly Role[] | 'session' | 'public';
  readonly query?: z.ZodType;
  readonly body?: Described;
  /** Takes `If-Match`; `create`: `If-None-Match: *` too. */
  readonly conditional?: 'change' | 'create';
  readonly answer: {
    readonly status: number;
    readonly description: string;
    readonly schema?: Described;
    /** Another type than JSON. */
    readonly contentType?: string;
    readonly etag?: true;
  };
  /** Refusals besides those that every operation knows (400, 401, 403, 413, 415, 503). */
  readonly problems?: readonly number[];
}

export type Components = Readonly<Record<string, JsonObject>>;
