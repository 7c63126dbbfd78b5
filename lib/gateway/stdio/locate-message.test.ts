import { describe, expect, it } from 'vitest';
import { locateMessage, replaceSpans, textOf } from './locate-message.ts';

function locate(text: string) {
  const bytes = Buffer.from(text);
  const found = locateMessage(bytes);
  const value = (span: Parameters<typeof textOf>[1] | undefined) => span && textOf(bytes, span);
  return {
    method: found.method,
    id: value(found.id),
    wantedProgress: value(found.wantedProgress),
    progress: value(found.progress),
  };
}

describe('a message on the pipe', () => {
  it('shows its id and its progress token, wherever they stand', () => {
    const text =
      '{"params":{"id":9,"_meta":{"x":{"progressToken":0},"progressToken":"p"},"a":[{"id":8}]},"id":"a\\"b","method":"tools/call"}';
    expect(locate(text)).toStrictEqual({
      method: 'tools/call',
      id: '"a\\"b"',
      wantedProgress: '"p"',
      progress: undefined,
    });
  });

  it('of progress shows whose it is', () => {
    const text =
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1,"progressToken":7}}';
    expect(locate(text)).toMatchObject({ progress: '7', id: undefined });
  });

  it('is not misled by params that are no object', () => {
    expect(locate('{"id":1,"method":"x","params":["progressToken"]}')).toMatchObject({
      id: '1',
      progress: undefined,
    });
  });

  it('is refused with one key twice', () => {
    expect(() => locate('{"id":1,"id":2,"method":"x"}')).toThrow(/twice/);
    expect(() => locate('{"id":1,"method":"x","params":{"_meta":{},"_meta":{}}}')).toThrow(/twice/);
  });

  it('keeps every other byte when its ids are replaced', () => {
    const bytes = Buffer.from('{"n":1.0, "id" : "é" ,"t":"ü\\u00e9"}');
    const { id } = locateMessage(bytes);
    expect(
      replaceSpans(bytes, [
        [undefined, 'never'],
        [id, '5'],
      ]),
    ).toBe('{"n":1.0, "id" : 5 ,"t":"ü\\u00e9"}');
  });
});
