import { CSRF_FIELD } from '#lib/http';

/** The token that shows a form was made by us for this session. */
export function CsrfField({ token }: { readonly token: string | undefined }) {
  return <input type="hidden" name={CSRF_FIELD} value={token ?? ''} />;
}
