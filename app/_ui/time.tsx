const format = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'medium',
  timeZone: 'UTC',
});

/** A moment in UTC, as evidence is read: everybody sees the same text. */
export function Time({ ms }: { readonly ms: number }) {
  const date = new Date(ms);
  return (
    <time dateTime={date.toISOString()} className="whitespace-nowrap tabular-nums">
      {format.format(date)} UTC
    </time>
  );
}
