-- AlterTable
ALTER TABLE "policy_set" ADD COLUMN "seal" BYTEA;
