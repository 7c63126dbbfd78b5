/** What may be asked of policies without asking for it to happen: in the API, and in a file of cases. */
import { z } from 'zod';
import { isJsonObject, type JsonObject } from '#lib/core';

/** Characters of a name in a hypothetical request, and of a URI. */
const NAME_CHARS_MAX = 256;
const TEXT_CHARS_MAX = 4_096;
const GROUPS_MAX = 1_000;
/** Cases in one file of policy tests. */
const TEST_CASES_MAX = 2_000;

const name = z.string().min(1).max(NAME_CHARS_MAX);
const text = z.string().max(TEXT_CHARS_MAX);

/** Somebody who signed in here, or anybody whose claims are written down. */
const person = z.union(
  [
    z.strictObject({ reference: name }),
    z.strictObject({
      groups: z.array(name).max(GROUPS_MAX).default([]),
      roles: z.array(z.enum(['member', 'approver', 'auditor', 'admin'])).default(['member']),
      email: name.optional(),
      name: name.optional(),
      issuer: name.default('https://idp.example'),
      subject: name.default('somebody'),
    }),
  ],
  {
    error: 'is {reference} of a person who signed in, or claims: groups, roles, email, name, issuer, subject',
  },
);

const agent = z.strictObject({
  client_id: name,
  /** Absent: the agent is one that is known here, with the admission it has. */
  admission: z.enum(['listed', 'admitted', 'open']).optional(),
});

/** Checked by what decides: how deep, how many, which keys. A schema that recursed into it would be what breaks. */
const jsonObject = z.custom<JsonObject>(isJsonObject, { error: 'is not a JSON object' });

/** A request that nobody made. */
export const policyQuestion = z
  .strictObject({
    person: person.optional(),
    agent,
    server: name,
    tool: name.optional(),
    prompt: name.optional(),
    resource: text.optional(),
    template: text.optional(),
    task: name.optional(),
    /** Absent: what one does with the thing that is named. */
    action: name.optional(),
    arguments: jsonObject.optional(),
    /** The same as text, read exactly as an agent's would be. */
    arguments_json: z.string().optional(),
    time: z.iso
      .datetime({ offset: true, error: 'is not a date and time like 2026-11-27T09:00:00Z' })
      .optional(),
    ip: name.optional(),
    session: name.optional(),
  })
  .refine((asked) => thingsIn(asked) <= 1, {
    error: 'names more than one of tool, prompt, resource, template and task; a task may name its tool',
  })
  .refine((asked) => asked.arguments === undefined || asked.arguments_json === undefined, {
    error: 'has the arguments twice: as an object and as text',
  });

const THINGS = ['tool', 'prompt', 'resource', 'template', 'task'] as const;

/** The tool beside a task is the one whose call made it. */
function thingsIn(asked: { readonly [Thing in (typeof THINGS)[number]]?: string | undefined }): number {
  return THINGS.filter(
    (thing) => asked[thing] !== undefined && (thing !== 'tool' || asked.task === undefined),
  ).length;
}

const policyCase = z.strictObject({
  name: z.string().min(1).max(NAME_CHARS_MAX),
  request: policyQuestion,
  expect: z.strictObject({
    effect: z.enum(['allow', 'deny']),
    /** Each has to be among the deciding policies. */
    policies: z.array(name).optional(),
    /** Whether the thing can't even be seen. */
    hidden: z.boolean().optional(),
  }),
});

/** A file of cases. */
export const policyCases = z.strictObject({
  tenant: name.optional(),
  cases: z.array(policyCase).min(1).max(TEST_CASES_MAX),
});
