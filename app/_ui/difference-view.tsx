export interface DifferentPolicy {
  readonly policy: string;
  readonly change: 'added' | 'changed' | 'removed';
  readonly lines: readonly { readonly kind: 'same' | 'added' | 'removed'; readonly text: string }[];
}

export interface DifferenceWords {
  readonly added: string;
  readonly changed: string;
  readonly removed: string;
  readonly linesAdded: string;
  readonly linesRemoved: string;
}

const SIGNS = { same: ' ', added: '+', removed: '−' } as const;
const LINES = { same: '', added: 'bg-good-wash text-good', removed: 'bg-bad-wash text-bad' } as const;

/** What differs, policy by policy. Colour never says it alone: each line has its sign, and a word for who hears it. */
export function DifferenceView({
  policies,
  words,
  heading: Heading = 'h3',
}: {
  readonly policies: readonly DifferentPolicy[];
  readonly words: DifferenceWords;
  /** One level below what stands above. */
  readonly heading?: 'h2' | 'h3';
}) {
  return (
    <div className="flex flex-col gap-4">
      {policies.map(({ policy, change, lines }) => (
        <section
          key={policy}
          aria-label={`${policy}: ${words[change]}`}
          className="overflow-hidden rounded-lg border border-line bg-surface"
        >
          <Heading className="flex flex-wrap items-baseline gap-2 border-b border-line px-3 py-2 text-sm font-medium break-all">
            {policy}
            <span className="text-xs font-normal text-muted">{words[change]}</span>
          </Heading>
          <pre className="font-mono text-[0.8125rem] leading-6 [overflow-wrap:anywhere] whitespace-pre-wrap">
            {lines.map(({ kind, text }, index) => (
              // oxlint-disable-next-line react/no-array-index-key -- lines have no other name, and never move
              <span key={index} className={`block pr-3 pl-8 -indent-5 ${LINES[kind]}`}>
                <span aria-hidden="true" className="inline-block w-5 indent-0 select-none">
                  {SIGNS[kind]}
                </span>
                {kind !== 'same' && (
                  <span className="sr-only">
                    {kind === 'added' ? words.linesAdded : words.linesRemoved}:{' '}
                  </span>
                )}
                {text}
              </span>
            ))}
          </pre>
        </section>
      ))}
    </div>
  );
}
