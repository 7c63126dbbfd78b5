import { z } from 'zod';
import type { ServerId } from '#lib/core';
import { parseServerId } from '#lib/core';
import type { Problem } from '#lib/edge';
import { servers } from '#ui/messages.ts';

/** A server's id in an address; what can't be one is not found. */
export const serverId = z
  .string()
  .refine((text) => parseServerId(text).ok)
  .transform((text) => text as ServerId);

/** The same words whether a server does not exist or is not open to the visitor. */
export const NO_SERVER: Problem = {
  status: 404,
  code: 'no-such-server',
  title: servers('missing.title'),
  detail: servers('missing.detail'),
  remedy: servers('missing.remedy'),
};
