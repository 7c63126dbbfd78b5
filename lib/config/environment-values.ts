import { isIP } from 'node:net';
import { z } from 'zod';

/** A whole number written in digits, within bounds. */
export function whole(fallback: number, min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,15}$/, 'a whole number is expected')
    .transform(Number)
    .pipe(z.number().min(min, `at least ${min}`).max(max, `at most ${max}`))
    .default(fallback);
}

export function port(fallback: number) {
  return whole(fallback, 0, 65_535);
}

/** A span in days, with its unit: `30d`. */
export function days(fallback: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,6}d$/, 'a number of days is expected, such as 30d')
    .transform((text) => Number(text.slice(0, -1)))
    .pipe(z.number().min(1, 'at least 1d').max(max, `at most ${max}d`))
    .default(fallback);
}

/** Parts between commas. */
export const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  );

/** A list of which every part passes; the others are named one by one. */
export function listOf(passes: (part: string) => boolean, expected: string) {
  return list.superRefine((parts, context) => {
    for (const part of parts.filter((each) => !passes(each))) {
      context.addIssue({ code: 'custom', message: `'${part}' is not ${expected}` });
    }
  });
}

export function isAddressRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** `host:port`, `[IPv6]:port`, an address, or a range. */
export function isPrivateHost(text: string): boolean {
  if (isAddressRange(text)) return true;
  const [, host = '', portText = ''] =
    /^(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?):(\d{1,5})$/i.exec(text) ?? [];
  return host !== '' && Number(portText) >= 1 && Number(portText) <= 65_535;
}

const HOST = '[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?';
const PORT = String.raw`(?::\d{1,5})?`;

/** An address template: its placeholder is the first label of the host, or (of a tenant) the last segment of the path. */
export function template(placeholder: '{tenant}' | '{label}') {
  const name = placeholder.replace(/[{}]/g, String.raw`\$&`);
  const inHost = new RegExp(`^https?://${name}\\.${HOST}${PORT}$`, 'i');
  const inPath = new RegExp(`^https?://${HOST}${PORT}/(?:[A-Za-z0-9._~-]+/)*${name}$`, 'i');
  const shape =
    placeholder === '{tenant}'
      ? `https://{tenant}.mcp.example.com or https://example.com/t/{tenant}`
      : `https://{label}.example-usercontent.net`;
  return z.string().superRefine((text, context) => {
    const fits = inHost.test(text) || (placeholder === '{tenant}' && inPath.test(text));
    if (!fits || !URL.canParse(text.replace(placeholder, 'a'))) {
      context.addIssue({
        code: 'custom',
        message: `is not an address template such as ${shape} (no slash at its end, query or fragment)`,
      });
    }
  });
}

export const postgresUrl = z
  .string()
  .refine((text) => /^postgres(ql)?:\/\//.test(text) && URL.canParse(text), 'a postgresql:// URL is expected')
  .optional();

export const httpUrl = z
  .string()
  .refine((text) => /^https?:\/\//.test(text) && URL.canParse(text), 'an http:// or https:// URL is expected')
  .transform((text) => text.replace(/\/+$/, ''))
  .optional();

/** A part of a whole. */
export function ratio(fallback: number) {
  return z
    .string()
    .regex(/^(?:0|0?\.\d{1,9}|1|1\.0{1,9})$/, 'a number from 0 to 1 is expected')
    .transform(Number)
    .default(fallback);
}

/** `name=value` pairs between commas, values percent-encoded, as OpenTelemetry writes headers. */
export const headerList = z
  .string()
  .default('')
  .transform((text, context) => {
    const headers: Record<string, string> = {};
    for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
      const [, name, value] = /^\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*([\x21-\x7e]*)\s*$/.exec(pair) ?? [];
      const decoded = value === undefined ? undefined : decodePart(value);
      if (name === undefined || decoded === undefined) {
        // The pair itself may hold a password and is not repeated.
        context.addIssue({ code: 'custom', message: 'name=value pairs between commas are expected' });
        return z.NEVER;
      }
      headers[name.toLowerCase()] = decoded;
    }
    return headers;
  });

function decodePart(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text);
    return /^[\x20-\x7e]*$/.test(decoded) ? decoded : undefined;
  } catch {
    return undefined;
  }
}
