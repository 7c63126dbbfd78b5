/** Programs that tests start find compiled what another one has compiled before, where the run keeps it (`bin/setup/checks.mjs`). */
const folder = process.env['NODE_COMPILE_CACHE'];

export const COMPILE_CACHE: Readonly<Record<string, string>> =
  folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
