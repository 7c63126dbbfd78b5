import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#lib/core';
import { identityProviderSettings } from './provider-settings.ts';
import { mergeClaims, readClaims, rolesOf } from './read-claims.ts';
import type { IdentityProviderSettings } from './types.ts';

function settings(changes: object = {}): IdentityProviderSettings {
  return identityProviderSettings.parse({
    issuer: 'https://idp.example',
    clientId: 'countersign',
    roleMapping: { '*': ['member'], auditors: ['auditor'], admins: ['admin', 'approver'] },
    ...changes,
  });
}

const alice: JsonObject = {
  sub: 'a1',
  groups: ['engineering'],
  email: 'alice@acme.example',
  email_verified: true,
  name: 'Alice',
};
const kindOf = (claims: JsonObject, changes: object = {}) => {
  const read = readClaims(claims, settings(changes));
  return read.ok ? 'ok' : read.error.kind;
};

describe('claims', () => {
  it('become a person', () => {
    expect(readClaims(alice, settings())).toEqual({
      ok: true,
      value: {
        issuer: 'https://idp.example',
        subject: 'a1',
        email: 'alice@acme.example',
        name: 'Alice',
        groups: ['engineering'],
        roles: ['member'],
      },
    });
  });

  it.each([[undefined], [''], [7], ['x'.repeat(256)]])('without a usable subject (%j) are refused', (sub) => {
    expect(kindOf({ ...alice, sub: sub as string })).toBe('response-invalid');
  });

  it.each([
    [{ email_verified: false }],
    [{ email_verified: 'true' }],
    [{ email_verified: null }],
    [{ email: 'a b@c' }],
    [{ email: 'alice@\u202eelpmaxe.emca' }],
    [{ email: 7 }],
    [{ email: `${'x'.repeat(250)}@a.example` }],
  ])('with an email that does not count (%j) name none', (changes) => {
    const read = readClaims({ ...alice, ...changes } as JsonObject, settings());
    expect(read.ok && 'email' in read.value).toBe(false);
  });

  it('keep a name printable and short', () => {
    const read = readClaims({ ...alice, name: ` A\u0000\u0085b${'x'.repeat(300)}` }, settings());
    expect(read.ok && read.value.name).toBe(`A  b${'x'.repeat(196)}`);
    expect(kindOf({ ...alice, name: ['x'] })).toBe('ok');
    const turned = readClaims({ ...alice, name: 'Ada\u202e nimdA\u200b' }, settings());
    expect(turned.ok && turned.value.name).toBe('Ada nimdA');
  });
});

describe('the groups claim', () => {
  it('missing refuses, unless the tenant says that none is an answer', () => {
    const { groups: _, ...without } = alice;
    expect(kindOf(without as JsonObject)).toBe('groups-missing');
    expect(kindOf(without as JsonObject, { missingGroups: 'none' })).toBe('ok');
  });

  it.each([[{ _claim_names: { groups: 'src1' } }], [{ hasgroups: true }]])(
    'of somebody in too many groups (%j) always refuses',
    (overage) => {
      const { groups: _, ...without } = alice;
      expect(kindOf({ ...without, ...overage } as JsonObject)).toBe('groups-overage');
      expect(kindOf({ ...without, ...overage } as JsonObject, { missingGroups: 'none' })).toBe(
        'groups-overage',
      );
    },
  );

  it.each([
    ['engineering,support'],
    [null],
    [7],
    [{}],
    [[1]],
    [['']],
    [['a', null]],
    [['a\nb']],
    [['x'.repeat(257)]],
    [Array.from({ length: 1_001 }, (_, i) => `g${i}`)],
  ])('of another form (%#) always refuses', (groups) => {
    expect(
      kindOf({ ...alice, groups: groups as JsonObject['groups'] } as JsonObject, { missingGroups: 'none' }),
    ).toBe('groups-malformed');
  });

  it('is sorted and without repetition, and may be empty', () => {
    const read = readClaims({ ...alice, groups: ['b', 'a', 'b'] }, settings());
    expect(read.ok && read.value.groups).toEqual(['a', 'b']);
    expect(kindOf({ ...alice, groups: [] })).toBe('ok');
  });

  it('may have another name, also one that objects have by themselves', () => {
    expect(kindOf({ ...alice, roles: ['x'] }, { groupsClaim: 'roles' })).toBe('ok');
    expect(kindOf(alice, { groupsClaim: 'toString' })).toBe('groups-missing');
  });
});

describe('roles', () => {
  it('come from groups, in one order, each once', () => {
    expect(rolesOf(['admins', 'auditors'], settings().roleMapping)).toEqual([
      'member',
      'approver',
      'auditor',
      'admin',
    ]);
  });

  it('none at all keeps somebody out', () => {
    expect(kindOf(alice, { roleMapping: { admins: ['admin'] } })).toBe('no-role');
  });

  it('a group named like everybody, or like an object’s own member, means nothing', () => {
    expect(rolesOf(['*', '__proto__', 'constructor', 'toString'], { admins: ['admin'] })).toEqual([]);
  });
});

it('userinfo adds what the ID token lacks and overrides nothing', () => {
  expect(mergeClaims({ sub: 'a', groups: ['x'] }, { sub: 'b', groups: ['y'], email: 'e' })).toEqual({
    sub: 'a',
    groups: ['x'],
    email: 'e',
  });
  expect(mergeClaims({ sub: 'a' }, undefined)).toEqual({ sub: 'a' });
});

describe('provider settings', () => {
  it.each([
    'http://idp.example',
    'https://idp.example?x=1',
    'https://idp.example#x',
    'idp.example',
    'ftp://idp.example',
    'http://127.0.0.1.evil.example',
  ])('refuse the issuer %s', (issuer) => {
    expect(identityProviderSettings.safeParse({ issuer, clientId: 'x' }).success).toBe(false);
  });

  it('take an issuer on loopback over http', () => {
    expect(
      identityProviderSettings.safeParse({ issuer: 'http://127.0.0.1:4000', clientId: 'x' }).success,
    ).toBe(true);
    expect(
      identityProviderSettings.safeParse({ issuer: 'http://localhost:4000/', clientId: 'x' }).success,
    ).toBe(true);
  });

  it('refuse unknown members and roles', () => {
    expect(
      identityProviderSettings.safeParse({ issuer: 'https://a.example', clientId: 'x', secret: 'y' }).success,
    ).toBe(false);
    const roleMapping = { a: ['root'] };
    expect(
      identityProviderSettings.safeParse({ issuer: 'https://a.example', clientId: 'x', roleMapping }).success,
    ).toBe(false);
  });
});

describe('where the groups stand', () => {
  const groupsOf = (claims: JsonObject, changes: object) => {
    const read = readClaims({ sub: 'a1', ...claims }, settings(changes));
    return read.ok ? read.value.groups : read.error.kind;
  };

  it.each<[string, JsonObject, object, unknown]>([
    [
      'inside another claim',
      { realm_access: { roles: ['b', 'a'] } },
      { groupsClaim: 'realm_access.roles' },
      ['a', 'b'],
    ],
    [
      'at a URL',
      { 'https://acme.example/groups': ['a'] },
      { groupsClaim: 'https://acme.example/groups' },
      ['a'],
    ],
    ['at names with dots, listed', { client: { 'a.b': ['a'] } }, { groupsClaim: ['client', 'a.b'] }, ['a']],
    ['at one name with a dot', { 'x.groups': ['a'] }, { groupsClaim: ['x.groups'] }, ['a']],
  ])('%s', (_what, claims, changes, expected) => {
    expect(groupsOf(claims, changes)).toEqual(expected);
  });

  it('is decided by the file and not by what arrives', () => {
    expect(groupsOf({ 'realm_access.roles': ['admins'] }, { groupsClaim: 'realm_access.roles' })).toBe(
      'groups-missing',
    );
    expect(groupsOf({ realm_access: ['admins'] }, { groupsClaim: 'realm_access.roles' })).toBe(
      'groups-missing',
    );
    expect(groupsOf({ realm_access: { roles: {} } }, { groupsClaim: 'realm_access.roles' })).toBe(
      'groups-malformed',
    );
    expect(groupsOf({}, { groupsClaim: '__proto__.constructor' })).toBe('groups-missing');
  });

  it.each<[string, string, unknown]>([
    ['list', 'a b', 'groups-malformed'],
    ['single', 'a b', ['a b']],
    ['single', '', 'groups-malformed'],
    ['space', ' b  a ', ['a', 'b']],
    ['space', '', []],
    ['comma', 'b, a,,c d', ['a', 'b', 'c d']],
    ['comma', 'a\u0007', 'groups-malformed'],
    ['comma', 'x'.repeat(70_000), 'groups-malformed'],
    ['space', 'a '.repeat(1_001), 'groups-malformed'],
  ])('and a text is read as %s: %.20j', (groupsFormat, groups, expected) => {
    expect(groupsOf({ groups }, { groupsFormat })).toEqual(expected);
  });

  it.each(['single', 'space', 'comma'])('and a list is a list under %s, too', (groupsFormat) => {
    expect(groupsOf({ groups: ['a, b', 'c d'] }, { groupsFormat })).toEqual(['a, b', 'c d']);
  });

  it.each([['a..b'], ['.a'], [''], [[]], [['a', '']], [['a', 'b', 'c', 'd', 'e', 'f']], [7]])(
    'can not be %j',
    (groupsClaim) => {
      expect(() => settings({ groupsClaim })).toThrow();
    },
  );

  it('may be userinfo, below what the ID token says on each level', () => {
    const merged = mergeClaims(
      { sub: 'a', realm_access: { verified: true } },
      { sub: 'b', realm_access: { verified: false, roles: ['x'] } },
    );
    expect(merged).toEqual({ sub: 'a', realm_access: { verified: true, roles: ['x'] } });
  });
});
