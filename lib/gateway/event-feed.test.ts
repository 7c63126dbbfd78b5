import { describe, expect, it } from 'vitest';
import { EventFeed } from './event-feed.ts';

function feed(chunks: readonly Buffer[], max = 1_000) {
  const seen: string[] = [];
  const ids: string[] = [];
  const subject = new EventFeed(
    {
      onMessage: (data) => void seen.push(data),
      onEndpoint: () => {},
      onId: (id) => void ids.push(id),
      onRetry: () => {},
    },
    max,
  );
  const problems = chunks.map((chunk) => subject.push(chunk));
  return { seen, ids, problem: problems.find((problem) => problem !== undefined) };
}

describe('an event stream', () => {
  it('gives the same messages however it is cut', () => {
    const stream = Buffer.from(
      'id: 1\n\n: hi\n\nevent: message\ndata: {"a":\ndata: "é😀"}\n\nevent: other\ndata: x\n\ndata: 2\r\n\r\n',
    );
    for (let cut = 0; cut <= stream.length; cut += 1) {
      const { seen, ids, problem } = feed([stream.subarray(0, cut), stream.subarray(cut)]);
      expect(problem).toBeUndefined();
      expect(seen).toStrictEqual(['{"a":\n"é😀"}', '2']);
      expect(ids).toStrictEqual(['1']);
    }
  });

  it('gives each message as soon as its event is complete, in whatever its lines end, however it is cut', () => {
    for (const end of ['\n', '\r', '\r\n']) {
      const stream = Buffer.from(`: hi${end}data: 1${end}data: 2${end}${end}id: 3${end}data: 4${end}${end}`);
      for (let cut = 0; cut <= stream.length; cut += 1) {
        const { seen, ids } = feed([stream.subarray(0, cut), Buffer.alloc(0), stream.subarray(cut)]);
        expect(seen).toStrictEqual(['1\n2', '4']);
        expect(ids).toStrictEqual(['3']);
      }
    }
  });

  it('is refused when it is not UTF-8', () => {
    expect(feed([Buffer.from('data: x\n\ndata: '), Buffer.from([0xff, 0x0a, 0x0a])]).problem).toBe(
      'not_utf8',
    );
  });

  it('is refused when one event grows without end', () => {
    const part = Buffer.from('data: ' + 'x'.repeat(400) + '\n');
    expect(feed([part, part, part, part]).problem).toBe('too_large');
  });
});
