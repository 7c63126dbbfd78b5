import { defineConfig } from 'prisma/config';

/** For `prisma generate`; migrations are applied by lib/db, with Prisma's own engine in WebAssembly. */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
});
