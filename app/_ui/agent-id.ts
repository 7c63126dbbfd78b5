import { z } from 'zod';
import type { ClientId } from '#lib/core';
import type { Problem } from '#lib/edge';
import { agents } from '#ui/messages.ts';

/** A client id in an address. */
export const clientId = z
  .string()
  .min(1)
  .max(2048)
  .transform((text) => text as ClientId);

/** The same words whether an agent never was or is gone. */
export const NO_AGENT: Problem = {
  status: 404,
  code: 'no-such-agent',
  title: agents('missing.title'),
  detail: agents('missing.detail'),
  remedy: agents('missing.remedy'),
};
