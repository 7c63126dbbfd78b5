import { describe, expect, it } from 'vitest';
import { readNotice } from './replica-relay.ts';

const NOTICE = {
  tenant: '01a21bf1-8317-7157-87e9-5943098572a1',
  id: '01a21bf1-94a7-7085-9c24-9b3015abb30f',
};

describe('a notice that another replica sends', () => {
  it('names a tenant and a message', () => {
    expect(readNotice(JSON.stringify(NOTICE))).toMatchObject(NOTICE);
  });

  it.each(['', 'not JSON', '[]', 'null', '{}', '{"tenant":1,"id":2}', '{"tenant":"x","id":"y"}'])(
    'is none where it says %j',
    (payload) => {
      expect(readNotice(payload)).toBeUndefined();
    },
  );
});
