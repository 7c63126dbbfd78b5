-- AlterTable
ALTER TABLE "server" ADD COLUMN "pins_seal" BYTEA;
