-- What a tenant's last applied file names belongs to the file; the rest is the console's.
ALTER TABLE "manifest_application" ADD COLUMN "owns" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- Until now a file was all there was: what stands there came from the last one. Agents that registered themselves did not.
-- The owner of the tables is under row-level security too, and sees every tenant's rows for this statement only.
ALTER TABLE "manifest_application" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "identity_provider" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "server" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "policy_set" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "agent" NO FORCE ROW LEVEL SECURITY;

UPDATE "manifest_application" AS "application"
SET "owns" = ARRAY(
  SELECT 'settings'
  UNION ALL
  SELECT 'identity_provider' FROM "identity_provider" WHERE "tenant_id" = "application"."tenant_id"
  UNION ALL
  SELECT 'server/' || "id" FROM "server" WHERE "tenant_id" = "application"."tenant_id"
  UNION ALL
  SELECT 'policy/' || jsonb_object_keys("policies") FROM "policy_set"
    WHERE "tenant_id" = "application"."tenant_id" AND "active"
  UNION ALL
  SELECT 'agent/' || "client_id" FROM "agent"
    WHERE "tenant_id" = "application"."tenant_id" AND "origin" = 'file'
)
WHERE "applied_at" = (
  SELECT max("applied_at") FROM "manifest_application" AS "other"
  WHERE "other"."tenant_id" = "application"."tenant_id"
);

ALTER TABLE "manifest_application" FORCE ROW LEVEL SECURITY;
ALTER TABLE "identity_provider" FORCE ROW LEVEL SECURITY;
ALTER TABLE "server" FORCE ROW LEVEL SECURITY;
ALTER TABLE "policy_set" FORCE ROW LEVEL SECURITY;
ALTER TABLE "agent" FORCE ROW LEVEL SECURITY;
