/**
 * What the standards demand of Countersign, one entry per MUST. A test cites an entry by its id in square brackets in
 * its name; `requirements.test.ts` fails for an entry that no test cites and for a citation that is no entry.
 */
export interface Requirement {
  readonly id: string;
  /** Where it stands. */
  readonly source: string;
  /** The behaviour, in our words. */
  readonly behaviour: string;
}

export const REQUIREMENTS: readonly Requirement[] = [
  {
    id: 'rfc9728-3.1',
    source: 'RFC 9728 §3.1',
    behaviour: 'Metadata of a resource with a path stands at the well-known address with that path behind it',
  },
  {
    id: 'rfc9728-3.3',
    source: 'RFC 9728 §3.3',
    behaviour: 'The resource named in the metadata is exactly the address the client called',
  },
  {
    id: 'rfc9728-5.1',
    source: 'RFC 9728 §5.1; MCP authorization 2025-11-25',
    behaviour: 'A call without a token is 401 and names resource_metadata in WWW-Authenticate',
  },
  {
    id: 'rfc8414-3.1',
    source: 'RFC 8414 §3.1',
    behaviour: 'Metadata of an issuer with a path stands at the well-known address with that path behind it',
  },
  {
    id: 'rfc8414-3.3',
    source: 'RFC 8414 §3.3',
    behaviour: 'The issuer named in the metadata is exactly the identifier it was asked for',
  },
  {
    id: 'rfc7636-4.6',
    source: 'RFC 7636 §4.6; OAuth 2.1 §4.1.1',
    behaviour: 'A code is not redeemed with a wrong verifier, and the plain method is refused',
  },
  {
    id: 'rfc8707-2',
    source: 'RFC 8707 §2',
    behaviour: 'A token is good for the one resource it was asked for; an unknown resource is invalid_target',
  },
  {
    id: 'rfc9207-2',
    source: 'RFC 9207 §2',
    behaviour: 'Every authorization response, an error included, names the issuer',
  },
  {
    id: 'rfc6749-4.1.2',
    source: 'RFC 6749 §4.1.2; RFC 9700 §2.1.1',
    behaviour: 'A code works once; a second use is refused and revokes what the first one issued',
  },
  {
    id: 'rfc9700-4.14.2',
    source: 'RFC 9700 §4.14.2',
    behaviour: 'A rotated refresh token that comes back revokes the grant',
  },
  {
    id: 'rfc9700-2.1',
    source: 'RFC 9700 §2.1',
    behaviour: 'A redirect URI matches exactly one that was registered (loopback ports apart, RFC 8252 §7.3)',
  },
  {
    id: 'rfc9700-4.11.2',
    source: 'RFC 9700 §4.11.2',
    behaviour: 'The authorization endpoint is no open redirector: an error goes on to trusted addresses only',
  },
  {
    id: 'rfc9068-4',
    source: 'RFC 9068 §4',
    behaviour:
      'An access token is accepted only with its typ, issuer, audience, signature and time as expected',
  },
  {
    id: 'rfc7009-2',
    source: 'RFC 7009 §2',
    behaviour: 'A client can revoke its token, and what was revoked no longer works',
  },
  {
    id: 'mcp-transport-origin',
    source: 'MCP transports 2025-11-25',
    behaviour: 'A request with a foreign Origin is 403',
  },
  {
    id: 'mcp-transport-session',
    source: 'MCP transports 2025-11-25',
    behaviour: 'A request without the session it needs is 400, one with an ended session 404',
  },
  {
    id: 'mcp-transport-version',
    source: 'MCP transports 2025-06-18',
    behaviour: 'A request with an unsupported MCP-Protocol-Version is 400',
  },
  {
    id: 'mcp-stateless-envelope',
    source: 'MCP basic 2026-07-28, _meta',
    behaviour: 'A request without the revision or the client capabilities in its _meta is 400 and -32602',
  },
  {
    id: 'mcp-stateless-version',
    source: 'MCP versioning 2026-07-28',
    behaviour:
      'A revision that is not spoken is 400 and -32022, which names those that are and the one asked for',
  },
  {
    id: 'mcp-stateless-headers',
    source: 'MCP transports 2026-07-28, server validation',
    behaviour: 'A standard header that is missing, malformed or not what the body says is 400 and -32020',
  },
  {
    id: 'mcp-stateless-param-headers',
    source: 'MCP transports 2026-07-28, custom headers from tool parameters',
    behaviour: 'An Mcp-Param header that is missing, malformed or not what the body says is 400 and -32020',
  },
  {
    id: 'mcp-stateless-method',
    source: 'MCP transports 2026-07-28',
    behaviour: 'A method that is not there, or no longer, is 404 and -32601',
  },
  {
    id: 'mcp-stateless-http-method',
    source: 'MCP transports 2026-07-28',
    behaviour: 'GET and DELETE are 405',
  },
  {
    id: 'mcp-stateless-session',
    source: 'MCP transports 2026-07-28',
    behaviour: 'A session id is neither needed, minted nor repeated',
  },
  {
    id: 'mcp-stateless-discover',
    source: 'MCP versioning 2026-07-28, server/discover',
    behaviour: 'server/discover names the revisions and capabilities that are there',
  },
  {
    id: 'mcp-stateless-result',
    source: 'MCP basic 2026-07-28, results',
    behaviour: 'Every result has a resultType',
  },
  {
    id: 'mcp-stateless-caching',
    source: 'MCP caching 2026-07-28',
    behaviour: 'Lists, resources and server/discover say how long and by whom they may be kept',
  },
  {
    id: 'mcp-stateless-errors',
    source: 'MCP basic 2026-07-28, error codes',
    behaviour:
      'Codes that older revisions defined, or that this one reserves, are not sent for something else',
  },
  {
    id: 'mcp-stateless-log-level',
    source: 'MCP logging 2026-07-28',
    behaviour: 'No log message is sent inside a request that did not ask for its level',
  },
  {
    id: 'mcp-stateless-cancel',
    source: 'MCP cancellation 2026-07-28',
    behaviour: 'Closing the response stream cancels the request',
  },
  {
    id: 'mcp-stateless-capability',
    source: 'MCP basic 2026-07-28, MissingRequiredClientCapability',
    behaviour: 'What a client would have to offer is said with 400 and -32021',
  },
  {
    id: 'mcp-listen-acknowledged',
    source: 'MCP subscriptions 2026-07-28',
    behaviour: 'The first message of a subscription acknowledges what of it is honoured',
  },
  {
    id: 'mcp-listen-filter',
    source: 'MCP subscriptions 2026-07-28',
    behaviour: 'A subscription brings nothing that was not asked for',
  },
  {
    id: 'mcp-listen-id',
    source: 'MCP subscriptions 2026-07-28',
    behaviour: 'Every message of a subscription carries the id of the request that opened it',
  },
  {
    id: 'mcp-listen-end',
    source: 'MCP subscriptions 2026-07-28',
    behaviour: 'A subscription that is ended here ends with its empty result',
  },
  {
    id: 'mcp-token-passthrough',
    source: 'MCP security best practices',
    behaviour: "The agent's token never reaches an upstream, and an upstream's token is refused here",
  },
  {
    id: 'mcp-consent-per-client',
    source: 'MCP security best practices',
    behaviour: 'A person consents to each client on our own page, which no other site may frame',
  },
  {
    id: 'mcp-2026-era',
    source: 'MCP versioning 2026-07-28',
    behaviour:
      'Which era a server speaks is found out by asking in the newer one; refused credentials and faults say nothing about it',
  },
  {
    id: 'mcp-2026-meta',
    source: 'MCP basic 2026-07-28, _meta',
    behaviour: 'Every request to a stateless server names revision, capabilities and client',
  },
  {
    id: 'mcp-2026-headers',
    source: 'MCP transports 2026-07-28, standard request headers',
    behaviour: 'MCP-Protocol-Version, Mcp-Method and Mcp-Name repeat the body that is sent',
  },
  {
    id: 'mcp-2026-x-mcp-header',
    source: 'MCP transports 2026-07-28, x-mcp-header',
    behaviour:
      'Annotated arguments are sent as Mcp-Param headers, encoded where needed; tools with invalid annotations are not offered',
  },
  {
    id: 'mcp-2026-header-mismatch',
    source: 'MCP transports 2026-07-28, HeaderMismatch',
    behaviour: 'After -32020 the definitions are read again, and the call is not repeated blindly',
  },
  {
    id: 'mcp-2026-translate',
    source: 'MCP 2026-07-28, result types and caching',
    behaviour: 'A client of an older revision sees nothing that its revision does not know',
  },
  {
    id: 'mcp-2026-cancel',
    source: 'MCP transports 2026-07-28, cancellation',
    behaviour: 'Closing the response stream cancels the request',
  },
  {
    id: 'mcp-2026-input',
    source: 'MCP multi round-trip requests 2026-07-28',
    behaviour:
      'A call that needs input is sent again under a new id with the answers and the byte-exact requestState',
  },
  {
    id: 'mcp-2026-listen',
    source: 'MCP subscriptions 2026-07-28',
    behaviour:
      'subscriptions/listen asks for changes; the acknowledgement and the subscription id stay on this leg',
  },
  {
    id: 'mcp-2026-stdio',
    source: 'MCP stdio 2026-07-28, backward compatibility',
    behaviour:
      'A program is asked server/discover first: whoever answers it is never told initialize, and whoever does not is',
  },
  {
    id: 'mcp-2026-stdio-cancel',
    source: 'MCP stdio 2026-07-28, cancellation',
    behaviour: 'A call that is given up is cancelled by a notification with the id that the program knows',
  },
  {
    id: 'mcp-2024-sse',
    source: 'MCP transports 2024-11-05; 2025-11-25, backwards compatibility',
    behaviour:
      'A server that refuses initialize is asked for its event stream, and messages are posted to the endpoint',
  },
  {
    id: 'mcp-2024-sse-endpoint',
    source: 'MCP transports 2024-11-05',
    behaviour: 'An endpoint outside the origin of the stream is refused',
  },
  {
    id: 'mcp-2026-input-required',
    source: 'MCP 2026-07-28, multi round-trip requests',
    behaviour:
      'What a server asks is the answer to the call; the retry brings the responses and goes on with it',
  },
  {
    id: 'mcp-2026-request-state',
    source: 'MCP 2026-07-28, multi round-trip requests',
    behaviour:
      'A requestState is bound to principal, method and params, expires, is good once, and is refused when changed',
  },
  {
    id: 'mcp-stream-resume',
    source: 'MCP transports 2025-11-25, resumability',
    behaviour:
      'A stream is taken up again after the event that its session heard last, and by no other session',
  },
  {
    id: 'mcp-tasks-access',
    source: 'MCP tasks 2025-11-25, task isolation and access control',
    behaviour: 'A task that is not the caller’s is not got, fetched, cancelled or listed',
  },
  {
    id: 'mcp-tasks-error',
    source: 'MCP tasks 2025-11-25, protocol errors',
    behaviour: 'An invalid task id or cursor is -32602',
  },
  {
    id: 'mcp-tasks-undeclared',
    source: 'MCP tasks 2025-11-25, task support and handling',
    behaviour:
      'Where no tasks are offered, a call or a question that asks to become one is processed as any other',
  },
  {
    id: 'mcp-tasks-extension',
    source: 'MCP extension io.modelcontextprotocol/tasks, capability negotiation, routing headers',
    behaviour:
      'The extension is named by server/discover, and Mcp-Name is the id of the task, as the body has it',
  },
  {
    id: 'mcp-tasks-extension-undeclared',
    source: 'MCP extension io.modelcontextprotocol/tasks, capability negotiation, protocol errors',
    behaviour:
      'Whoever does not declare the extension with the request gets no task, and -32021 for methods and notifications of tasks',
  },
  {
    id: 'mcp-tasks-extension-binding',
    source: 'MCP extension io.modelcontextprotocol/tasks, security considerations',
    behaviour: 'A task that is not the caller’s is -32602, and nothing is told of it on any stream',
  },
  {
    id: 'mcp-client-capabilities',
    source: 'MCP lifecycle 2025-11-25',
    behaviour: 'Nothing is asked of a client that did not declare that it can be asked',
  },
  {
    id: 'mcp-client-response',
    source: 'MCP transports 2025-11-25',
    behaviour:
      'A response to a question that was asked is 202 without a body; one that is not accepted is an error',
  },
  {
    id: 'mcp-elicitation-form',
    source: 'MCP elicitation 2025-11-25',
    behaviour: 'A form that asks for something secret is put to nobody',
  },
  {
    id: 'mcp-elicitation-url',
    source: 'MCP elicitation 2025-11-25',
    behaviour: 'A page that a person is sent to is https, and the person is told which server asks',
  },
  {
    id: 'rfc9901-7.1',
    source: 'RFC 9901 §7.1',
    behaviour: 'A disclosure that no digest names, or a digest that stands twice, makes a receipt invalid',
  },
  {
    id: 'rfc6962-2.1',
    source: 'RFC 6962 §2.1',
    behaviour: 'Tree hashes, inclusion and consistency proofs are those of the published vectors',
  },
  {
    id: 'c2sp-signed-note',
    source: 'C2SP signed-note',
    behaviour: 'A checkpoint is a note that its log key signed; the published vector opens',
  },
];
