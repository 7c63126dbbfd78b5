import { describe, expect, it } from 'vitest';
import { findSensitive } from './sensitive-form.ts';

const field = (name: string, about: object = {}) => ({
  type: 'object',
  properties: { [name]: { type: 'string', ...about } },
});

describe('a form', () => {
  it.each(['name', 'email', 'issueKey', 'cardinality', 'tokenizer', 'pinned', 'spinner', 'description'])(
    'may ask for %s',
    (name) => {
      expect(findSensitive('Please fill in', field(name))).toBeUndefined();
    },
  );

  it('may speak of tokens and pins in a sentence', () => {
    const about = { description: 'At most 100 tokens. Do not give us your pin.' };
    expect(findSensitive('The token limit was reached', field('answer', about))).toBeUndefined();
  });

  it.each([
    'password',
    'userPassword',
    'PASSWORD_2',
    'api_key',
    'APIKey',
    'access-token',
    'Secret',
    'creditCard',
    'card',
    'PIN',
    'Passwort',
    'contraseña',
    'пароль',
    '密码',
    'パスワード',
    '비밀번호',
    'ｐａｓｓｗｏｒｄ',
    'p\u0301assword',
  ])('may not ask for %s', (name) => {
    expect(findSensitive('Please fill in', field(name))).toContain('secret');
    expect(findSensitive('Please fill in', field('x', { title: name }))).toContain('secret');
  });

  it('has bounds of depth and of text', () => {
    let deep: object = { type: 'string' };
    for (let level = 0; level < 40; level += 1) deep = { type: 'object', properties: { a: deep } };
    expect(findSensitive('', deep as never)).toContain('nested deeper');
    expect(findSensitive('', field('x', { description: 'a '.repeat(40_000) }))).toContain(
      'characters of text',
    );
  });
});
