import type { SsoProblemKind } from './errors.ts';

interface Words {
  /** The page's heading. */
  readonly title: string;
  /** What happened. */
  readonly message: string;
  /** What the person can do about it. */
  readonly you: string;
  /** What their admin can do about it. */
  readonly admin: string;
}

const ASK_ADMIN = 'Send your admin the reference below: only they can mend it.';

/** Every refusal of a sign-in, in words for both who can do something about it. */
export const SSO_WORDS: Record<SsoProblemKind, Words> = {
  'no-provider': {
    title: 'Nobody can sign in here yet',
    message: 'This tenant has no identity provider yet.',
    you: 'Ask your admin when it will be ready.',
    admin: 'Name the identity provider in the tenant file and apply it.',
  },
  'provider-unavailable': {
    title: 'Your identity provider does not answer',
    message:
      'Countersign asked your identity provider and got no answer, or none that can be read. You have not been signed in.',
    you: 'Try again in a minute. If it goes on, look whether other applications have the same trouble.',
    admin:
      'Check the provider’s status, and whether this machine reaches it: `countersign doctor` tries. A private address has to be named in EGRESS_PRIVATE_HOSTS.',
  },
  'provider-slow': {
    title: 'Your identity provider is too slow',
    message:
      'Your identity provider did not answer within ten seconds, so the sign-in was given up. You have not been signed in.',
    you: 'Try again in a minute.',
    admin:
      'Check the provider’s status and the network between it and this machine: `countersign doctor` tries every endpoint.',
  },
  'provider-misconfigured': {
    title: 'Your identity provider and Countersign do not fit together',
    message: 'Your identity provider and Countersign are not set up for each other.',
    you: ASK_ADMIN,
    admin:
      'Compare issuer, client id, client secret, how the client authenticates, and redirect URI on both sides. The log line of the reference says what did not fit, `countersign doctor` how to mend it.',
  },
  'provider-refused': {
    title: 'Your identity provider did not let you in',
    message: 'Your identity provider ended the sign-in.',
    you: 'Try again. If it ends the same way, ask your admin whether this application is meant for you.',
    admin: 'Look for the attempt in the provider’s own sign-in log: it knows the reason.',
  },
  'attempt-unknown': {
    title: 'This sign-in is over',
    message: 'This sign-in was already used, or it is older than ten minutes. Each can be used once.',
    you: 'Go back to where you came from and sign in again. A bookmarked sign-in page can’t work: bookmark the page behind it.',
    admin: 'If everybody meets this, look whether a proxy or a mail filter opens links before people do.',
  },
  'attempt-of-another-browser': {
    title: 'This sign-in belongs to another browser',
    message: 'This sign-in was begun in another browser or window, or this browser did not keep its cookie.',
    you: 'Sign in again in one and the same browser window, with cookies allowed for this site.',
    admin:
      'If everybody meets this, a browser policy or a proxy takes away our cookies, or people reach this site under another name than TENANT_URL.',
  },
  'response-invalid': {
    title: 'The answer of your identity provider does not hold',
    message: 'The answer of your identity provider could not be verified, so it was not used.',
    you: 'Sign in again. If it happens again, send your admin the reference below.',
    admin:
      'The log line of the reference names the check that failed. Often a clock is wrong, the client id is another application’s, or a proxy changes the answer.',
  },
  'groups-missing': {
    title: 'Your identity provider did not say which groups you are in',
    message:
      'You are known at your identity provider, but it did not say which groups you are in, and access here depends on groups.',
    you: ASK_ADMIN,
    admin:
      'Add the groups claim to this application at the provider, or correct groups_claim, scopes or userinfo in the tenant file. A test sign-in shows what arrives.',
  },
  'groups-overage': {
    title: 'You are in too many groups',
    message: 'You are in more groups than your identity provider puts into a token, so it named none.',
    you: ASK_ADMIN,
    admin: 'Limit the groups claim at the provider to the groups that are assigned to this application.',
  },
  'groups-malformed': {
    title: 'Your groups can’t be read',
    message: 'Your identity provider sent your groups in a form that this tenant does not expect.',
    you: ASK_ADMIN,
    admin:
      'Let the provider send a list of names; or, if it sends one text, say in the tenant file how to read it (groups_format).',
  },
  'no-role': {
    title: 'You have no role here',
    message: 'You are signed in at your identity provider, but none of your groups has a role here.',
    you: 'Ask your admin to add you to a group that has one.',
    admin:
      'Give one of the person’s groups a role (roles in the tenant file), or add the person to such a group.',
  },
  'person-disabled': {
    title: 'Your access is switched off',
    message: 'An admin switched off your access here.',
    you: 'Ask your admin.',
    admin: 'An admin enables the person again on their page under People.',
  },
};

interface CodeWords {
  readonly you?: string;
  readonly admin?: string;
}

/** The registered error codes of RFC 6749 §4.1.2.1 and §5.2 and OpenID Connect Core §3.1.2.6; any other text is not repeated. */
export const PROVIDER_CODE_WORDS: Readonly<Record<string, CodeWords>> = {
  access_denied: {
    you: 'You cancelled, or your provider does not let you use this application. Try again, or ask your admin to assign it to you.',
    admin: 'Assign the application to the person, or to a group of theirs, at the provider.',
  },
  account_selection_required: { you: 'Try again and choose an account.' },
  consent_required: {
    you: 'Try again and agree at your identity provider, if it asks.',
    admin: 'Grant consent for this application at the provider, for everybody.',
  },
  interaction_required: { you: 'Try again and answer what your identity provider asks.' },
  login_required: { you: 'Sign in at your identity provider first, then try again here.' },
  invalid_client: {
    admin:
      'The provider knows no such client, or the secret is not right: compare client_id, client_secret and client_authentication. A secret may have expired.',
  },
  invalid_grant: {
    admin:
      'The code was not good any more, or the redirect URI or the PKCE verifier did not fit: look whether something opens the callback twice.',
  },
  invalid_request: {
    admin: 'The provider does not accept the request: often the redirect URI is not registered exactly so.',
  },
  invalid_scope: {
    admin: 'The provider does not know one of the scopes: correct scopes in the tenant file.',
  },
  server_error: { you: 'Try again in a minute.' },
  temporarily_unavailable: { you: 'Try again in a minute.' },
  unauthorized_client: {
    admin: 'Allow this application the authorization code flow at the provider.',
  },
  unsupported_response_type: {
    admin: 'Allow this application the authorization code flow (response type code) at the provider.',
  },
};
