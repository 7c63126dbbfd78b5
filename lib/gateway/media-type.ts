/** `application/json` of `Application/JSON; charset=utf-8`; empty for a header that is absent or there twice. */
export function mediaType(header: string | readonly string[] | undefined): string {
  if (typeof header !== 'string') return '';
  const end = header.indexOf(';');
  return (end < 0 ? header : header.slice(0, end)).trim().toLowerCase();
}
