import type { Problem } from '#lib/edge';
import type { HttpRefusal } from './types.ts';

/** A refusal, and under which reason it is counted; without one it is somebody known who went wrong. */
export interface Refusal {
  readonly problem: Problem;
  readonly count?: HttpRefusal;
  readonly retryAfterSeconds?: number;
}

export function tooManyStrangers(retryAfterSeconds: number): Refusal {
  return {
    problem: {
      status: 429,
      code: 'too-many-requests',
      title: 'Too many sign-ins have begun',
      detail:
        'From this address, or at this organisation altogether, more sign-ins have begun than are kept at once.',
      remedy: `Try again in ${retryAfterSeconds} seconds.`,
    },
    count: 'overloaded',
    retryAfterSeconds,
  };
}

export const unknownHost: Refusal = {
  problem: {
    status: 421,
    code: 'unknown-host',
    title: 'This is not an address of this Countersign',
    detail: 'The Host header matches neither TENANT_URL nor VIEWS_URL of the configuration.',
    remedy:
      'Use the address that the console shows. Behind a proxy, let it pass the Host header on unchanged.',
  },
  count: 'unknown_address',
};

export const nothingHere: Refusal = {
  problem: {
    status: 404,
    code: 'not-found',
    title: 'There is nothing here',
    detail: 'The address belongs to this Countersign, but nothing is served at this path.',
  },
};

export const unknownTenant: Refusal = {
  problem: {
    status: 404,
    code: 'unknown-tenant',
    title: 'There is no such organisation here',
    detail: 'No tenant of this name exists here.',
    remedy: 'Check the name in the address. Operators create tenants with countersign apply.',
  },
  count: 'unknown_tenant',
};

export const tenantNotServed: Refusal = {
  problem: {
    status: 403,
    code: 'tenant-not-served',
    title: 'This organisation is not served',
    detail: 'Its tenant is suspended or being removed.',
    remedy: 'Ask the operator of this Countersign.',
  },
};

export const foreignOrigin: Refusal = {
  problem: {
    status: 403,
    code: 'foreign-origin',
    title: 'The request comes from another site',
    detail: 'The Origin or Sec-Fetch-Site header names a site that may not call this address.',
    remedy:
      'Open the page at its own address and try again there. A program has to send the Origin of the tenant URL.',
  },
  count: 'foreign_origin',
};

export const csrfFailed: Refusal = {
  problem: {
    status: 403,
    code: 'csrf',
    title: 'This form is not from your session',
    detail: 'The form carries no token of your present session.',
    remedy: 'Reload the page and send the form again.',
  },
};

export const signInRequired: Refusal = {
  problem: {
    status: 401,
    code: 'sign-in-required',
    title: 'Sign in first',
    detail: 'Your session has ended, or this browser has none. Nothing was done.',
    remedy: 'Sign in, then do it once more.',
  },
};

export const roleRequired: Refusal = {
  problem: {
    status: 403,
    code: 'role-required',
    title: 'Your role does not allow this',
    detail: 'None of your groups has the role that this needs.',
    remedy: 'Ask an admin of your organisation to give one of your groups the role.',
  },
};

export const tooLarge: Refusal = {
  problem: {
    status: 413,
    code: 'too-large',
    title: 'The request is too large',
    detail: 'The body is larger than this address accepts.',
    remedy: 'Send less at once.',
  },
  count: 'body_too_large',
};

export function malformed(detail: string, errors?: Problem['errors']): Refusal {
  const problem = { status: 400, code: 'malformed', title: 'The request is not understood', detail };
  return { problem: errors === undefined ? problem : { ...problem, errors }, count: 'malformed_request' };
}

export function wrongContentType(expected: string): Refusal {
  const detail = `This address expects a body of type ${expected}.`;
  return {
    problem: { status: 415, code: 'wrong-content-type', title: 'The body has the wrong type', detail },
    count: 'unsupported_media_type',
  };
}

export const unavailable: Refusal = {
  problem: {
    status: 503,
    code: 'unavailable',
    title: 'Not available at the moment',
    detail: 'A part that this needs (database or key provider) does not answer, or has too much to do.',
    remedy: 'Try again in a few seconds.',
  },
  retryAfterSeconds: 2,
};

export function refusedByOperator(detail: string): Refusal {
  const problem = {
    status: 503,
    code: 'tenant-refused',
    title: 'This organisation is not served at the moment',
    detail,
  };
  return { problem: { ...problem, remedy: 'Ask the operator of this Countersign.' } };
}

export const defect: Refusal = {
  problem: {
    status: 500,
    code: 'defect',
    title: 'Something went wrong here',
    detail: 'This is a defect of Countersign, not of your request. Nothing more is said here on purpose.',
    remedy: 'Give the reference to the operator: it finds the log line.',
  },
};
