import { z } from 'zod';

const longText = z.string().max(2048, 'is longer than 2048 characters');

function refuseNoHttpUrl(value: string, context: z.RefinementCtx): void {
  const url = URL.parse(value);
  const refuse = (message: string) => context.addIssue({ code: 'custom', message });
  if (url === null || !/^https?:$/.test(url.protocol)) refuse('is not an http or https URL');
  else if (url.username !== '' || url.password !== '')
    refuse('holds a user name or password: give credentials by reference');
  else if (url.hash !== '') refuse('has a fragment, which no server ever sees');
}

export const httpUrl = longText.superRefine(refuseNoHttpUrl);

/** The operator's name for a program of theirs: what stands behind it is theirs alone to say. */
const PROGRAM = /^stdio:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
export const serverUrl = longText.superRefine((value, context) => {
  if (!PROGRAM.test(value)) refuseNoHttpUrl(value, context);
});
