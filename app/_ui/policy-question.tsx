'use client';

import { type ReactNode, useEffect, useId, useState } from 'react';
import { Button } from '#ui/button.tsx';
import { CodeBlock } from '#ui/code.tsx';
import { useConsole } from '#ui/console-context.tsx';
import type { PolicyEditorWords } from '#ui/messages.ts';
import { PolicyAnswer } from '#ui/policy-answer.tsx';
import type { TestAnswer } from '#api/policy-wire.ts';
import { ProblemCallout } from '#ui/problem-callout.tsx';
import { sendJson } from '#ui/send-json.ts';
import { useJsonRequest } from '#ui/use-json-request.ts';
import { visibleText } from '#ui/visible-text.ts';

/** What there is to choose from. */
export interface QuestionChoices {
  readonly servers: readonly {
    readonly id: string;
    readonly title: string;
    readonly tools: readonly string[];
  }[];
  readonly agents: readonly { readonly clientId: string; readonly name: string }[];
  readonly people: readonly { readonly reference: string; readonly name: string }[];
}

interface PolicyQuestionProps {
  readonly choices: QuestionChoices;
  readonly words: PolicyEditorWords;
  /** Policies that are put or left out for the question alone. */
  readonly policies?: Readonly<Record<string, string | null>>;
}

const NONE = '';

/** Puts a request that nobody made to the policies, and shows what it would be answered. */
export function PolicyQuestion({ choices, words, policies = {} }: PolicyQuestionProps) {
  const { canonicalUrl } = useConsole();
  const { pending, problem, send } = useJsonRequest<TestAnswer>();
  const [answer, setAnswer] = useState<TestAnswer>();
  const [who, setWho] = useState<'groups' | 'person' | 'nobody'>('groups');
  const [groups, setGroups] = useState('');
  const [person, setPerson] = useState(choices.people[0]?.reference ?? NONE);
  const [agent, setAgent] = useState(NONE);
  const [server, setServer] = useState(choices.servers[0]?.id ?? NONE);
  const tools = choices.servers.find(({ id }) => id === server)?.tools ?? [];
  const [chosenTool, setTool] = useState(NONE);
  const tool = tools.includes(chosenTool) ? chosenTool : (tools[0] ?? NONE);
  const [args, setArgs] = useState('{}');
  const [time, setTime] = useState('');
  const [ip, setIp] = useState('');
  const schema = useToolSchema(server, tool);

  const ask = async () => {
    setAnswer(undefined);
    const named = groups.split(',').map((group) => group.trim());
    const about = {
      ...(who === 'groups' ? { person: { groups: named.filter((group) => group !== '') } } : {}),
      ...(who === 'person' ? { person: { reference: person } } : {}),
      agent: agent === NONE ? { client_id: 'any', admission: 'open' } : { client_id: agent },
      server,
      ...(tool === NONE ? {} : { tool }),
      arguments_json: args.trim() === '' ? '{}' : args,
      ...(time === '' ? {} : { time: `${time}${time.length === 16 ? ':00' : ''}Z` }),
      ...(ip.trim() === '' ? {} : { ip: ip.trim() }),
    };
    const url = `${canonicalUrl}/api/v1/policies/test`;
    const outcome = await send({ url, method: 'POST', body: { request: about, policies } });
    if (outcome?.ok) setAnswer(outcome.body);
  };

  return (
    <form
      className="grid gap-6 lg:grid-cols-2"
      onSubmit={(event) => {
        event.preventDefault();
        void ask();
      }}
    >
      <div className="flex flex-col gap-4">
        <Choice label={words.who} value={who} onChange={(value) => setWho(value as typeof who)}>
          <option value="groups">{words.whoGroups}</option>
          {choices.people.length > 0 && <option value="person">{words.whoPerson}</option>}
          <option value="nobody">{words.whoNobody}</option>
        </Choice>
        {who === 'groups' && <Line label={words.groups} value={groups} onChange={setGroups} />}
        {who === 'person' && (
          <Choice label={words.person} value={person} onChange={setPerson}>
            {choices.people.map(({ reference, name }) => (
              <option key={reference} value={reference}>
                {visibleText(name)}
              </option>
            ))}
          </Choice>
        )}
        <Choice label={words.agent} value={agent} onChange={setAgent}>
          <option value={NONE}>{words.anyAgent}</option>
          {choices.agents.map(({ clientId, name }) => (
            <option key={clientId} value={clientId}>
              {visibleText(name)} ({clientId})
            </option>
          ))}
        </Choice>
        <Choice label={words.server} value={server} onChange={setServer}>
          {choices.servers.map(({ id, title }) => (
            <option key={id} value={id}>
              {visibleText(title)}
            </option>
          ))}
        </Choice>
        <Choice label={words.tool} value={tool} onChange={setTool}>
          {tools.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </Choice>
        <ArgumentsField label={words.arguments} value={args} onChange={setArgs} />
        <details>
          <summary className="text-sm">{words.schema}</summary>
          <div className="mt-2">
            <CodeBlock label={words.schema} wrap>
              {schema ?? words.noSchema}
            </CodeBlock>
          </div>
        </details>
        <Line label={words.time} type="datetime-local" value={time} onChange={setTime} />
        <Line label={words.ip} value={ip} onChange={setIp} />
        <div>
          <Button type="submit" tone="primary" aria-disabled={pending}>
            {pending ? words.asking : words.ask}
          </Button>
        </div>
      </div>
      <div aria-live="polite">
        {problem !== undefined && <ProblemCallout problem={problem} />}
        {answer !== undefined && <PolicyAnswer answer={answer} words={words} />}
      </div>
    </form>
  );
}

/** The input schema of the tool as it is pinned, as text. */
function useToolSchema(server: string, tool: string): string | undefined {
  const console = useConsole();
  const [known, setKnown] = useState<{ readonly of: string; readonly text: string }>();
  const of = JSON.stringify([server, tool]);
  useEffect(() => {
    if (tool === NONE) return;
    const query = new URLSearchParams({ server, tool, of: 'arguments' });
    const url = `${console.canonicalUrl}/api/v1/policies/schema?${query}`;
    void sendJson(console, { url, method: 'GET' }).then((outcome) => {
      if (outcome.ok) setKnown({ of, text: JSON.stringify(outcome.body, null, 2) });
    });
    // The console's context is made anew with each render and says the same.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [of]);
  return known?.of === of ? known.text : undefined;
}

interface ControlProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, onChange, children }: ControlProps & { readonly children: ReactNode }) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <select
        id={id}
        className="control mt-1.5"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      >
        {children}
      </select>
    </div>
  );
}

function Line({
  label,
  value,
  onChange,
  type = 'text',
}: ControlProps & { readonly type?: 'text' | 'datetime-local' }) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        type={type}
        className="control mt-1.5"
        value={value}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}

function ArgumentsField({ label, value, onChange }: ControlProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <textarea
        id={id}
        rows={5}
        className="control mt-1.5 font-mono text-[0.8125rem]"
        value={value}
        spellCheck={false}
        autoCapitalize="off"
        autoCorrect="off"
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}
