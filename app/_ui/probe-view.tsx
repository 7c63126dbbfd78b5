import { Button } from '#ui/button.tsx';
import type { ProbeWords } from '#ui/messages.ts';
import { DEFINITION_KINDS, keyOf, type ShownServer } from '#ui/shown-server.ts';
import { fillWords } from '#ui/fill-words.ts';
import { DefinitionCard } from '#ui/shown-definition.tsx';
import { visibleText } from '#ui/visible-text.ts';

interface ProbeViewProps {
  readonly server: ShownServer;
  readonly words: ProbeWords;
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (chosen: ReadonlySet<string>) => void;
}

const text = (value: unknown) => (typeof value === 'string' ? visibleText(value) : '');

/** What a server offers, in its own words, with a tick at each thing that can be approved. */
export function ProbeView({ server, words, chosen, onChoose }: ProbeViewProps) {
  const { server_info: info, protocol_version: protocol, definitions } = server;
  const found = {
    name: text(info.name) || words.unnamed,
    version: text(info.version),
    protocol: text(protocol),
  };
  const toggle = (key: string) => (ticked: boolean) => {
    const next = new Set(chosen);
    if (ticked) next.add(key);
    else next.delete(key);
    onChoose(next);
  };
  return (
    <div className="flex flex-col gap-4">
      <p className="text-sm">{fillWords(words.found, found)}</p>
      <p className="max-w-prose text-sm text-muted">
        {definitions.length === 0 ? words.nothing : words.quoted}
      </p>
      {definitions.length > 1 && (
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => onChoose(new Set(definitions.map(keyOf)))}>{words.all}</Button>
          <Button onClick={() => onChoose(new Set())}>{words.none}</Button>
        </div>
      )}
      {DEFINITION_KINDS.map((kind) => {
        const ofKind = definitions.filter((definition) => definition.kind === kind);
        if (ofKind.length === 0) return undefined;
        return (
          <fieldset key={kind}>
            <legend className="text-sm font-semibold">
              {words[kind]} ({ofKind.length})
            </legend>
            <ul>
              {ofKind.map((definition) => (
                <DefinitionCard
                  key={definition.name}
                  definition={definition}
                  words={words}
                  chosen={chosen.has(keyOf(definition))}
                  onChoose={toggle(keyOf(definition))}
                  unusable={
                    kind === 'tool'
                      ? server.unusable.find(({ tool }) => tool === definition.name)?.message
                      : undefined
                  }
                />
              ))}
            </ul>
          </fieldset>
        );
      })}
      <Rest server={server} words={words} />
    </div>
  );
}

/** What can't be approved, and what was approved and is not shown now. */
function Rest({ server: { skipped, gone }, words }: Pick<ProbeViewProps, 'server' | 'words'>) {
  return (
    <>
      {skipped.length > 0 && (
        <section className="text-sm">
          <h3 className="font-semibold">{words.skipped}</h3>
          <ul className="mt-1 list-disc pl-5">
            {skipped.map(({ kind, index, name, message }) => (
              <li key={`${kind} ${index}`}>
                <code className="font-mono break-all">
                  {name === undefined
                    ? fillWords(words.nameless, { kind: words.pins.kindOf[kind], index: index + 1 })
                    : visibleText(name)}
                </code>
                {': '}
                {visibleText(message)}
              </li>
            ))}
          </ul>
        </section>
      )}
      {gone.length > 0 && (
        <section className="text-sm">
          <h3 className="font-semibold">{words.gone}</h3>
          <p className="text-muted">{words.goneAbout}</p>
          <ul className="mt-1 list-disc pl-5">
            {gone.map((name) => (
              <li key={keyOf(name)}>
                {words.pins.kindOf[name.kind]}{' '}
                <code className="font-mono break-all">{visibleText(name.name)}</code>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
