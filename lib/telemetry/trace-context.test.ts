import { describe, expect, it } from 'vitest';
import { readTraceContext } from '#lib/telemetry';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const PARENT = `00-${TRACE}-${SPAN}-01`;

describe('the context of a trace', () => {
  it('is read from its W3C form', () => {
    expect(readTraceContext(PARENT, 'vendor=1,other@system=a b')).toEqual({
      traceparent: PARENT,
      tracestate: 'vendor=1,other@system=a b',
      traceId: TRACE,
      spanId: SPAN,
      sampled: true,
    });
    expect(readTraceContext(`00-${TRACE}-${SPAN}-02`, undefined)).toMatchObject({ sampled: false });
  });

  it('of a later version is read by what this version knows of it', () => {
    expect(readTraceContext(`cc-${TRACE}-${SPAN}-01-what-comes`, undefined)).toMatchObject({
      traceId: TRACE,
    });
  });

  it.each([
    ['nothing', undefined],
    ['a number', 7],
    ['an object', { traceparent: PARENT }],
    ['an empty text', ''],
    ['upper case', PARENT.toUpperCase()],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['more than version 00 has', `${PARENT}-x`],
    ['a line break', `${PARENT}\n`],
    ['a later version beyond all measure', `cc-${TRACE}-${SPAN}-01-${'x'.repeat(200)}`],
  ])('is nothing where it is %s', (_, traceparent) => {
    expect(readTraceContext(traceparent, undefined)).toBeUndefined();
  });

  it.each([
    ['no list', 'novalue'],
    ['longer than 512 characters', `a=${'x'.repeat(255)},b=${'x'.repeat(255)},c=1`],
    ['of more than 32 members', Array.from({ length: 33 }, (_, index) => `k${index}=1`).join(',')],
    ['with a control character', 'a=\u0007'],
    ['with upper case in a key', 'A=1'],
    ['not a text', ['a=1']],
  ])('keeps its parent and drops a state that is %s', (_, tracestate) => {
    const read = readTraceContext(PARENT, tracestate);
    expect(read).toBeDefined();
    expect(read).not.toHaveProperty('tracestate');
  });
});
