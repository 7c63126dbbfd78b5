-- What is appended is never changed: autovacuum freezes a page on its first visit, and need not write it once more before
-- transaction ids run out. Most of it is what lies out of line (TOAST).
ALTER TABLE "log_batch" SET (autovacuum_freeze_min_age = 0, toast.autovacuum_freeze_min_age = 0);
ALTER TABLE "log_term" SET (autovacuum_freeze_min_age = 0);
ALTER TABLE "log_tile" SET (autovacuum_freeze_min_age = 0, toast.autovacuum_freeze_min_age = 0);
