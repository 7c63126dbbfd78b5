import { type Problem, problemResponse } from '#lib/edge';
import { route, runtime } from '#lib/runtime';

const NOT_IN_TREE: Problem = {
  status: 404,
  code: 'not-in-tree',
  title: 'The log has no such file',
  detail: 'No stored checkpoint implies this tile or bundle.',
  remedy: 'Read `checkpoint` first: its size says which tiles there are.',
};
const AUDITORS_ONLY: Problem = {
  status: 403,
  code: 'auditors-only',
  title: 'Entry bundles are for auditors',
  detail: 'Entries say which tool was called when; tiles and checkpoints do not.',
  remedy: 'Ask an admin for the auditor role.',
};

/** The log as C2SP tlog-tiles: `checkpoint`, `tile/<L>/<N>`, `tile/entries/<N>`. For members; entries for auditors. */
export const GET = route({
  auth: 'session',
  input: 'raw',
  output: 'response',
  handle: async ({ tenant, session, params }) => {
    const { receipts } = runtime();
    const log = String(params['log']);
    const path = [params['path'] ?? []].flat().join('/');
    if (path === 'checkpoint') {
      const note = await receipts.checkpoint(tenant.id, log);
      if (note === undefined) return problemResponse(NOT_IN_TREE);
      return new Response(note, {
        headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache' },
      });
    }
    const entries = path.startsWith('tile/entries/');
    if (entries && !session.person.roles.some((role) => role === 'auditor' || role === 'admin')) {
      return problemResponse(AUDITORS_ONLY);
    }
    const tile = await receipts.tile(tenant.id, log, path);
    if (tile === undefined) return problemResponse(NOT_IN_TREE);
    return new Response(new Uint8Array(tile), {
      headers: {
        'content-type': 'application/octet-stream',
        'cache-control': 'private, max-age=31536000, immutable',
      },
    });
  },
});
