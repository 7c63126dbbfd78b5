import {
  admissionBody,
  approvalBody,
  approvalOutput,
  probeOutput,
  putOutput,
  resourceListOutput,
  resourceOutput,
  secretOutput,
} from './resource-schemas.ts';
import type { Operation } from './types.ts';

const READ = ['admin', 'auditor'] as const;
const WRITE = ['admin'] as const;

const OWNED = 'What the tenant file owns is changed there alone (409, owned-by-file).';

interface Described {
  readonly tag: string;
  readonly one: string;
  readonly path: string;
  /** Component of its body. */
  readonly body: string;
}

function readOne({ tag, one, path }: Described): Operation {
  return {
    method: 'get',
    path,
    tag,
    summary: `Read ${one}`,
    auth: READ,
    answer: { status: 200, description: 'As it is in force.', schema: resourceOutput, etag: true },
    problems: [404],
  };
}

function putOne({ tag, one, path, body }: Described): Operation {
  return {
    method: 'put',
    path,
    tag,
    summary: `Create or change ${one}`,
    description: `Sent again, the same body changes nothing. ${OWNED} 201 when it was created.`,
    auth: WRITE,
    conditional: 'create',
    body,
    answer: { status: 200, description: 'What is in force now.', schema: putOutput, etag: true },
    problems: [409, 412, 422],
  };
}

function removeOne({ tag, one, path }: Described): Operation {
  return {
    method: 'delete',
    path,
    tag,
    summary: `Remove ${one}`,
    description: OWNED,
    auth: WRITE,
    conditional: 'change',
    answer: { status: 204, description: 'It is gone, and what was granted for it has ended.' },
    problems: [404, 409, 412],
  };
}

function listAll(tag: string, path: string, what: string): Operation {
  return {
    method: 'get',
    path,
    tag,
    summary: `List ${what}`,
    auth: READ,
    answer: { status: 200, description: 'All of them, by id.', schema: resourceListOutput },
  };
}

const SETTINGS = { tag: 'Settings', one: "the tenant's settings", path: '/settings', body: 'settings' };
const PROVIDER = {
  tag: 'Identity provider',
  one: 'the identity provider and its roles',
  path: '/identity-provider',
  body: 'identity_provider',
};
const SERVER = { tag: 'Servers', one: 'a server', path: '/servers/{id}', body: 'server' };
const POLICY = { tag: 'Policies', one: 'a policy', path: '/policies/{id}', body: 'policy' };
const AGENT = {
  tag: 'Agents',
  one: 'an agent that an admin names',
  path: '/agents/{client_id}',
  body: 'agent',
};

/** The tenant's configuration. */
export const RESOURCE_OPERATIONS: readonly Operation[] = [
  readOne(SETTINGS),
  putOne(SETTINGS),
  readOne(PROVIDER),
  putOne(PROVIDER),
  listAll('Servers', '/servers', 'servers'),
  readOne(SERVER),
  putOne(SERVER),
  removeOne(SERVER),
  {
    method: 'post',
    path: '/servers/probe',
    tag: 'Servers',
    summary: 'Look at a server before it is registered',
    description: 'Reads what it shows as Countersign itself. Nothing is saved.',
    auth: WRITE,
    body: 'server',
    answer: { status: 200, description: 'What it shows.', schema: probeOutput },
    problems: [422],
  },
  {
    method: 'post',
    path: '/servers/{id}/probe',
    tag: 'Servers',
    summary: 'Look at what a server shows now',
    description: 'Beside what is pinned of it. Nothing is changed.',
    auth: WRITE,
    answer: { status: 200, description: 'What it shows.', schema: probeOutput },
    problems: [404, 422],
  },
  {
    method: 'post',
    path: '/servers/{id}/approval',
    tag: 'Servers',
    summary: 'Approve what a probe showed',
    description:
      'Pins exactly that; 412 when the server shows something else by now. Works for every server.',
    auth: WRITE,
    body: approvalBody,
    answer: { status: 200, description: 'What is pinned now.', schema: approvalOutput },
    problems: [404, 409, 412, 422],
  },
  listAll('Policies', '/policies', 'policies in force'),
  readOne(POLICY),
  putOne(POLICY),
  removeOne(POLICY),
  listAll('Agents', '/agents', 'agents that an admin names'),
  readOne(AGENT),
  putOne(AGENT),
  removeOne(AGENT),
  {
    method: 'post',
    path: '/agents/{client_id}/secret',
    tag: 'Agents',
    summary: 'Make a new secret for an agent',
    description: 'Shown this once; the old one is void at once.',
    auth: WRITE,
    answer: { status: 200, description: 'The secret.', schema: secretOutput },
    problems: [404, 409],
  },
  {
    method: 'post',
    path: '/agents/{client_id}/admission',
    tag: 'Agents',
    summary: 'Admit or refuse an agent that registered itself',
    auth: WRITE,
    body: admissionBody,
    answer: { status: 204, description: 'Done.' },
    problems: [404, 409],
  },
  {
    method: 'delete',
    path: '/agents/{client_id}/registration',
    tag: 'Agents',
    summary: 'Remove an agent that registered itself',
    description: 'One that an admin names is removed at its own address.',
    auth: WRITE,
    answer: { status: 204, description: 'It is forgotten, and what it was granted has ended.' },
    problems: [404, 409],
  },
];
