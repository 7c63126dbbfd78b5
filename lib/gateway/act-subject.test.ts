import { describe, expect, it } from 'vitest';
import type { JsonObject, ReceiptId } from '#lib/core';
import type { PinnedServer } from '#lib/registry';
import { forwardedParams, readSubject, type ActSubject } from './act-subject.ts';

const definition = { kind: 'prompt', name: 'p', definitionSha256: 'cd', definition: {}, text: '{}' } as const;
const server = {
  allowMethods: new Set(['skills/list', 'tasks/get']),
  waivers: new Set(['quick']),
  tools: new Map([
    ['echo', { ...definition, kind: 'tool', name: 'echo', definitionSha256: 'ab', inputSchema: {} }],
    ['quick', { ...definition, kind: 'tool', name: 'quick', definitionSha256: 'ab', inputSchema: {} }],
  ]),
  prompts: new Map([['p', definition]]),
  resources: new Map(),
  templates: new Map([['x://{id}', { ...definition, kind: 'template', name: 'x://{id}' }]]),
} as unknown as PinnedServer;

function subject(method: string, params: JsonObject): ActSubject {
  const read = readSubject(server, method, params);
  if (read?.ok !== true) throw new Error(JSON.stringify(read));
  return read.value;
}

describe('what an act is about', () => {
  it('of a tool call is the pinned tool and its arguments in RFC 8785 text', () => {
    const read = subject('tools/call', { name: 'echo', arguments: { b: 1, a: { 2: 'é', 10: 1.0 } } });
    expect(read).toMatchObject({
      kind: 'tool_call',
      tool: { name: 'echo', definitionSha256: 'ab' },
      waived: false,
    });
    expect(read.argumentsText).toBe('{"a":{"10":1,"2":"é"},"b":1}');
    expect(subject('tools/call', { name: 'quick' })).toMatchObject({ waived: true, argumentsText: '{}' });
  });

  it('of what is not pinned is nothing to ask the policy about', () => {
    expect(subject('tools/call', { name: 'constructor' }).question).toBeUndefined();
    expect(subject('prompts/get', { name: '__proto__' }).question).toBeUndefined();
    expect(
      subject('completion/complete', { ref: { type: 'ref/prompt', name: 'q' }, argument: {} }).question,
    ).toBeUndefined();
  });

  it.each([
    ['tools/call', { name: 'quick', Name: 'echo' }],
    ['tools/call', { name: 'quick', ARGUMENTS: { a: 1 } }],
    ['tools/call', { name: 'quick', argumentſ: { a: 1 } }],
    ['tools/call', { name: 'quick', _META: { 'dev.countersign/attempt': 'x' } }],
    ['resources/read', { uri: 'x://1', URI: 'x://2' }],
    ['tasks/get', { taskId: '1', TaskID: '2' }],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'p', Name: 'q' }, argument: {} }],
  ])('of %s with %j is refused: a server that ignores case would read another act', (method, params) => {
    const read = readSubject(server, method, params as JsonObject);
    expect(read).toMatchObject({ ok: false, error: expect.stringContaining('by case only') });
  });

  it('of methods without arguments is params without _meta', () => {
    const read = subject('resources/read', { uri: 'x://1', _meta: { progressToken: 1 }, extra: 2 });
    expect(read).toMatchObject({
      kind: 'resource_read',
      uri: 'x://1',
      argumentsText: '{"extra":2,"uri":"x://1"}',
    });
    const completion = {
      ref: { type: 'ref/resource', uri: 'x://{id}' },
      argument: { name: 'id', value: 'a' },
    };
    expect(subject('completion/complete', completion)).toMatchObject({
      kind: 'completion',
      question: {
        action: 'completion/complete',
        template: { uriTemplate: 'x://{id}' },
        arguments: completion.argument,
      },
    });
  });

  it('of a subscription is a reading', () => {
    expect(subject('resources/subscribe', { uri: 'x://1' })).toMatchObject({
      kind: 'resource_read',
      question: { action: 'resources/read' },
    });
  });

  it('of a method that is allowed by name is the server', () => {
    expect(subject('skills/list', {})).toMatchObject({ kind: 'task', question: { action: 'skills/list' } });
    expect(readSubject(server, 'skills/get', {})).toBeUndefined();
    expect(readSubject(server, 'constructor', {})).toBeUndefined();
  });

  it('of a task is the task in the tool whose call made it', () => {
    const params = { taskId: 't', _meta: { progressToken: 1 } };
    const call = '01a1fc10-9b06-7573-afba-2b3cdfb88b04' as ReceiptId;
    const made = { tool: 'echo', call };
    expect(readSubject(server, 'tasks/get', params, { id: 't', made })).toMatchObject({
      ok: true,
      value: {
        kind: 'task',
        question: { action: 'tasks/get', task: { id: 't', tool: 'echo' }, arguments: { taskId: 't' } },
        tool: { name: 'echo', definitionSha256: 'ab' },
        argumentsText: '{"taskId":"t"}',
        call,
      },
    });
  });

  it('of a task that is not the caller’s is nothing to ask the policy about, whatever an admin allowed by name', () => {
    const params = { taskId: 't' };
    const read = readSubject(server, 'tasks/get', params, { id: 't', made: undefined });
    expect(read).toMatchObject({ ok: true, value: { question: undefined, missing: 'Unknown task: t' } });
    expect(readSubject(server, 'tasks/get', params)).toBeUndefined();
  });

  it.each([
    ['tools/call', {}],
    ['tools/call', { name: 'echo', task: true }],
    ['tools/call', { name: 1 }],
    ['tools/call', { name: 'x'.repeat(300) }],
    ['tools/call', { name: 'echo', arguments: [] }],
    ['prompts/get', { name: 'p', arguments: 'x' }],
    ['resources/read', { uri: '' }],
    ['completion/complete', { ref: { type: 'ref/other' }, argument: {} }],
    ['completion/complete', { ref: 'p', argument: {} }],
  ])('of %s with %j is unusable', (method, params) => {
    expect(readSubject(server, method, params as JsonObject)).toMatchObject({ ok: false });
  });
});

describe('what is forwarded', () => {
  const forward = (method: string, params: JsonObject) =>
    JSON.parse(forwardedParams(params, subject(method, params), 'the-attempt')) as JsonObject;

  it('carries the attempt and keeps what it does not know', () => {
    const params = { name: 'echo', arguments: { a: 1 }, unknown: [1], _meta: { progressToken: 7 } };
    expect(forward('tools/call', params)).toStrictEqual({
      ...params,
      _meta: { progressToken: 7, 'dev.countersign/attempt': 'the-attempt' },
    });
  });

  it('lets nobody else say what only we may, and names no task that it belongs to', () => {
    const related = { 'io.modelcontextprotocol/related-task': { taskId: 'somebody’s' } };
    const ours = { 'dev.countersign/attempt': 'forged', 'dev.countersign/x': 1 };
    const params = { name: 'echo', _meta: { ...related, ...ours } };
    expect(forward('tools/call', params)).toStrictEqual({
      name: 'echo',
      _meta: { 'dev.countersign/attempt': 'the-attempt' },
    });
  });

  it('leaves absent arguments absent, and a stray member of that name alone', () => {
    expect(forward('tools/call', { name: 'echo' })).not.toHaveProperty('arguments');
    expect(forward('resources/read', { uri: 'x://1', arguments: { a: 1 } })).toHaveProperty('arguments', {
      a: 1,
    });
  });
});
