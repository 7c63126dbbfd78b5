import { visibleParts } from '#ui/visible-text.ts';

/** Text that somebody else wrote, quoted as it is: no markup works in it, and what would not be seen is named. */
export function Quoted({ children }: { readonly children: string }) {
  return (
    <bdi className="wrap-anywhere whitespace-pre-wrap">
      {visibleParts(children).map(({ text, hidden }, index) =>
        hidden ? (
          <span
            key={`${index} ${text}`}
            className="mx-0.5 rounded-sm bg-warn-wash px-1 font-mono text-[0.75em] text-warn"
          >
            {text}
          </span>
        ) : (
          text
        ),
      )}
    </bdi>
  );
}
