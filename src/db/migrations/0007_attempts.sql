DROP INDEX "push_attempts_item";--> statement-breakpoint
ALTER TABLE "push_attempts" ADD COLUMN "item_version" integer NOT NULL;--> statement-breakpoint
ALTER TABLE "retries" ADD COLUMN "canceled_by" text;--> statement-breakpoint
ALTER TABLE "sync_items" ADD COLUMN "caused_by" text;--> statement-breakpoint
ALTER TABLE "transitions" ADD COLUMN "caused_by" text;--> statement-breakpoint
CREATE INDEX "integration_changes_position" ON "integration_changes" USING btree ("org_id","integration_id","position","id");--> statement-breakpoint
CREATE INDEX "integration_changes_kind" ON "integration_changes" USING btree ("org_id","integration_id","kind","position","id");--> statement-breakpoint
CREATE INDEX "sync_items_failed" ON "sync_items" USING btree ("org_id","integration_id","category","failed_at","id") WHERE "sync_items"."state" = 'FAILED';--> statement-breakpoint
CREATE INDEX "sync_items_event_failed" ON "sync_items" USING btree ("org_id","integration_id","event_id","category","failed_at","id") WHERE "sync_items"."state" = 'FAILED';--> statement-breakpoint
CREATE INDEX "push_attempts_item" ON "push_attempts" USING btree ("org_id","item_id","item_version");