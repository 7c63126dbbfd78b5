import { describe, expect, it } from 'vitest';
import { composeBody, fieldFor, type FormControl } from './form-body.ts';

const control = (control: Partial<FormControl> & Pick<FormControl, 'name'>): FormControl => ({
  type: 'text',
  value: '',
  checked: false,
  keepEmpty: false,
  ...control,
});

describe('composeBody', () => {
  it('puts a field at the path that its name says', () => {
    const controls = [
      control({ name: 'title', value: 'Ledger' }),
      control({ name: 'credential.user', value: 'minted' }),
      control({ name: 'credential.agent', value: 'none' }),
    ];
    expect(composeBody(controls)).toEqual({ title: 'Ledger', credential: { user: 'minted', agent: 'none' } });
  });

  it('leaves out what is empty, unless it is to be sent', () => {
    const controls = [
      control({ name: 'a' }),
      control({ name: 'b', keepEmpty: true }),
      control({ name: 'c', type: 'number' }),
    ];
    expect(composeBody(controls)).toEqual({ b: '' });
  });

  it('knows numbers, flags and lists from text', () => {
    const controls = [
      control({ name: 'hours', type: 'number', value: '12' }),
      control({ name: 'email', type: 'flag', checked: false }),
      control({ name: 'scopes', type: 'lines', value: ' profile \n\nemail\r\n' }),
    ];
    expect(composeBody(controls)).toEqual({ hours: 12, email: false, scopes: ['profile', 'email'] });
  });

  it('makes a list of the ticks that share a name, also of none', () => {
    const ticks = [
      control({ name: 'grants', type: 'choice', value: 'a', checked: true }),
      control({ name: 'grants', type: 'choice', value: 'b' }),
      control({ name: 'grants', type: 'choice', value: 'c', checked: true }),
    ];
    expect(composeBody(ticks)).toEqual({ grants: ['a', 'c'] });
    expect(composeBody(ticks.slice(1, 2))).toEqual({ grants: [] });
  });

  it('keeps text as it was typed, spaces and markup included', () => {
    const text = ' <b>permit</b>\n ';
    expect(composeBody([control({ name: 'text', value: text })])).toEqual({ text });
  });
});

describe('fieldFor', () => {
  const names = new Set(['roles', 'credential.user']);

  it('finds the field of an error, or the nearest one above it', () => {
    expect(fieldFor('credential.user', names)).toBe('credential.user');
    expect(fieldFor('roles.0.name', names)).toBe('roles');
  });

  it('finds none where no field is near', () => {
    expect(fieldFor('credential', names)).toBeUndefined();
    expect(fieldFor('', names)).toBeUndefined();
    expect(fieldFor('rolesX', names)).toBeUndefined();
  });
});
