-- CreateTable
CREATE TABLE "policy_activation" (
    "tenant_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "activated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "mode" TEXT NOT NULL,
    "person_id" UUID,
    "workload" TEXT,
    "receipt_id" UUID NOT NULL,
    "change" JSONB NOT NULL,

    CONSTRAINT "policy_activation_pkey" PRIMARY KEY ("tenant_id","number")
);

-- CreateIndex
CREATE INDEX "policy_activation_tenant_id_version_idx" ON "policy_activation"("tenant_id", "version");

-- Row-level security and rights
ALTER TABLE "policy_activation" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "policy_activation" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "policy_activation"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT ON "policy_activation" TO countersign_app;
