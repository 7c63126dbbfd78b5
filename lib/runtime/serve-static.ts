import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { securityHeaders } from '#lib/edge';

const PREFIX = '/_next/static/';
/** The best that is still quick: a file is compressed once per process. */
const QUALITY = 10;
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

const brotli = promisify(brotliCompress);

export type ServeStatic = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * The build's scripts and styles, compressed, from memory: their names say what is in them, so they never change. Pages are
 * not compressed, for they hold secrets beside what a stranger may have put there (BREACH). False for whatever else.
 */
export function createStaticFiles(folder: string | undefined, https: boolean): ServeStatic {
  const files = folder === undefined ? new Map<string, string>() : listFiles(folder);
  const compressed = new Map<string, Promise<Buffer>>();
  const headers = securityHeaders('static', { https });
  return (request, response) => {
    const path = request.url ?? '';
    const file = files.get(path);
    if (file === undefined || request.method !== 'GET' || !acceptsBrotli(request)) return false;
    let body = compressed.get(path);
    if (body === undefined) {
      body = compress(file);
      compressed.set(path, body);
    }
    body.then(
      (bytes) => {
        response.writeHead(200, {
          ...headers,
          'content-type': TYPES[extname(file)],
          'content-encoding': 'br',
          'content-length': bytes.length,
          vary: 'accept-encoding',
        });
        response.end(bytes);
      },
      () => {
        // A build that was replaced meanwhile: no reason to end the process, nor to remember it.
        compressed.delete(path);
        response.destroy();
      },
    );
    return true;
  };
}

/** Address to file; an address that is not in the build is nobody's, so no path is ever put together from a request. */
function listFiles(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    names
      .filter((name) => extname(name) in TYPES)
      .map((name) => [PREFIX + name.split(sep).join('/'), join(folder, name)]),
  );
}

async function compress(file: string): Promise<Buffer> {
  return await brotli(await readFile(file), { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } });
}

function acceptsBrotli({ headers }: IncomingMessage): boolean {
  return /(?:^|,)\s*br\s*(?:,|$)/.test(String(headers['accept-encoding'] ?? ''));
}
