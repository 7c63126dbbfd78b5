/**
 * How each client is told of one MCP server: commands, links and files, as the clients' own documentation has them.
 * Everything that goes into a command or a link comes from a tenant, so each is built for its own reader and never pasted.
 */

export type ConnectClient =
  'claude-code' | 'claude' | 'cursor' | 'vscode' | 'codex' | 'gemini' | 'inspector' | 'other' | 'machine';

/** A line for a POSIX shell. */
export interface ConnectCommand {
  readonly purpose: 'add' | 'sign-in' | 'open' | 'list' | 'token' | 'call';
  readonly text: string;
}

export interface ConnectInstruction {
  readonly client: ConnectClient;
  readonly commands: readonly ConnectCommand[];
  /** `app`: opens the client itself. `web`: an https page of its maker that does, for places that strip other schemes. */
  readonly links: readonly { readonly via: 'app' | 'web'; readonly href: string }[];
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

export interface ConnectTarget {
  /** What the client will call it: the server's id. */
  readonly name: string;
  readonly mcpUrl: string;
  /** The token endpoint, for agents without a browser. */
  readonly tokenUrl: string;
}

/** A word of a command: text to be quoted, or a variable that the shell fills in. */
type Word = string | { readonly variable: string };

const SAFE_WORD = /^[A-Za-z0-9_./:@%+,-]+$/;

/** One POSIX shell word: as it is where no shell gives it a meaning, else in single quotes. */
export function shellWord(text: string): string {
  return SAFE_WORD.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function command(...words: readonly Word[]): string {
  return words.map((word) => (typeof word === 'string' ? shellWord(word) : `"${word.variable}"`)).join(' ');
}

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'curl', version: '1' },
  },
} as const;

/** Asks for an access token by client credentials (RFC 6749 §4.4, RFC 8707). The secret is read from the environment. */
export function machineTokenCommand(
  { tokenUrl, mcpUrl }: Pick<ConnectTarget, 'tokenUrl' | 'mcpUrl'>,
  clientId?: string,
): string {
  const client =
    clientId === undefined ? '"$CLIENT_ID:$CLIENT_SECRET"' : `${shellWord(clientId)}:"$CLIENT_SECRET"`;
  const form = ['-d', 'grant_type=client_credentials', '--data-urlencode', `resource=${mcpUrl}`];
  return `curl -sS -u ${client} ${command(tokenUrl, ...form)}`;
}

/** Fetches the trust file once, to be kept outside of this system. */
export function trustCommand(trustUrl: string): string {
  return command('curl', '-sS', '--fail', '-o', 'trust.json', trustUrl);
}

function machineCallCommand({ mcpUrl }: ConnectTarget): string {
  const headers = ['Content-Type: application/json', 'Accept: application/json, text/event-stream'];
  return command(
    'curl',
    '-sS',
    mcpUrl,
    '-H',
    { variable: 'Authorization: Bearer $ACCESS_TOKEN' },
    ...headers.flatMap((header) => ['-H', header]),
    '-d',
    JSON.stringify(INITIALIZE),
  );
}

const json = (value: object) => JSON.stringify(value, null, 2);

function claudeCode({ name, mcpUrl }: ConnectTarget): Omit<ConnectInstruction, 'client'> {
  return {
    commands: [
      { purpose: 'add', text: command('claude', 'mcp', 'add', '--transport', 'http', name, mcpUrl) },
      { purpose: 'sign-in', text: command('claude', 'mcp', 'login', name) },
    ],
    links: [],
    files: [{ path: '.mcp.json', text: json({ mcpServers: { [name]: { type: 'http', url: mcpUrl } } }) }],
  };
}

function cursor({ name, mcpUrl }: ConnectTarget): Omit<ConnectInstruction, 'client'> {
  const config = Buffer.from(JSON.stringify({ url: mcpUrl })).toString('base64');
  const query = `name=${encodeURIComponent(name)}&config=${encodeURIComponent(config)}`;
  return {
    commands: [],
    links: [
      { via: 'app', href: `cursor://anysphere.cursor-deeplink/mcp/install?${query}` },
      { via: 'web', href: `https://cursor.com/en/install-mcp?${query}` },
    ],
    files: [{ path: '~/.cursor/mcp.json', text: json({ mcpServers: { [name]: { url: mcpUrl } } }) }],
  };
}

function vscode({ name, mcpUrl }: ConnectTarget): Omit<ConnectInstruction, 'client'> {
  const config = { type: 'http', url: mcpUrl };
  const whole = JSON.stringify({ name, ...config });
  const query = `name=${encodeURIComponent(name)}&config=${encodeURIComponent(JSON.stringify(config))}`;
  return {
    commands: [{ purpose: 'add', text: command('code', '--add-mcp', whole) }],
    links: [
      { via: 'app', href: `vscode:mcp/install?${encodeURIComponent(whole)}` },
      { via: 'web', href: `https://insiders.vscode.dev/redirect/mcp/install?${query}` },
    ],
    files: [{ path: '.vscode/mcp.json', text: json({ servers: { [name]: config } }) }],
  };
}

function codex({ name, mcpUrl }: ConnectTarget): Omit<ConnectInstruction, 'client'> {
  return {
    commands: [
      { purpose: 'add', text: command('codex', 'mcp', 'add', name, '--url', mcpUrl) },
      { purpose: 'sign-in', text: command('codex', 'mcp', 'login', name) },
    ],
    links: [],
    // A JSON string is a TOML basic string, and an id needs no quotes as a TOML key.
    files: [{ path: '~/.codex/config.toml', text: `[mcp_servers.${name}]\nurl = ${JSON.stringify(mcpUrl)}` }],
  };
}

function gemini({ name, mcpUrl }: ConnectTarget): Omit<ConnectInstruction, 'client'> {
  return {
    commands: [
      { purpose: 'add', text: command('gemini', 'mcp', 'add', '--transport', 'http', name, mcpUrl) },
    ],
    links: [],
    // `url` would mean the older HTTP+SSE transport there.
    files: [{ path: '~/.gemini/settings.json', text: json({ mcpServers: { [name]: { httpUrl: mcpUrl } } }) }],
  };
}

function inspector({ mcpUrl }: ConnectTarget): Omit<ConnectInstruction, 'client'> {
  const run = ['npx', '@modelcontextprotocol/inspector'];
  const target = ['--server-url', mcpUrl, '--transport', 'http'];
  return {
    commands: [
      { purpose: 'open', text: command(...run, ...target) },
      { purpose: 'list', text: command(...run, '--cli', ...target, '--method', 'tools/list') },
    ],
    links: [],
    files: [],
  };
}

const NOTHING = { commands: [], links: [], files: [] } as const;

/** Every client that is named in the console, in the order of its tabs. `claude` and `other` need the URL alone. */
export function connectInstructions(target: ConnectTarget): readonly ConnectInstruction[] {
  return [
    { client: 'claude-code', ...claudeCode(target) },
    { client: 'claude', ...NOTHING },
    { client: 'cursor', ...cursor(target) },
    { client: 'vscode', ...vscode(target) },
    { client: 'codex', ...codex(target) },
    { client: 'gemini', ...gemini(target) },
    { client: 'inspector', ...inspector(target) },
    { client: 'other', ...NOTHING },
    {
      client: 'machine',
      commands: [
        { purpose: 'token', text: machineTokenCommand(target) },
        { purpose: 'call', text: machineCallCommand(target) },
      ],
      links: [],
      files: [],
    },
  ];
}
