import { UINT64_MAX } from './constants.ts';

/** A uint64 in ASCII decimals without leading zeros, or undefined. */
export function parseDecimal(text: string): bigint | undefined {
  if (!/^(?:0|[1-9][0-9]{0,19})$/.test(text)) return undefined;
  const value = BigInt(text);
  return value <= UINT64_MAX ? value : undefined;
}
