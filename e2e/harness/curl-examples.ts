/** The commands of a page of the documentation, made as they stand there, without a shell or curl. */
import { type HttpAnswer, sendHttp } from './send-http.ts';

export interface CurlExample {
  readonly line: string;
  /** The status that the page promises. */
  readonly status: number;
}

/** Every `curl … # <status>` of the page's `sh` blocks, in order. */
export function curlExamples(markdown: string): readonly CurlExample[] {
  const blocks = [...markdown.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, text = '']) => text);
  return blocks.flatMap((block) =>
    block
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .filter((line) => line.startsWith('curl '))
      .map((line) => ({ line, status: Number(/# (\d{3})$/.exec(line)?.[1]) })),
  );
}

/** Bodies that the page shows under a file's name: the first `json` block after the name. */
export function namedBodies(markdown: string): ReadonlyMap<string, string> {
  const found = markdown.matchAll(/`([\w-]+\.json)`:\n\n```json\n([\s\S]*?)```/g);
  return new Map([...found].map(([, name = '', body = '']) => [name, body]));
}

/** Makes one request as curl would. */
export async function runCurl(
  line: string,
  variables: Readonly<Record<string, string>>,
  bodies: ReadonlyMap<string, string>,
): Promise<HttpAnswer> {
  const fill = (text: string) => text.replaceAll(/\$([A-Z]+)/g, (_, name: string) => variables[name] ?? '');
  const words = [...line.replace(/ # \d{3}$/, '').matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) =>
    fill(quoted ?? bare ?? ''),
  );
  let [method, url, body] = ['GET', '', undefined as string | undefined];
  const headers: Record<string, string> = {};
  for (let index = 1; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const next = words[index + 1] ?? '';
    if (!word.startsWith('-')) {
      url = word;
      continue;
    }
    index += 1;
    if (word === '-X') method = next;
    else if (word === '-b') headers['cookie'] = next;
    else if (word === '-d') body = fill(bodies.get(next.slice(1)) ?? '');
    else if (word === '-H')
      headers[next.slice(0, next.indexOf(':'))] = next.slice(next.indexOf(':') + 1).trim();
    else throw new Error(`this reader of curl commands does not know ${word}`);
  }
  return await sendHttp(url, { method, headers, ...(body === undefined ? {} : { body }) });
}
