import type { JsonObject } from '#lib/core';
import type { Span } from './locate-answer.ts';
import { scanMembers, scanValue } from './scan-json.ts';

/** One member of an object in bytes, from its key to the end of its value. */
export interface Member extends Span {
  readonly key: string;
  readonly valueStart: number;
}

const OPEN_OBJECT = 0x7b;
const COMMA = Buffer.from(',');

/** @throws {JsonScanError} where a key comes twice. */
export function membersOf(bytes: Buffer, { start }: Pick<Span, 'start'>): readonly Member[] {
  const members: Member[] = [];
  scanMembers(bytes, start, (key, keyStart, valueStart) => {
    const end = scanValue(bytes, valueStart, false);
    members.push({ key, start: keyStart, valueStart, end });
    return end;
  });
  return members;
}

/** The object that is the value of this member; undefined where there is none, or it is something else. */
export function objectAt(bytes: Buffer, object: Pick<Span, 'start'>, key: string): Span | undefined {
  const member = membersOf(bytes, object).find((one) => one.key === key);
  if (member === undefined || bytes[member.valueStart] !== OPEN_OBJECT) return undefined;
  return { start: member.valueStart, end: member.end };
}

export function bytesOf(bytes: Buffer, { start, end }: Span): Buffer {
  return bytes.subarray(start, end);
}

export function valueOf(bytes: Buffer, { valueStart, end }: Member): string {
  return bytes.toString('utf8', valueStart, end);
}

export function pair(key: string, value: JsonObject[string]): Buffer {
  return Buffer.from(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
}

export function joined(parts: readonly Buffer[]): Buffer {
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [COMMA, part])));
}

/** An object of these members. */
export function inBraces(members: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from('{'), joined(members), Buffer.from('}')]);
}
