-- AlterTable
ALTER TABLE "mcp_task" ADD COLUMN "owner_hash" BYTEA;

-- CreateIndex
CREATE INDEX "mcp_task_tenant_id_owner_hash_expires_at_idx" ON "mcp_task"("tenant_id", "owner_hash", "expires_at");
