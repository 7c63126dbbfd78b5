import { redirectTo } from '#lib/http';
import { page } from '#lib/runtime';
import { renderPage } from '#ui/render-page.tsx';

const load = page({
  auth: 'session',
  input: {},
  load: async ({ tenant }) => redirectTo(`${tenant.canonicalUrl}/connections`),
});

export default renderPage(load, () => null);
