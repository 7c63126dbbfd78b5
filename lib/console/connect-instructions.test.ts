import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseServerId } from '#lib/core';
import {
  connectInstructions,
  machineTokenCommand,
  type ConnectClient,
  type ConnectInstruction,
  type ConnectTarget,
} from './connect-instructions.ts';

const LEDGER: ConnectTarget = {
  name: 'ledger',
  mcpUrl: 'https://acme.mcp.example.com/mcp/ledger',
  tokenUrl: 'https://acme.mcp.example.com/oauth/token',
};

const of = (client: ConnectClient, target = LEDGER): ConnectInstruction =>
  connectInstructions(target).find((instruction) => instruction.client === client)!;
const texts = (client: ConnectClient, target = LEDGER) => of(client, target).commands.map(({ text }) => text);
const link = (client: ConnectClient, via: 'app' | 'web', target = LEDGER) =>
  new URL(of(client, target).links.find((found) => found.via === via)!.href);

/** The words that a real shell makes of these lines, with the variables that the lines name. */
function parseByShell(lines: readonly string[]): string[][] {
  const script = lines.map((line) => `set -- ${line}; printf '%s\\0' "$@"; printf '\\1\\0'`).join('\n');
  const env = {
    ...process.env,
    CLIENT_ID: 'an id',
    CLIENT_SECRET: 'a $ecret',
    ACCESS_TOKEN: 'a.b',
  };
  const words = execFileSync('/bin/sh', ['-c', script], { env, encoding: 'utf8' }).split('\0');
  const commands: string[][] = [[]];
  for (const word of words.slice(0, -1)) {
    if (word === '\u0001') commands.push([]);
    else commands.at(-1)!.push(word);
  }
  return commands.slice(0, -1);
}

const serverId = fc
  .stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
  .filter((text) => parseServerId(text).ok);
/** Every character that a URL keeps as it is, shell's and JSON's own among them. */
const address = fc
  .tuple(
    fc.constantFrom('https://', 'http://'),
    fc.stringMatching(/^[a-z0-9]{1,12}$/).map((host) => `h${host}.example`),
    fc.string({
      unit: fc.constantFrom(...'azAZ09/-._~!$&\'()*+,;=:@%25[]^`|\\"<>{} #?é\u202e\n'),
      maxLength: 40,
    }),
  )
  .map(([scheme, host, path]) => new URL(`${scheme}${host}/${path}`).href);
const target = fc.tuple(serverId, address).map(([name, url]): ConnectTarget => ({
  name,
  mcpUrl: `${url}/mcp/${name}`,
  tokenUrl: `${url}/oauth/token`,
}));

describe('what each client is told', () => {
  it('is its own command', () => {
    expect(texts('claude-code')).toEqual([
      'claude mcp add --transport http ledger https://acme.mcp.example.com/mcp/ledger',
      'claude mcp login ledger',
    ]);
    expect(texts('codex')).toEqual([
      'codex mcp add ledger --url https://acme.mcp.example.com/mcp/ledger',
      'codex mcp login ledger',
    ]);
    expect(texts('gemini')).toEqual([
      'gemini mcp add --transport http ledger https://acme.mcp.example.com/mcp/ledger',
    ]);
    expect(texts('vscode')).toEqual([
      `code --add-mcp '{"name":"ledger","type":"http","url":"https://acme.mcp.example.com/mcp/ledger"}'`,
    ]);
    expect(texts('inspector')[1]).toBe(
      'npx @modelcontextprotocol/inspector --cli --server-url https://acme.mcp.example.com/mcp/ledger --transport http --method tools/list',
    );
  });

  it('is a link that decodes to exactly the configuration that the file has', () => {
    const app = link('cursor', 'app');
    expect([app.protocol, app.host, app.pathname]).toEqual([
      'cursor:',
      'anysphere.cursor-deeplink',
      '/mcp/install',
    ]);
    expect(link('cursor', 'web').origin).toBe('https://cursor.com');
    const code = link('vscode', 'app');
    expect(`${code.protocol}${code.pathname}`).toBe('vscode:mcp/install');
    expect(link('vscode', 'web').origin).toBe('https://insiders.vscode.dev');
  });

  it('is nothing but the URL for a client that finds its way, and where there is neither command nor link', () => {
    for (const client of ['claude', 'other'] as const)
      expect(of(client)).toEqual({ client, commands: [], links: [], files: [] });
  });

  it('never holds a secret: the shell reads it from the environment', () => {
    const [token, call] = parseByShell(texts('machine'));
    expect(token).toContain('an id:a $ecret');
    expect(call).toContain('Authorization: Bearer a.b');
    expect(JSON.parse(call!.at(-1)!)).toMatchObject({ method: 'initialize' });
    const [named] = parseByShell([machineTokenCommand(LEDGER, 'nightly~report')]);
    expect(named).toContain('nightly~report:a $ecret');
  });
});

describe('whatever the server and the tenant are called', () => {
  it('a shell reads every command as it was meant', () => {
    fc.assert(
      fc.property(fc.array(target, { minLength: 20, maxLength: 40 }), (targets) => {
        const lines = targets.flatMap((one) => connectInstructions(one).flatMap(({ commands }) => commands));
        const parsed = parseByShell(lines.map(({ text }) => text));
        expect(parsed).toHaveLength(lines.length);
        for (const one of targets) {
          const words = parseByShell(
            connectInstructions(one).flatMap(({ commands }) => commands.map(({ text }) => text)),
          );
          expect(words[0]).toEqual(['claude', 'mcp', 'add', '--transport', 'http', one.name, one.mcpUrl]);
          const code = words.find(([first]) => first === 'code')!;
          expect(code.slice(0, 2)).toEqual(['code', '--add-mcp']);
          expect(JSON.parse(code[2]!)).toEqual({ name: one.name, type: 'http', url: one.mcpUrl });
          const token = words.find((found) => found.includes('-u'))!;
          expect(token.slice(4)).toEqual([
            ...[
              one.tokenUrl,
              '-d',
              'grant_type=client_credentials',
              '--data-urlencode',
              `resource=${one.mcpUrl}`,
            ],
          ]);
        }
      }),
      { numRuns: 8 },
    );
  });

  it('every link decodes to its name and its configuration', () => {
    fc.assert(
      fc.property(target, (one) => {
        for (const via of ['app', 'web'] as const) {
          const { searchParams } = link('cursor', via, one);
          expect(searchParams.get('name')).toBe(one.name);
          const config = Buffer.from(searchParams.get('config')!, 'base64').toString('utf8');
          expect(JSON.parse(config)).toEqual({ url: one.mcpUrl });
        }
        const app = link('vscode', 'app', one).search.slice(1);
        expect(JSON.parse(decodeURIComponent(app))).toEqual({
          name: one.name,
          type: 'http',
          url: one.mcpUrl,
        });
        const web = link('vscode', 'web', one).searchParams;
        expect(web.get('name')).toBe(one.name);
        expect(JSON.parse(web.get('config')!)).toEqual({ type: 'http', url: one.mcpUrl });
      }),
    );
  });

  it('every file is JSON or TOML that says the same', () => {
    fc.assert(
      fc.property(target, (one) => {
        for (const { client, files } of connectInstructions(one)) {
          for (const { text } of files) {
            const value =
              client === 'codex'
                ? JSON.parse(/^url = (.*)$/m.exec(text)![1]!)
                : JSON.stringify(JSON.parse(text));
            expect(
              client === 'codex' ? value === one.mcpUrl : value.includes(JSON.stringify(one.mcpUrl)),
            ).toBe(true);
          }
        }
      }),
    );
  });
});
