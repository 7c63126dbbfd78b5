import { isJsonObject, type Json, type JsonObject } from '#lib/core';
import { FORM_DEPTH_MAX, FORM_TEXT_CHARS_MAX } from './constants.ts';

/**
 * What nobody is asked for through a form in their agent, for there the model and the client would see it (MCP
 * 2025-11-25, elicitation: servers MUST NOT ask for sensitive information in form mode). Looked for with blanks,
 * hyphens and case taken away, in every text of the form and in its message.
 */
const ANYWHERE: readonly string[] = (
  'password passwort passwd passphrase passcode kennwort motdepasse contrasena wachtwoord пароль 密码 密碼 パスワード 비밀번호 ' +
  'apikey apitoken secretkey privatekey accesskey accesstoken refreshtoken bearertoken authtoken clientsecret ' +
  'onetimecode verificationcode securitycode creditcard debitcard cardnumber kreditkarte seedphrase recoveryphrase ' +
  'recoverycode socialsecuritynumber'
)
  .split(' ')
  .map((term) => wordsOf(term).join(''));

/** As a whole word of a field's name or title these mean the same; in a sentence they mean much else. */
const IN_NAMES: ReadonlySet<string> = new Set(
  'secret secrets token tokens credential credentials pin pwd psw otp totp mfa 2fa tan cvv cvc card ssn senha haslo parola'.split(
    ' ',
  ),
);

const TEXTS: ReadonlySet<string> = new Set(['title', 'description', 'format', 'const', '$comment']);
const MIXED =
  /\p{Script=Latin}.*[\p{Script=Cyrillic}\p{Script=Greek}]|[\p{Script=Cyrillic}\p{Script=Greek}].*\p{Script=Latin}/u;
/** Shorter ones are units and formulas. */
const MIXED_CHARS_MIN = 4;

/** Why a form can't be put to a person by their agent; undefined when there is no reason. */
export function findSensitive(message: string, schema: JsonObject): string | undefined {
  const budget = { chars: FORM_TEXT_CHARS_MAX };
  return inText('message', message, budget) ?? inNode(schema, 0, budget);
}

interface Budget {
  chars: number;
}

function inNode(node: Json | undefined, depth: number, budget: Budget): string | undefined {
  if (depth > FORM_DEPTH_MAX) return `The form is nested deeper than ${FORM_DEPTH_MAX}.`;
  if (Array.isArray(node)) return first(node as readonly Json[], (each) => inNode(each, depth + 1, budget));
  if (!isJsonObject(node)) return undefined;
  return first(Object.entries(node), ([key, value]) => {
    if (key === 'writeOnly' && value === true)
      return 'The form has a field that is write-only, as secrets are.';
    if (key === 'properties' && isJsonObject(value)) {
      const named = first(Object.keys(value), (name) => inName(name, budget));
      return named ?? first(Object.values(value), (field) => inNode(field, depth + 1, budget));
    }
    if (typeof value === 'string') return inMember(key, value, budget);
    return inNode(value, depth + 1, budget);
  });
}

function inMember(key: string, value: string, budget: Budget): string | undefined {
  if (key === 'title') return inName(value, budget);
  return TEXTS.has(key) ? inText(key, value, budget) : spend(value, budget);
}

function inName(text: string, budget: Budget): string | undefined {
  const words = wordsOf(text);
  const word = words.find((each) => IN_NAMES.has(each));
  return word === undefined ? inText('field', text, budget) : refused(word);
}

function inText(what: string, text: string, budget: Budget): string | undefined {
  const tooLong = spend(text, budget);
  if (tooLong !== undefined) return tooLong;
  const words = wordsOf(text);
  if (words.some((word) => word.length >= MIXED_CHARS_MIN && MIXED.test(word))) {
    return `The form's ${what} mixes alphabets in one word, as a disguise does.`;
  }
  const squeezed = words.join('');
  const term = ANYWHERE.find((each) => squeezed.includes(each));
  return term === undefined ? undefined : refused(term);
}

function spend(text: string, budget: Budget): string | undefined {
  budget.chars -= text.length;
  return budget.chars < 0 ? `The form has more than ${FORM_TEXT_CHARS_MAX} characters of text.` : undefined;
}

/** `apiKey`, `API_KEY` and `api key` are the same words; so are those with marks, or with characters that nobody sees. */
function wordsOf(text: string): readonly string[] {
  return text
    .normalize('NFKD')
    .replaceAll(/[\p{M}\p{Cf}]/gu, '')
    .replaceAll(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

function refused(term: string): string {
  return `The form seems to ask for something secret ('${term}'), which no form in an agent may: use URL mode.`;
}

function first<T>(list: readonly T[], find: (each: T) => string | undefined): string | undefined {
  for (const each of list) {
    const found = find(each);
    if (found !== undefined) return found;
  }
  return undefined;
}
