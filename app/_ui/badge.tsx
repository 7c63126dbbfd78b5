import { common } from '#ui/messages.ts';
import { Badge } from '#ui/plain-badge.tsx';

export { Badge, type BadgeTone } from '#ui/plain-badge.tsx';

const EFFECTS = {
  allow: { sign: '✓', tone: 'good' },
  deny: { sign: '✕', tone: 'bad' },
  hold: { sign: '…', tone: 'warn' },
} as const;

/** A decision. */
export function EffectBadge({ effect }: { readonly effect: keyof typeof EFFECTS }) {
  const { sign, tone } = EFFECTS[effect];
  return (
    <Badge tone={tone} sign={sign}>
      {common(`effect.${effect}`)}
    </Badge>
  );
}

/** Says that a tenant is the demo, wherever its name stands. */
export function DemoBadge() {
  return <Badge tone="warn">{common('demo')}</Badge>;
}
