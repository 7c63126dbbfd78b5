-- Receipts are found by the time at which their id was allotted, in steps of 16 ms, instead of by a row for each id:
-- type 11 takes the place of 1 (a receipt's id), 12 that of 2 (the attempt that an outcome closes). The old rows stay.
-- The owner of the tables is under row-level security, too, and belongs to no tenant: for this one statement it is not.
ALTER TABLE "log_term" NO FORCE ROW LEVEL SECURITY;

INSERT INTO "log_term" ("tenant_id", "type", "term", "log_id", "first_index")
SELECT DISTINCT
    "tenant_id",
    "type" + 10,
    rpad(left(replace("term"::text, '-', ''), 11), 32, '0')::uuid,
    "log_id",
    "first_index"
FROM "log_term"
WHERE "type" IN (1, 2)
ON CONFLICT DO NOTHING;

ALTER TABLE "log_term" FORCE ROW LEVEL SECURITY;
