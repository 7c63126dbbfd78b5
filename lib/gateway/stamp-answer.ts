import type { AnswerLayout, MetaLayout } from './locate-answer.ts';

/** The newest tree head, as `TenantLog.head()` gives it. */
export interface StampHead {
  readonly id: string;
  readonly size: number;
  readonly root: string;
}

/** The member that names a receipt: `"dev.countersign/receipt":{…}`, without braces around it. */
export function stampMember(receipt: string, head: StampHead): string {
  return `"dev.countersign/receipt":{"id":"${receipt}","log":{"id":"${head.id}","root":"${head.root}","size":${head.size}}}`;
}

/**
 * Cuts members out of `_meta` that only we may put there. Undefined when there are none (the usual case),
 * so that the bytes stay as they came.
 */
export function stripForeignStamps(bytes: Buffer, meta: MetaLayout | undefined): Buffer | undefined {
  if (meta === undefined || !meta.members.some((member) => member.ours)) return undefined;
  const kept = meta.members
    .filter((member) => !member.ours)
    .map(({ start, end }) => bytes.subarray(start, end));
  const comma = Buffer.from(',');
  const inner = kept.flatMap((part, index) => (index === 0 ? [part] : [comma, part]));
  return Buffer.concat([bytes.subarray(0, meta.start + 1), ...inner, bytes.subarray(meta.end - 1)]);
}

/** Where the stamp goes in, and the text that goes there; undefined when only the header can carry it. */
export interface Splice {
  readonly at: number;
  readonly text: string;
}

/**
 * FORMATS 1: right after the opening brace of `_meta` of the result, or of the error's data, which are made where they
 * are absent; cutting the text out again gives the hashed bytes.
 */
export function spliceOf(layout: AnswerLayout, stamp: string): Splice | undefined {
  if (layout.meta !== undefined) {
    return { at: layout.meta.start + 1, text: stamp + (layout.meta.members.length > 0 ? ',' : '') };
  }
  if (layout.member === 'result') return member(layout.value.start, `"_meta":{${stamp}}`, layout.empty);
  if (layout.data === undefined)
    return member(layout.value.start, `"data":{"_meta":{${stamp}}}`, layout.empty);
  return layout.data.object ? member(layout.data.start, `"_meta":{${stamp}}`, layout.data.empty) : undefined;
}

function member(openingBrace: number, text: string, empty: boolean): Splice {
  return { at: openingBrace + 1, text: empty ? text : text + ',' };
}
