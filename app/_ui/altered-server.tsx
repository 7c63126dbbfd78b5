import { Callout } from '#ui/callout.tsx';
import { servers } from '#ui/messages.ts';

/** Of a server whose row is not as it was saved: why nothing is sent to it, and where that is put right. `own` is its page. */
export function AlteredServer({ own }: { readonly own: string }) {
  return (
    <Callout tone="bad">
      <p>{servers('view.altered')}</p>
      <p className="mt-1">
        <a href={`${own}/settings`} className="underline">
          {servers('view.alteredLink')}
        </a>
      </p>
    </Callout>
  );
}
