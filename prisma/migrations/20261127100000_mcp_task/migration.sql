-- CreateTable
CREATE TABLE "mcp_task" (
    "tenant_id" UUID NOT NULL,
    "id_hash" BYTEA NOT NULL,
    "tool" TEXT NOT NULL,
    "call_id" UUID NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "mcp_task_pkey" PRIMARY KEY ("tenant_id","id_hash")
);

-- CreateIndex
CREATE INDEX "mcp_task_tenant_id_expires_at_idx" ON "mcp_task"("tenant_id", "expires_at");

-- Row-level security and rights
ALTER TABLE "mcp_task" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "mcp_task" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "mcp_task"
  USING ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK ("tenant_id" = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "mcp_task" TO countersign_app;
CREATE POLICY "sweep" ON "mcp_task" FOR SELECT TO countersign_sweeper USING (true);
GRANT SELECT ("tenant_id", "id_hash", "expires_at") ON "mcp_task" TO countersign_sweeper;
