import { LinkButton } from '#ui/button.tsx';
import { CodeBlock } from '#ui/code.tsx';
import { Copyable } from '#ui/copyable.tsx';
import { servers } from '#ui/messages.ts';
import { Tabs } from '#ui/tabs.tsx';
import type { ConnectInstruction } from '#lib/runtime';

interface ConnectPanelProps {
  readonly mcpUrl: string;
  readonly instructions: readonly ConnectInstruction[];
}

/** How each client is told of a server: the same address, in the words that the client understands. */
export function ConnectPanel({ mcpUrl, instructions }: ConnectPanelProps) {
  return (
    <div className="flex flex-col gap-6">
      <Copyable label={servers('view.address')} copy={servers('connect.copyUrl')}>
        {mcpUrl}
      </Copyable>
      <Tabs
        remember="client"
        label={servers('connect.tabs')}
        tabs={instructions.map((instruction) => ({
          id: instruction.client,
          label: servers(`connect.client.${instruction.client}`),
          content: <Instruction instruction={instruction} />,
        }))}
      />
    </div>
  );
}

function Instruction({ instruction }: { readonly instruction: ConnectInstruction }) {
  const { client, commands, links, files } = instruction;
  return (
    <div className="flex flex-col gap-4">
      <p className="max-w-prose text-sm">{servers(`connect.about.${client}`)}</p>
      {client === 'claude' && <ClaudeSteps />}
      {links.length > 0 && (
        <div className="flex flex-wrap gap-2">
          {links.map(({ via, href }) => (
            <LinkButton key={via} href={href} tone={via === 'app' ? 'primary' : 'plain'} rel="noreferrer">
              {via === 'app'
                ? servers('connect.openApp', { client: servers(`connect.client.${client}`) })
                : servers('connect.openWeb')}
            </LinkButton>
          ))}
        </div>
      )}
      {commands.length > 0 && <p className="text-xs text-muted">{servers('connect.command')}</p>}
      {commands.map(({ purpose, text }) => (
        <Copyable key={purpose} label={servers(`connect.purpose.${purpose}`)}>
          {text}
        </Copyable>
      ))}
      {files.map(({ path, text }) => (
        <details key={path} className="text-sm">
          <summary className="text-muted">{servers('connect.file', { path })}</summary>
          <div className="pt-2">
            <CodeBlock label={path}>{text}</CodeBlock>
          </div>
        </details>
      ))}
    </div>
  );
}

function ClaudeSteps() {
  return (
    <ol className="flex max-w-prose list-decimal flex-col gap-1 pl-5 text-sm">
      {(['one', 'two', 'three'] as const).map((step) => (
        <li key={step}>{servers(`connect.claudeSteps.${step}`)}</li>
      ))}
    </ol>
  );
}
